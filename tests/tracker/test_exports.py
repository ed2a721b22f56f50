"""A release for other tools: a bill of materials that keeps to its schema, and a card whose front matter is YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.acts.briefs import amend_brief
from governance.acts.evidence import EvidenceFacts, attach_evidence
from models_registry.models import Release
from models_registry.vocabulary import EvidenceKind, Stage
from tests.real_data import real_file
from tests.tracker.audit_pack.packs import NAME, spoiled, told_release
from tests.world import DIGEST, World
from tracker.audit_pack import Pack, pack_of
from tracker.exports import bom_of, card_of

pytestmark = pytest.mark.django_db
VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)

CARD = {
    "intended_use": "Scores payments.\n# Not a heading",
    "limitations": "Not for <b>loans</b>.",
    "ethics": "Reviewed.",
    "licences": ["Apache-2.0"],
    "languages": ["en", "de", "everything"],
    "datasets": ["cards-2026"],
    "tags": ["fraud", "tabular"],
    "task": "tabular-classification",
    "library": "scikit-learn",
}
SLICED = [
    {"code": "metric:auc", "value": "0.93", "low": "0.91", "high": "0.95"},
    {"code": "metric:auc", "value": "0.91", "slice": "region=eu"},
    {"code": "latency_p95", "value": "84", "unit": "ms"},
]


def problem_of(bom: dict[str, Any]) -> str:
    """What the strict validator says against it; empty when it is valid."""
    found = VALIDATOR.validate_str(json.dumps(bom))
    return "" if found is None else str(found)[:500]


def detailed(world: World) -> Release:
    release = told_release(world)
    for facts in (
        EvidenceFacts(EvidenceKind.MODEL_CARD, "Card", "https://cards.example/a b?c=[d]", detail=CARD),
        EvidenceFacts(EvidenceKind.VALIDATION_REPORT, "Report 2", "runs/2", measurements=SLICED),
        EvidenceFacts(
            EvidenceKind.DATASET,
            "Cards of 2026",
            "warehouse/cards",
            detail={"columns": [{"name": "iban", "classification": "financial"}], "name": "cards"},
        ),
    ):
        attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    return release


def front_matter(card: str) -> Any:
    """As the hub reads it: between the first line of dashes and the next."""
    found = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    assert found is not None
    return yaml.safe_load(found[1])


@pytest.mark.parametrize(
    "spoiled_part",
    [
        {"unheard": 1},
        {"metadata": {"timestamp": "yesterday"}},
        {"externalReferences": [{"type": "website", "url": "https://a b"}]},
        {"components": [{"type": "library", "name": "a", "licenses": [{"license": {"id": "Ours"}}]}]},
    ],
)
def test_the_validator_knows_the_schema_its_formats_and_its_licences(spoiled_part: dict[str, Any]) -> None:
    whole = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    assert problem_of(whole) == ""
    assert problem_of(whole | spoiled_part) != ""


@pytest.mark.parametrize("stage", list(Stage))
def test_at_every_stage_the_bill_is_valid_and_the_card_has_front_matter(world: World, stage: Stage) -> None:
    pack = pack_of(world.auditor, world.release_at(stage, name=NAME).model.slug, 1)
    assert problem_of(bom_of(pack)) == ""
    assert "throughline" in front_matter(card_of(pack))["tags"]


def test_the_bill_tells_what_is_known(world: World) -> None:
    pack = pack_of(world.auditor, detailed(world).model.slug, 1)
    bom = bom_of(pack)
    assert problem_of(bom) == ""
    model = bom["metadata"]["component"]
    assert (model["name"], model["type"]) == (NAME, "machine-learning-model")
    assert model["hashes"] == [{"alg": "SHA-256", "content": DIGEST.removeprefix("sha256:")}]
    assert model["licenses"] == [{"license": {"name": "Apache-2.0"}}]
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert {
        "type": "auc",
        "value": "0.93",
        "confidenceInterval": {"lowerBound": "0.91", "upperBound": "0.95"},
    } in metrics
    assert {"type": "auc", "value": "0.91", "slice": "region=eu"} in metrics
    assert {"type": "latency_p95 (ms)", "value": "84"} in metrics
    assert "Explain the #refund rule" in model["modelCard"]["considerations"]["technicalLimitations"]
    assert {"type": "model-card", "url": "https://cards.example/a%20b?c=%5Bd%5D", "comment": "Card"} in model[
        "externalReferences"
    ]
    sensitive = {one["name"]: one["data"][0].get("sensitiveData") for one in bom["components"]}
    assert (sensitive["card transactions"], sensitive["Cards of 2026"]) == (["Personal"], ["Financial"])
    refs = {one["bom-ref"] for one in bom["components"]}
    assert {one["ref"] for one in model["modelCard"]["modelParameters"]["datasets"]} == refs


def test_the_same_state_has_the_same_serial_number_and_time(world: World) -> None:
    release = detailed(world)
    first, again = (bom_of(pack_of(one, release.model.slug, 1)) for one in (world.auditor, world.lead))
    assert first == again
    amend_brief(world.engineer, release.pk, "More traffic.", at=world.tick())
    later = bom_of(pack_of(world.auditor, release.model.slug, 1))
    assert later["serialNumber"] != first["serialNumber"]
    assert later["metadata"]["timestamp"] > first["metadata"]["timestamp"]


def test_the_card_has_what_the_hub_reads_and_prints_the_rest_as_it_was_written(world: World) -> None:
    card = card_of(pack_of(world.auditor, detailed(world).model.slug, 1))
    matter = front_matter(card)
    assert (matter["license"], matter["language"]) == ("apache-2.0", ["en", "de"])
    assert (matter["pipeline_tag"], matter["library_name"]) == ("tabular-classification", "scikit-learn")
    assert (matter["datasets"], matter["tags"]) == (["cards-2026"], ["fraud", "tabular", "throughline"])
    (index,) = matter["model-index"]
    assert index["name"] == NAME
    sliced = [one for one in index["results"] if one["dataset"].get("split") == "region=eu"]
    assert sliced[0]["metrics"] == [{"type": "auc", "value": 0.91, "name": "auc"}]
    assert "\n\\# Not a heading\n" in card
    assert "Not for \\<b\\>loans\\</b\\>." in card
    assert "| auc | all | 0.93 | 0.91 to 0.95 | Report 2 |" in card


def test_a_licence_that_the_hub_does_not_know_is_named(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    facts = EvidenceFacts(EvidenceKind.MODEL_CARD, "Card", "x", detail={"licences": ["Ours: only"]})
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    matter = front_matter(card_of(pack_of(world.auditor, release.model.slug, 1)))
    assert (matter["license"], matter["license_name"]) == ("other", "Ours: only")


@pytest.fixture
def pack(world: World) -> Pack:
    return pack_of(world.auditor, detailed(world).model.slug, 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(odd=st.text(max_size=40) | st.sampled_from(["---\n", "\n...\n", '"}', "%ZZ", "a:\n  - b", "\ud800", "\u2028"]))
def test_no_word_makes_them_invalid(pack: Pack, odd: str) -> None:
    spoiled_pack = replace(pack, content=spoiled(pack.content, odd))
    assert problem_of(bom_of(spoiled_pack)) == ""
    assert front_matter(card_of(spoiled_pack))["model-index"][0]["name"] == f"{NAME}{odd}"


def _paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner, f"{path}[]")
    else:
        yield path


def test_its_shape_is_that_of_published_bills(pack: Pack) -> None:
    """Where the specification's own example of a model says something that we can know, we say it in that place."""
    real = json.loads(real_file("ml-bom", "cyclonedx", "valid-machine-learning-1.5.json").read_text())
    theirs = {path for component in real["components"] for path in _paths(component)}
    ours = set(_paths(bom_of(pack)["metadata"]["component"]))
    known = {path for path in theirs if "graphics" not in path and "approach" not in path and ".group" not in path}
    asked = {path for path in known if path.startswith((".name", ".type", ".modelCard.quantitativeAnalysis"))}
    assert len(asked) > 5
    assert asked <= ours
