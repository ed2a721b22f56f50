"""Costs from a file: every line read as its writer meant it, and every line that cannot be used named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from governance.acts.costs import CostFacts
from tracker.cost_file import MOST_LINES, CostFile, read_costs

HEADER = "date,stage,kind,hours,rate,amount,currency,note\n"


def read(text: str, name: str = "costs.csv") -> CostFile:
    return read_costs(name, text.encode())


def only(file: CostFile) -> CostFacts:
    assert file.problems == []
    [facts] = file.facts
    return facts


def problems(file: CostFile) -> list[str]:
    return [problem.message for problem in file.problems]


def test_a_line_of_each_kind_is_read() -> None:
    file = read(
        HEADER + "2026-06-02,validation,engineering,12.5,95,,EUR,feature store\n"
        "2026-06-03,deployment,compute,,,340.50,usd,GPU hours\n"
    )
    assert problems(file) == []
    engineering, compute = file.facts
    assert (engineering.hours, engineering.rate, engineering.amount) == (Decimal("12.5"), Decimal(95), None)
    assert (engineering.incurred_on, engineering.note) == (date(2026, 6, 2), "feature store")
    assert (compute.amount, compute.currency, compute.hours) == (Decimal("340.50"), "USD", None)
    assert list(file.numbers) == [2, 3]


def test_columns_come_in_any_order_under_any_of_their_names() -> None:
    facts = only(
        read("Comment;Cost;Cost kind;STAGE;Incurred_on\nlicence;1.234,50;Licences;Compliance review;16.06.2026\n")
    )
    assert (facts.amount, facts.kind, facts.stage) == (Decimal("1234.50"), "licences", "compliance_review")
    assert (facts.incurred_on, facts.note) == (date(2026, 6, 16), "licence")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1234.5", "1234.5"), ("1,234.50", "1234.50"), ("1234,5", "1234.5"), ("1.234,50", "1234.50"), ("1,234", "1234")],
)
def test_a_number_means_the_same_with_a_point_and_with_a_comma(written: str, meant: str) -> None:
    facts = only(read(f'date,stage,kind,amount\n2026-06-02,brief,other,"{written}"\n'))
    assert facts.amount == Decimal(meant)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_file_may_be_of_any_usual_encoding(encoding: str) -> None:
    text = HEADER + "2026-06-02,brief,other,,,10,EUR,Prüfgebühr für März\n"
    file = read_costs("costs.csv", text.encode(encoding))
    assert [facts.note for facts in file.facts] == ["Prüfgebühr für März"]


def test_every_bad_line_is_named_with_what_is_wrong() -> None:
    file = read(
        HEADER + "2026-06-02,validation,engineering,12,95,,EUR,fine\n"
        "yesterday,nowhere,magic,,,10,EUR,\n"
        "2026-02-30,brief,compute,,,lots,EUR,\n"
        "2026-06-02,brief,engineering,,,300,EUR,\n"
        "2026-06-02,brief,compute,3,,,EUR,\n"
    )
    told = problems(file)
    assert [text.split(":")[0] for text in told] == ["Line 3"] * 3 + ["Line 4"] * 2 + ["Line 5", "Line 6"]
    assert "“yesterday” is no date: write it as 2026-06-16." in told[0]
    assert "“nowhere” is not a stage" in told[1]
    assert "“magic” is not a kind of cost" in told[2]
    assert "“2026-02-30” is no date" in told[3]
    assert "“lots” is no number for amount" in told[4]
    assert "counted in hours" in told[5]
    assert "takes an amount" in told[6]


def test_lines_keep_the_number_they_have_in_the_file() -> None:
    file = read("\n\n" + HEADER + "\n2026-06-02,brief,compute,,,1,EUR,\n\nno,brief,compute,,,1,EUR,\n")
    assert list(file.numbers) == [5, 7]
    assert problems(file)[0].startswith("Line 7:")


def test_of_very_many_problems_the_first_are_told_and_the_rest_counted() -> None:
    file = read("date,stage,kind,amount\n" + "no,brief,other,1\n" * 80)
    assert (len(file.problems), file.more) == (50, 30)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("   \n\n", "empty"),
        (HEADER, "holds no cost"),
        ("a,b\n1,2\n", "lacks: date, stage, kind, hours or amount"),
        ("date,date,stage,kind,amount\n2026-01-01,2026-01-01,brief,other,1\n", "names date twice"),
        ("date,stage,kind,amount\n" + "2026-01-01,brief,other,1\n" * (MOST_LINES + 1), "Split it by month"),
    ],
)
def test_a_file_that_cannot_be_costs_is_refused_as_a_whole(text: str, complaint: str) -> None:
    [told] = problems(read(text))
    assert complaint in told


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 whatever", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "old Excel"),
        (b'{"a": 1}', "JSON"),
        (b"<html><body>no</body></html>", "web page"),
        (b"MZ\x90\x00" + b"\0" * 100, "program"),
    ],
)
def test_another_kind_of_file_is_called_by_its_name(data: bytes, kind: str) -> None:
    [told] = problems(read_costs("costs.csv", data))
    assert kind in told


def test_a_file_that_is_too_big_says_how_big_it_may_be() -> None:
    [told] = problems(read_costs("costs.csv", b"a" * (2 * 1024 * 1024 + 1)))
    assert "the limit is 2 MB" in told


def test_the_same_file_marks_its_lines_alike_and_equal_lines_apart() -> None:
    text = "date,stage,kind,amount\n2026-06-02,brief,other,1\n2026-06-02,brief,other,1\n"
    first, again = read(text), read(text)
    marks = [facts.once for facts in first.facts]
    assert marks == [facts.once for facts in again.facts]
    assert len(set(marks)) == 2
    assert all(len(mark) <= 100 for mark in marks)
