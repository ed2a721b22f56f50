"""The pack on paper: PDF/A-3a, tagged (PDF/UA-1), with its data attached; the same bytes for the same pack."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tracker.audit_pack.facts import Pack
from tracker.audit_pack.sections import view_of

SECONDS: Final = 25.0  # below the time that a web server gives a request
LAYOUT: Final = Path(__file__).with_name("pack.typ")
_TYPESETTER: Final = Path(__file__).with_name("typesetter.py")

# What the fonts that typst ships can show, and we let through: letters of Europe and their signs. A test prints them.
SHOWN: Final = (
    (0x20, 0x7E), (0xA0, 0x377), (0x38E, 0x3A1), (0x3A3, 0x4FF), (0x5D0, 0x5EA), (0x1E00, 0x1F15), (0x2010, 0x2027),
    (0x2030, 0x2040), (0x2044, 0x2052), (0x2074, 0x208E), (0x20A0, 0x20C0), (0x2190, 0x22FF),
)  # fmt: skip


class PrintingFailed(RuntimeError):
    """The PDF could not be made, or not in time. The pack's data and files can be had all the same."""


def printed(pack: Pack) -> bytes:
    """The PDF. Takes about a second for ten pages. Raises `PrintingFailed`."""
    view = view_of(pack)
    answer = _typeset(pack, _cleaned(view, shown))
    if answer.returncode:  # a mark that no letter carries in these fonts, for example
        answer = _typeset(pack, _cleaned(view, plainly_shown))
    if answer.returncode:
        raise PrintingFailed(answer.stderr.decode(errors="replace")[:500])
    return answer.stdout


def shown(text: str) -> str:
    """The text with everything that the fonts cannot show spelled out as `[U+4E2D]`; the data has it as it is."""
    return "".join(letter if _can_show(letter) else _spelled(letter) for letter in unicodedata.normalize("NFC", text))


def plainly_shown(text: str) -> str:
    """The same with nothing beyond ASCII."""
    return "".join(letter if letter == "\n" or " " <= letter <= "~" else _spelled(letter) for letter in text)


def _can_show(letter: str) -> bool:
    return letter == "\n" or any(first <= ord(letter) <= last for first, last in SHOWN)


def _spelled(letter: str) -> str:
    return " " if letter in "\t\r" else f"[U+{ord(letter):04X}]"


def _cleaned(value: Any, spell: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(inner, spell) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner, spell) for inner in value]
    return value


def _typeset(pack: Pack, view: Any) -> subprocess.CompletedProcess[bytes]:
    asked = {
        "layout": LAYOUT.read_text(encoding="utf-8"),
        "view": json.dumps(view),
        "json": pack.json.decode(),
        "timestamp": int(pack.as_of.timestamp()),
    }
    try:
        return subprocess.run(  # our own program, and nothing of a person's in the command
            [sys.executable, "-I", str(_TYPESETTER)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PrintingFailed(f"It took longer than {SECONDS:g} seconds.") from error
