"""Open an inventory together with the map that reads it: the one asked for, the built-in that fits, or guesses."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from tracker.integrations.inventory.builtin_maps import BUILT_IN
from tracker.integrations.inventory.guessing import HEADER_WORDS, guess_map, with_guesses
from tracker.integrations.inventory.map_files import find_map
from tracker.integrations.inventory.mapping import Map, best_map
from tracker.integrations.inventory.reading import Table, open_table, read_upload

EXPECTED: Final = frozenset(
    words.removesuffix(" *") for one in BUILT_IN for alternatives in one.columns.values() for words in alternatives
)
TELLING: Final = re.compile("|".join(rf"\b(?:{words})\b" for _, words in HEADER_WORDS))
LONGEST_TELLING: Final = 4  # words; a longer cell that holds one of them is a sentence


def known_header(folded: str) -> bool:
    """Whether a folded cell could be a header that some map or guess understands."""
    return folded in EXPECTED or (len(folded.split()) <= LONGEST_TELLING and bool(TELLING.search(folded)))


def open_inventory(path: Path, map_name: str = "", sheet: str = "", division: str = "") -> tuple[Table, Map]:
    """The table of a file and its map. Raises `UnreadableFileError` or `MapProblemError`.

    `division` stands for rows that name none.
    """
    wanted = find_map(map_name) if map_name else None
    table = open_table(path, lambda folded: known_header(folded) or _expects(wanted, folded), sheet)
    return table, choose_map(table, wanted, division)


def open_upload(name: str, data: bytes, sheet: str = "", division: str = "") -> tuple[Table, Map]:
    """The same for a file that came in over the web, with the map that fits it best."""
    table = read_upload(name, data, known_header, sheet)
    return table, choose_map(table, None, division)


def choose_map(table: Table, wanted: Map | None, division: str = "") -> Map:
    """The map asked for as it is; else the best built-in, its missing columns guessed; else guesses throughout."""
    if wanted is None:
        built_in = best_map(BUILT_IN, table.headers)
        wanted = with_guesses(built_in, table, built_in.columns) if built_in else guess_map(table)
    return replace(wanted, division=division or wanted.division)


def _expects(wanted: Map | None, folded: str) -> bool:
    return wanted is not None and any(folded in alternatives for alternatives in wanted.columns.values())
