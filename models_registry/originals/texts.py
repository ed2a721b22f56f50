"""Text files: what they may be by their ending, and what in truth is a script or a page for a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from models_registry.originals.kinds import KINDS, TAKEN, TEXTS, UnfitError

MOST_PARSED: Final = 5 * 1024 * 1024
_BY_ENDING: Final[Mapping[str, str]] = {ending: kind for kind in TEXTS for ending in KINDS[kind].endings}
_BEGINS: Final = 2048
_PAGE: Final = re.compile(
    rb"(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|script|iframe|object|embed|frameset)\b", re.I | re.S
)
_SVG: Final = re.compile(rb"(<\?xml[^>]*>\s*|<!--.*?-->\s*|<!doctype\s+svg[^>]*>\s*)*<(svg:)?svg\b", re.I | re.S)
_SCRIPTS: Final = (
    (re.compile(rb"#!"), "a script"),
    (re.compile(rb"<\?(php|=)", re.I), "a PHP script"),
    (re.compile(rb"<%|<jsp:", re.I), "a server page"),
    (re.compile(rb"@?echo\s+off\b", re.I), "a Windows batch script"),
    (re.compile(rb"<\?xml", re.I), "XML"),
    (re.compile(rb"\{\\rtf"), "a rich-text document"),
    (re.compile(rb"%!PS"), "a PostScript program"),
    (re.compile(rb"MIME-Version:", re.I), "a saved web page or mail"),
)
_CONTROLS: Final = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_PYTHON: Final = (
    "is not taken as it stands: pack scripts and pages into a ZIP archive, or attach the report about them."
)


def kind_of_text(data: bytes, name: str) -> str | None:
    """The kind of text that its name says, by what it is; None where it is no text after all."""
    begin = _plain(data[:_BEGINS]).lstrip()
    if _SVG.match(begin):
        raise UnfitError(f"{name} is an SVG drawing, which can run scripts: attach it as PNG or PDF.")
    if _PAGE.match(begin):
        raise UnfitError(f"{name} is a web page, which can run scripts: print it to a PDF and attach that.")
    for pattern, said in _SCRIPTS:
        if pattern.match(begin):
            raise UnfitError(f"{name} is {said}, whatever its name says, and is not taken. {TAKEN}")
    if b"\x00" in data and not _is_wide(data):
        return None
    if not _is_wide(data) and _CONTROLS.search(data):
        return None
    ending = PurePosixPath(name).suffix.lower()
    if name == "MLmodel":
        return "yaml"
    if ending and ending not in _BY_ENDING and not any(ending in kind.endings for kind in KINDS.values()):
        raise UnfitError(f"A file that ends in {ending[:12]} {_PYTHON}")
    return _BY_ENDING.get(ending, "text")


def check_text(data: bytes, kind: str, name: str) -> None:
    """JSON must be JSON. The other kinds are what their reader makes of them. Raises `UnfitError`."""
    if kind != "json" or len(data) > MOST_PARSED:
        return
    try:
        json.loads(data)
    except RecursionError:
        raise UnfitError(
            f"{name} is nested too deeply to be read: flatten it, or attach it in a ZIP archive."
        ) from None
    except ValueError as problem:
        line = getattr(problem, "lineno", None)
        where = f" (line {line})" if line else ""
        raise UnfitError(f"{name} is no JSON{where}: mend it, or rename it to end in .txt.") from None


def _is_wide(data: bytes) -> bool:
    return data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _plain(begin: bytes) -> bytes:
    """The beginning as a browser would sniff it: without a mark of its encoding, and wide characters narrowed."""
    if _is_wide(begin):
        return begin[2:].replace(b"\x00", b"")
    return begin.removeprefix(b"\xef\xbb\xbf")
