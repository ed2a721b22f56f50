"""Proof that two answers are the same, before anything is said of what each costs."""

from __future__ import annotations


class Differs(AssertionError):
    """The hand-written answer is not the page's, so that comparing their cost would say nothing."""


def same(what: str, by_hand: object, by_page: object) -> None:
    """Raises `Differs` with both sides."""
    if by_hand != by_page:
        raise Differs(f"{what}: by hand {_brief(by_hand)}, on the page {_brief(by_page)}")


def _brief(side: object) -> str:
    told = str(side)
    return told if len(told) < 600 else f"{told[:600]}… ({len(told)} characters)"
