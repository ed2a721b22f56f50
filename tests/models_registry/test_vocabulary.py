"""Every word of the closed lists is its own database text and has a label for people."""

import pytest

from models_registry import vocabulary
from models_registry.vocabulary import AlertKind, Comparison, EndReason, Rung, Stage, Word, choices

LISTS = [
    one for one in vars(vocabulary).values() if isinstance(one, type) and issubclass(one, Word) and one is not Word
]


@pytest.mark.parametrize("words", LISTS, ids=lambda words: words.__name__)
def test_every_word_is_its_own_text_and_has_a_label(words: type[Word]) -> None:
    for word in words:
        assert str(word) == word.value == word
        assert word.label[:1].isupper()
        assert "_" not in word.label
    assert len({word.label for word in words}) == len(list(words))


@pytest.mark.parametrize("words", LISTS, ids=lambda words: words.__name__)
def test_every_label_spelled_out_belongs_to_a_word(words: type[Word]) -> None:
    assert set(vocabulary.SPELLED_OUT.get(words.__name__, {})) <= set(words)


def test_choices_are_pairs_in_the_order_of_the_list() -> None:
    assert choices(Stage)[:3] == [
        ("brief", "Brief"), ("validation", "Validation"), ("compliance_review", "Compliance review"),
    ]  # fmt: skip
    assert ("no_owner", "No owner found") in choices(EndReason)


def test_rungs_rise_and_every_rung_has_an_alert() -> None:
    assert [rung.percent for rung in Rung] == [80, 100, 150, 200]
    assert {rung.value for rung in Rung} <= set(AlertKind)
    assert {f"vacancy_{rung}" for rung in Rung} <= set(AlertKind)


def test_comparisons_have_their_signs() -> None:
    assert [word.symbol for word in Comparison] == ["≤", "≥"]
