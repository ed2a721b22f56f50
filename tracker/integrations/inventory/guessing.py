"""Guess which column is which in a file that no map knows, by its header and by what stands in it.

A guess is never made silently: each one carries its confidence and the reason, and the import prints them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from tracker.integrations.inventory.answers import risk_of, stage_of
from tracker.integrations.inventory.cells import clean, fold, said, yes_no
from tracker.integrations.inventory.dates import read_date
from tracker.integrations.inventory.mapping import Field, Guess, Map
from tracker.integrations.inventory.reading import Table

SAMPLE_ROWS: Final = 400
LEAST_CONFIDENCE: Final = 0.5

HEADER_WORDS: Final[tuple[tuple[Field, str], ...]] = (
    (Field.DATE_IMPLEMENTED, r"implement\w*|deploy\w*|live|launch\w*|production|operational|go live|released?|in use"),
    (Field.DATE_RETIRED, r"retire\w*|decommission\w*|sunset\w*|withdrawn|closed|ended|end date"),
    (Field.DATE_DEVELOPMENT, r"develop\w*|acquisition|build|training"),
    (
        Field.DATE_INITIATED,
        r"initiat\w*|start\w*|began|begin|begun|created|requested|proposed|kick ?off|opened|registered",
    ),
    (Field.STAGE, r"stages?|status|phase|life ?cycle|maturity|state"),
    (Field.RISK, r"risk|tier|impact|criticality|severity"),
    (Field.PERSONAL_DATA, r"pii|personal|personally|privacy|gdpr"),
    (Field.OWNER, r"owners?|contact|responsible|accountable|maintainer|e ?mail|lead|point of contact"),
    (Field.DIVISION, r"division|department|agency|organi[sz]ation|company|ministry|directorate|business unit"),
    (Field.UNIT, r"team|bureau|office|unit|component|group|branch"),
    (Field.PURPOSE, r"purpose|description|summary|objective|goal|benefits?|problem|abstract|about"),
    (Field.NAME, r"name|title|model|use case|system|application|project|algorithm|product|solution|device"),
    (Field.EXTERNAL_ID, r"id|identifier|number|no|ref|reference|key"),
    (Field.TAGS, r"tags?|topic|category|type|area|techniques?|keywords?|domain|panel"),
)
DATE_FIELDS: Final = frozenset(
    {Field.DATE_INITIATED, Field.DATE_DEVELOPMENT, Field.DATE_IMPLEMENTED, Field.DATE_RETIRED}
)
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Content:
    """What the cells of one column look like, as shares (0 to 1) of those that say anything."""

    answered: float
    distinct: float
    short: float
    long: float
    dates: float
    numbers: float
    emails: float
    stages: float
    risks: float
    yes_no: float

    @property
    def plain_text(self) -> float:
        return max(0.0, 1 - self.dates - self.numbers - self.emails)


def guess_map(table: Table) -> Map:
    """A map of guesses for a file that no map knows. Fields that nothing speaks for are left out."""
    return with_guesses(
        Map("guessed", "Columns guessed from their names and contents", MappingProxyType({})), table, Field
    )


def with_guesses(known: Map, table: Table, wanted: Iterable[Field]) -> Map:
    """The map with guessed columns added for those wanted fields that it does not find in this file."""
    placed = known.locate(table.headers).places
    taken = {place for places in placed.values() for place in places}
    open_fields = [one for one in wanted if one not in placed]
    if not open_fields:
        return known
    contents = {place: content_of(table.column(place)) for place in range(len(table.headers)) if place not in taken}
    offers = sorted(
        (
            guess
            for place, content in contents.items()
            for guess in _guesses(table.headers[place], content, open_fields)
        ),
        key=lambda guess: -guess.confidence,
    )
    chosen = _one_each(offers)
    columns = dict(known.columns)
    columns.update({guess.field: (fold(guess.header),) for guess in chosen})
    return replace(known, columns=MappingProxyType(columns), guesses=(*known.guesses, *chosen))


def content_of(cells: Sequence[str]) -> Content:
    """What a column looks like, from its first few hundred cells."""
    texts = [text for cell in cells[:SAMPLE_ROWS] if (text := said(cell))]
    if not texts:
        return Content(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    def share(count: int) -> float:
        return count / len(texts)

    return Content(
        answered=len(texts) / max(len(cells[:SAMPLE_ROWS]), 1),
        distinct=share(len(set(texts))),
        short=share(sum(1 for text in texts if len(text) <= 150)),
        long=share(sum(1 for text in texts if len(text) > 60)),
        dates=share(sum(1 for text in texts if len(text) <= 40 and read_date(text).value is not None)),
        numbers=share(sum(1 for text in texts if re.fullmatch(r"[\d.,\s%$€£-]+", text))),
        emails=share(sum(1 for text in texts if EMAIL.search(text))),
        stages=share(sum(1 for text in texts if len(text) <= 80 and stage_of(text, {}))),
        risks=share(sum(1 for text in texts if len(text) <= 80 and risk_of(text, {}))),
        yes_no=share(sum(1 for text in texts if yes_no(text) is not None)),
    )


def _guesses(header: str, content: Content, wanted: Sequence[Field]) -> Iterable[Guess]:
    folded = fold(header)
    for one, words in HEADER_WORDS:
        if one in wanted:
            named = _named(folded, words)
            fits, why = _fitting(one, content)
            confidence = 0.55 * named + 0.45 * fits
            needs_both = one not in (Field.NAME, Field.STAGE, Field.OWNER)
            if confidence >= LEAST_CONFIDENCE and fits >= 0.3 and (named or not needs_both):
                yield Guess(one, clean(header), round(confidence, 2), why)


def _named(folded: str, words: str) -> float:
    """How much of the header is the telling word: 1 for 'Status', less where it stands among many others, and nothing
    in a whole question, which names many things that it does not ask for."""
    count = len(folded.split())
    return 1.1 - 0.1 * count if count <= 8 and re.search(rf"\b(?:{words})\b", folded) else 0.0


def _fitting(one: Field, content: Content) -> tuple[float, str]:
    """How well the cells fit a field, and in which words to say so."""
    if one in DATE_FIELDS:
        return content.dates, f"{content.dates:.0%} of its cells are dates"
    few = 1 - content.distinct
    measures = {
        Field.NAME: (
            content.distinct * content.short * content.plain_text * content.answered,
            "short names, few twice",
        ),
        Field.STAGE: (content.stages * (0.4 + 0.6 * few), f"{content.stages:.0%} of its cells are stages"),
        Field.RISK: (content.risks * (0.4 + 0.6 * few), f"{content.risks:.0%} of its cells are risk tiers"),
        Field.PERSONAL_DATA: (content.yes_no, f"{content.yes_no:.0%} of its cells are yes or no"),
        Field.OWNER: _owner_like(content),
        Field.DIVISION: (few * content.plain_text, "few different names"),
        Field.UNIT: ((0.3 + 0.7 * few) * content.plain_text, "few different names"),
        Field.PURPOSE: (content.long * content.plain_text, f"{content.long:.0%} of its cells are sentences"),
        Field.EXTERNAL_ID: (content.distinct * (1 - content.long) * (1 - content.dates), "all different and short"),
        Field.TAGS: (few * (1 - content.long) * content.plain_text, "few different words"),
    }
    return measures.get(one, (0.0, ""))


def _owner_like(content: Content) -> tuple[float, str]:
    names = 0.5 * (1 - content.long) * content.plain_text
    if content.emails >= names:
        return content.emails, f"{content.emails:.0%} of its cells are e-mail addresses"
    return names, "short texts, which may be names of people"


def _one_each(offers: Iterable[Guess]) -> tuple[Guess, ...]:
    """The surest guess per field and per column, in the order of the fields."""
    chosen: dict[Field, Guess] = {}
    headers: set[str] = set()
    for guess in offers:
        if guess.field not in chosen and guess.header not in headers:
            chosen[guess.field] = guess
            headers.add(guess.header)
    return tuple(chosen[one] for one in Field if one in chosen)
