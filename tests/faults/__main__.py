"""``make faults``: every fault in its long form, and a table of what came of each."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from tests.faults.faults import FAULTS, Result, suffer
from tests.faults.plant import Plant, clear, scratch
from tests.faults.servers import missing

COLUMNS: Final = (
    *("fault", "times", "alerts", "deliveries", "messages", "repeated under the same key"),
    *("lost", "doubled", "broken", "seconds"),
)
HEADING: Final = (f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|")


def line(found: Result, before: Result | None) -> str:
    """A row of the table: what was counted since the fault before."""
    if found.skipped:
        return f"| {found.what} | not tried: {found.skipped} | | | | | | | | |"
    now, then = found.verdict, before.verdict if before else None
    grown = [
        getattr(now, name) - (getattr(then, name) if then else 0)
        for name in ("alerts", "deliveries", "messages", "repeated")
    ]
    bad = [len(now.lost), len(now.doubled), len(now.broken)]
    cells = [found.what, found.times, *grown, *bad, f"{found.seconds:.0f}"]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def run(seed: int, *, long: bool, only: str = "", planted: str = "") -> tuple[list[str], bool]:
    """The lines of the table, and whether everything held."""
    folder, lines, held, before = scratch(), [], True, None
    try:
        plant = Plant(folder, seed, planted=planted)
        try:
            for fault in (fault for fault in FAULTS if only in fault.what):
                print(f"{fault.what} ...", flush=True)
                found = suffer(plant, [fault], long=long)
                lines.append(line(found, before))
                held = held and found.verdict.holds
                print(f"{lines[-1]}\n  {found.verdict}", flush=True)
                before = before if found.skipped else found
            lines.append(f"\n{plant.claims} claims were made meanwhile, of which {len(plant.claims_lost)} were lost.")
        finally:
            plant.close()
    finally:
        if held:
            clear(folder)
        else:
            print(f"What the processes said is in {folder}.", flush=True)
    return lines, held


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what chance decides is decided alike for the same seed")
    parser.add_argument("--short", action="store_true", help="as `make test` does it")
    parser.add_argument("--only", default="", help="the faults whose description holds this")
    parser.add_argument("--plant", default="", help="a mistake to put in first, to see that it is found")
    parser.add_argument("--out", type=Path, help="a file to write the table into")
    given = parser.parse_args()
    if reason := missing():
        print(f"The run {reason}.", file=sys.stderr)
        return 2
    begun = time.monotonic()
    lines, held = run(given.seed, long=not given.short, only=given.only, planted=given.plant)
    table = "\n".join([*HEADING, *lines])
    print(f"\n{table}\n\nSeed {given.seed}, {time.monotonic() - begun:.0f} s. {'All held' if held else 'FAILED'}.")
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(table + "\n", encoding="utf-8")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
