"""The sentences of the claim board, made of counts. Findings come first."""

from __future__ import annotations

from models_registry.vocabulary import Stage
from tracker.claims import ROOM, ClaimBoard, Load, Tally
from tracker.web.stalls.words import spelled


def lede(board: ClaimBoard, me: Load | None) -> tuple[str, str]:
    """What the reader may claim, and how much room they have."""
    tally = board.tally
    if not tally.mine:
        others = f" {tally.total:,} without an owner in other hands." if tally.total else ""
        return "Nothing waits for you to claim.", others + _room(me, board.counted)
    return f"{_what(tally, board.counted)} no owner", _late(tally) + _room(me, board.counted)


def _what(tally: Tally, counted: Stage) -> str:
    """`Three deployments have` while only these are open to the reader, else releases."""
    if tally.deployments == tally.mine and counted is Stage.DEPLOYMENT:
        noun = "deployment" if tally.mine == 1 else "deployments"
    else:
        noun = "release that you may claim" if tally.mine == 1 else "releases that you may claim"
    return f"{spelled(tally.mine).capitalize()} {noun} {'has' if tally.mine == 1 else 'have'}"


def _late(tally: Tally) -> str:
    if not tally.late:
        return "."
    if tally.late == tally.mine:
        return {1: ", and it is past its budget.", 2: ", both past a budget."}.get(tally.mine, ", all past a budget.")
    return f", {spelled(tally.late)} of them past a budget."


def _room(me: Load | None, counted: Stage) -> str:
    if me is None:
        return ""
    noun = "review" if counted is Stage.COMPLIANCE_REVIEW else "deployment"
    if me.counted == 0:
        return f" You own no {noun}, so you have room for {spelled(ROOM)}."
    plural = noun if me.counted == 1 else f"{noun}s"
    left = ROOM - me.counted
    room = f"so you can take {spelled(left)} more" if left > 0 else "which is as much as one person carries"
    return f" You own {me.counted} {plural}, {room}."
