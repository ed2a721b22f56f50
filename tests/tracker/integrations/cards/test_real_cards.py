"""Every real card gives a record that the law takes, or a reason; what is not read is named."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from models_registry.originals import inspect
from models_registry.requirements import check_detail, check_measurements
from models_registry.vocabulary import CardFormat, EvidenceKind
from tests.real_data import data_folder
from tracker.integrations.cards import CardRead, UnreadableCardError, read_card


def real_files(pattern: str) -> list[Path]:
    found = sorted(data_folder().glob(pattern))
    if not found:
        pytest.skip(f"needs real data: {pattern} is not in {data_folder()} (set THROUGHLINE_DATA)")
    return found


def read_all(pattern: str) -> tuple[dict[str, CardRead], dict[str, str]]:
    """The cards that were read and the reasons for the others, by file name; each file passes as an upload too."""
    cards, reasons = {}, {}
    for path in real_files(pattern):
        data, key = path.read_bytes(), path.name if path.name != "MLmodel" else str(path)
        inspect(BytesIO(data), path.name)
        try:
            card = read_card(path.name, data)
        except UnreadableCardError as refused:
            reasons[key] = str(refused)
            continue
        assert check_detail(EvidenceKind.MODEL_CARD, card.detail) == [], path.name
        assert check_measurements(card.measurements) == [], path.name
        assert card.title, path.name
        cards[key] = card
    return cards, reasons


def test_all_hugging_face_cards_are_read() -> None:
    cards, reasons = read_all("model-cards/huggingface/*.md")
    assert (len(cards), reasons) == (254, {})
    without = [name for name, card in cards.items() if any(one.what == "the front matter" for one in card.unread)]
    assert len(without) == 66
    counts = {
        part: sum(part in card.detail for card in cards.values()) for part in ("languages", "licences", "datasets")
    }
    assert counts == {"languages": 171, "licences": 66, "datasets": 69}
    assert sum("training_data" in card.detail for card in cards.values()) > 60
    assert sum("limitations" in card.detail for card in cards.values()) > 25


def test_the_libraries_own_examples_give_a_card_or_a_reason() -> None:
    cards, reasons = read_all("model-cards/huggingface_hub_fixtures/*.md")
    assert list(reasons) == ["sample_datasetcard_simple.md"]
    assert len(cards) == 8
    index = cards["sample_simple_model_index.md"]
    assert [(row["code"], row["value"]) for row in index.measurements] == [
        ("metric:accuracy", "0.9"),
        ("metric:f1", "0.66"),
    ]
    assert index.detail["results"][1]["dataset"] == "Beans (default, test)"
    assert any("on what dataset" in one.why for one in cards["sample_invalid_model_index.md"].unread)
    assert cards["sample_windows_line_breaks.md"].detail["languages"] == ["eo"]


def test_toolkit_cards_bring_their_intervals() -> None:
    cards, reasons = read_all("model-cards/model_card_toolkit/*.json")
    assert "JSON Schema" in reasons["model_card.schema.v0.0.2.json"]
    full, cats = cards["full.json"], cards["cats_vs_dogs_v0_0_2.json"]
    assert full.measurements == (
        {"code": "metric:accuracy", "value": "0.9", "low": "0.85", "high": "0.95", "unit": "", "slice": ""},
    )
    assert [row["slice"] for row in cats.measurements] == ["", "cat", "Dog"]
    assert cats.detail["limitations"].startswith("This model is not able to classify images of other classes.")
    assert [one.what for one in cats.unread if "pictures" in one.what] == ["graphics: 2 pictures"]
    assert any(one.what.endswith("threshold: 0.5") for one in cats.unread)


def test_other_json_is_refused_with_the_reason() -> None:
    cards, reasons = read_all("model-cards/monai_model_zoo/*.json")
    assert (cards, len(reasons)) == ({}, 14)
    assert {"no card of the Model Card Toolkit" in reason for reason in reasons.values()} == {True}


@pytest.mark.parametrize(
    ("pattern", "files", "signed"),
    [("mlflow/mlmodel/*.yaml", 12, 8), ("mlflow/export_import/**/MLmodel", 3, 3)],
)
def test_mlmodel_files_tell_flavours_run_and_signature(pattern: str, files: int, signed: int) -> None:
    cards, reasons = read_all(pattern)
    assert (len(cards), reasons) == (files, {})
    assert {card.format for card in cards.values()} <= {CardFormat.MLMODEL}
    assert all(card.detail["library"] for card in cards.values())
    assert sum("signature" in card.detail for card in cards.values()) == signed
    if files == 12:
        diabetes = cards["azureml__sdk__python__endpoints__online__mlflow__sklearn-diabetes.MLmodel.yaml"]
        assert {row["side"] for row in diabetes.detail["signature"]} == {"input", "output"}
