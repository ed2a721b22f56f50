"""Which row of a new edition is about which model of an earlier one.

Surest first: the same id in the same division; the same name, unit and division; the same name in the same division,
which is all that editions without ids share. Every model and every row is matched at most once. Where several carry
one name, the row whose content is the same goes first, then the one whose purpose reads most alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from tracker.integrations.inventory.identities import Identity

MOST_COMPARED = 2_000  # characters of a purpose; enough to tell two apart
MOST_PAIRS = 10_000  # beyond this nobody can tell them apart either: they are paired in order


@dataclass(frozen=True)
class Side:
    """One row or one known model, as far as matching is concerned. `former` is an earlier name that a row states."""

    place: int
    identity: Identity
    digest: str
    purpose: str
    former: str = ""


Token = Callable[[Side], Hashable | None]


def match(known: Sequence[Side], rows: Sequence[Side]) -> dict[int, int]:
    """From the place of a row to the place of the known model it is about; rows that are not there are new."""
    division = _divisions([*known, *rows])
    steps: tuple[tuple[Token, Token], ...] = (
        _both(lambda side: (side.identity.external_id, division(side)) if side.identity.external_id else None),
        _both(lambda side: (side.identity.name, side.identity.unit, division(side))),
        _both(lambda side: (side.identity.name, division(side)) if division(side) else None),
        (
            lambda side: (side.identity.name, division(side)) if division(side) else None,
            lambda side: (side.former, division(side)) if side.former and division(side) else None,
        ),
    )
    found: dict[int, int] = {}
    for of_known, of_row in steps:
        taken = set(found.values())
        open_known = [side for side in known if side.place not in taken]
        open_rows = [side for side in rows if side.place not in found]
        for there, here in _groups(open_known, of_known, open_rows, of_row):
            found.update(_pair(there, here))
    return found


def _both(token: Token) -> tuple[Token, Token]:
    return token, token


def _groups(
    known: Iterable[Side], of_known: Token, rows: Iterable[Side], of_row: Token
) -> Iterator[tuple[list[Side], list[Side]]]:
    by_token: dict[Hashable, tuple[list[Side], list[Side]]] = defaultdict(lambda: ([], []))
    for side in known:
        if (token := of_known(side)) is not None:
            by_token[token][0].append(side)
    for side in rows:
        if (token := of_row(side)) is not None:
            by_token[token][1].append(side)
    return ((there, here) for there, here in by_token.values() if there and here)


def _pair(there: list[Side], here: list[Side]) -> dict[int, int]:
    """Pair what carries one name: the same content first, then the purposes most alike, then in order."""
    if len(there) == len(here) == 1:
        return {here[0].place: there[0].place}
    pairs: dict[int, int] = {}
    by_digest = defaultdict(list)
    for side in there:
        by_digest[side.digest].append(side)
    for row in here:
        if by_digest[row.digest]:
            pairs[row.place] = by_digest[row.digest].pop(0).place
    free = [side for side in there if side.place not in set(pairs.values())]
    rest = [row for row in here if row.place not in pairs]
    if len(free) * len(rest) > MOST_PAIRS:
        return pairs | {row.place: side.place for side, row in zip(free, rest, strict=False)}
    likeness = sorted(((_likeness(side, row), -side.place, -row.place) for side in free for row in rest), reverse=True)
    for _, side_place, row_place in likeness:
        if -row_place not in pairs and -side_place not in pairs.values():
            pairs[-row_place] = -side_place
    return pairs


def _likeness(side: Side, row: Side) -> float:
    return SequenceMatcher(
        None, side.purpose[:MOST_COMPARED], row.purpose[:MOST_COMPARED], autojunk=False
    ).quick_ratio()


def _divisions(sides: Iterable[Side]) -> Callable[[Side], str]:
    """One word per division, whether a file names it in full, by its code, or both."""
    full_by_code: dict[str, str] = {}
    for side in sides:
        if side.identity.code and side.identity.division not in ("", side.identity.code):
            full_by_code.setdefault(side.identity.code, side.identity.division)
    return lambda side: _canonical(side.identity, full_by_code)


def _canonical(one: Identity, full_by_code: Mapping[str, str]) -> str:
    if one.division and one.division != one.code:
        return full_by_code.get(one.division, one.division)
    return full_by_code.get(one.code, one.code)
