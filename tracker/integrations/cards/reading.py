"""Which kind of card a file is, by its content and its name, and the text that its bytes mean."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from charset_normalizer import from_bytes

from tracker.integrations.cards.found import CardRead, Unread, UnreadableCardError
from tracker.integrations.cards.hugging_face import read_hugging_face
from tracker.integrations.cards.mlmodel import read_mlmodel
from tracker.integrations.cards.toolkit import read_toolkit

MEGABYTE: Final = 1024 * 1024
MOST_BYTES: Final = 5 * MEGABYTE
_FLAVORS: Final = re.compile(r"^flavors:", re.M)
_YAML: Final = {".yaml", ".yml", ".mlmodel"}
_TRIED: Final = ["cp1252", "utf_8", "gb18030", "cp1251", "shift_jis", "euc_kr"]


def read_card(name: str, data: bytes) -> CardRead:
    """Read a card from the bytes of a file. Raises `UnreadableCardError`, and nothing else."""
    if len(data) > MOST_BYTES:
        raise UnreadableCardError(
            f"{name} is {len(data) / MEGABYTE:.1f} MB, and a card above {MOST_BYTES // MEGABYTE} MB is not read: "
            "attach it as evidence with a file instead."
        )
    text, encoding = _decoded(name, data)
    if not text.strip():
        raise UnreadableCardError(f"{name} is empty: choose the file that holds the card.")
    card = _read(name, text)
    if encoding:
        why = f"It was read as {encoding}, which is a guess: look at the letters beyond A to Z."
        noted = Unread(None, "the file is not UTF-8", why)
        rows = [{"line": "", "what": noted.what, "why": noted.why}, *card.detail.get("unread", [])]
        card = replace(card, detail={**card.detail, "unread": rows}, unread=(noted, *card.unread))
    return card


def _read(name: str, text: str) -> CardRead:
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".json" or text.lstrip().startswith('{"') or text.lstrip().startswith("{\n"):
        return read_toolkit(text)
    if ending in _YAML or name == "MLmodel" or (_FLAVORS.search(text) and not text.startswith("---")):
        return read_mlmodel(text)
    return read_hugging_face(text)


def _decoded(name: str, data: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding when that had to be guessed."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), ""
    if b"\x00" in data:
        raise UnreadableCardError(f"{name} is no text: choose the Markdown, JSON or MLmodel file of the card.")
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        best = from_bytes(data[: 256 * 1024], cp_isolation=_TRIED).best()
        encoding = best.encoding if best else "cp1252"
        return data.decode(encoding, "replace"), encoding
