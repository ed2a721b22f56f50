"""What the benchmark prints."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measuring import MOST_TIMES, Measured
from bench.pages import BOARD_QUERIES, LIST_QUERIES, PAGE_QUERIES

_WIDTH = 32


def heading(small: int, size: int) -> str:
    """Two lines: what is counted and measured, and of how many models."""
    above = f"{'':{_WIDTH}}{'queries at':>10}{'queries at':>12}{'page':>10}{'by hand':>10}{'times':>8}"
    below = f"{'page':{_WIDTH}}{small:>10,}{size:>12,}{'ms':>10}{'ms':>10}{'':>8}"
    return f"\n{above}\n{below}"


def line(found: Measured) -> str:
    queries = f"{found.queries_before:>10}{found.queries:>12}"
    times = f"{found.page_ms:>10.1f}{found.hand_ms:>10.1f}{found.times:>8.2f}"
    return f"{found.page.title:{_WIDTH}}{queries}{times}{'' if found.meets else '  missed'}"


def verdict(results: Sequence[Measured]) -> str:
    asked = (
        f"Asked: at most {LIST_QUERIES} queries, {BOARD_QUERIES} for the claim board, {PAGE_QUERIES} for one review, "
        f"as many for a small portfolio as for this one, and at most {MOST_TIMES:g} times the database time by hand."
    )
    missed = [found.page.title for found in results if not found.meets]
    return f"\n{asked}\n{'Missed by ' + ', '.join(missed) if missed else 'Every page keeps to it'}."
