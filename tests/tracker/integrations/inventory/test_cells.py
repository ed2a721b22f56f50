"""What a cell says: nothing, yes or no, or a text worth keeping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.integrations.inventory.cells import SPELLINGS, Missing, clean, fold, identity, missing, said, yes_no


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("", Missing.BLANK),
        ("  ", Missing.BLANK),
        ("\u00a0", Missing.BLANK),
        ("-", Missing.BLANK),
        ("None", Missing.BLANK),
        ("Blank/Not Provided", Missing.BLANK),
        ("#REF!", Missing.BLANK),
        ("N/A", Missing.NOT_APPLICABLE),
        ("n/a", Missing.NOT_APPLICABLE),
        ("NA", Missing.NOT_APPLICABLE),
        ("Not Applicable", Missing.NOT_APPLICABLE),
        ("N/A -Consolidated into another use case.", Missing.NOT_APPLICABLE),
        ("Unknown", Missing.UNKNOWN),
        ("Not Reported", Missing.UNKNOWN),
        ("Data not reported by submitter and will be updated later", Missing.UNKNOWN),
        ("REDACTED", Missing.WITHHELD),
        ("Withheld - Cybersecurity", Missing.WITHHELD),
        ("TBD", Missing.PENDING),
        ("To Be Determined (calendar 2025)", Missing.PENDING),
        ("TODO", Missing.PENDING),
    ],
)
def test_a_missing_answer_is_recognised_with_its_kind(cell: str, kind: Missing) -> None:
    assert missing(cell) is kind
    assert said(cell) == ""


@pytest.mark.parametrize(
    "cell",
    [
        "Redacted text detector",
        "N/A until 2025",
        "None of the above",
        "Nan Hai ship counter",
        "0",
        "Unknown ore finder",
    ],
)
def test_an_answer_that_only_begins_like_a_missing_one_is_kept(cell: str) -> None:
    assert missing(cell) is None
    assert said(cell) == cell


@given(
    st.sampled_from(sorted(SPELLINGS)),
    st.sampled_from([str.upper, str.title, str.capitalize, str.lower]),
    st.text(alphabet=" \t\u00a0\n", max_size=4),
    st.text(alphabet=" .\u00a0-", max_size=3),
)
def test_case_blanks_and_punctuation_never_hide_a_missing_answer(
    word: str, case: object, before: str, after: str
) -> None:
    assert callable(case)
    assert missing(before + case(word) + after) is SPELLINGS[word]


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_a_cell(cell: str) -> None:
    missing(cell)
    yes_no(cell)
    assert clean(clean(cell)) == clean(cell)
    assert identity(fold(cell)) == identity(cell)
    assert "\x00" not in clean(cell)


@pytest.mark.parametrize("cell", ["Yes", "YES", "TRUE", "yes – by the CAIO", "a) Yes", " Yes.", "1"])
def test_yes_is_read_by_the_first_word(cell: str) -> None:
    assert yes_no(cell) is True


@pytest.mark.parametrize(
    "cell", ["No", "NO ", "no", "FALSE", "No.  Engineering review instead.", "b) No – it is not practical"]
)
def test_no_is_read_by_the_first_word(cell: str) -> None:
    assert yes_no(cell) is False


@pytest.mark.parametrize("cell", ["", "N/A", "None", "Not needed for this device.", "Noted", "Planned or in-progress"])
def test_what_says_neither_is_no_answer(cell: str) -> None:
    assert yes_no(cell) is None


def test_double_encoded_text_is_put_right_and_other_accents_are_left_alone() -> None:
    assert clean("the systemâ€™s cafÃ©") == "the system’s café"
    assert clean("Île-de-France, Ängström") == "Île-de-France, Ängström"


def test_an_identity_survives_quotes_dashes_blanks_and_line_breaks() -> None:
    spellings = ["Children’s  Chat–Bot", "Children's Chat-Bot", "children?s chat bot\n", "\ufeffChildren´s Chat—Bot"]
    assert len({identity(spelling) for spelling in spellings}) == 1
    assert identity("Children’s Chat–Bot 2") != identity(spellings[0])
