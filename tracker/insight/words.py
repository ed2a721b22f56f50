"""What the figures find, each in a sentence that is computed from them, for no data and for little of it, too."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from governance.attribution import Whom
from tracker.formats import count, money_short, number, percent
from tracker.insight.cohorts import Arrivals
from tracker.insight.losses import Losses
from tracker.insight.scope import Scope
from tracker.insight.times import Times
from tracker.insight.waits import Waited

SOLID = 5  # models in a quarter; the rate of fewer swings with every one of them


def since(scope: Scope) -> str:
    """`since July 2024`, or `so far`."""
    if scope.since is None:
        return "so far"
    return f"since {scope.since:%B %Y}"


def summary(found: Arrivals, scope: Scope) -> tuple[str, str]:
    """The answer in one sentence, and what follows it."""
    every = found.all
    if not every.total:
        return f"No model has been briefed {since(scope)}.", ""
    closed = _were(every.never, "closed without going live")
    return (
        f"{count(every.total, 'model')} briefed {since(scope)}:",
        f"{_are(every.live, 'live')}, {closed}, {_are(every.flight, 'in flight')}.",
    )


def decided_span(found: Arrivals) -> str:
    """`Q3 ’24 – Q3 ’25`: from the first decided quarter to the last."""
    decided = found.decided
    if not decided:
        return ""
    first, last = decided[0].label, decided[-1].label
    return first if first == last else f"{first} – {last}"


def cohort_title(found: Arrivals) -> str:
    decided = found.decided
    if not found.all.total:
        return "No model has been briefed yet"
    if not decided:
        every = found.all
        models = f"{number(every.flight)} of {count(every.total, 'model')}"
        return f"No quarter is decided yet: {models} {_be(every.flight)} in flight"
    if len(decided) == 1:
        only = decided[0]
        return f"{percent(only.rate.share)} of the models of {only.label} are live, the one decided quarter"
    return _trend(found)


def _trend(found: Arrivals) -> str:
    """What became of the rate, judged by the quarters that are large enough to say something."""
    solid = [one for one in found.decided if one.total >= SOLID]
    if len(solid) < 2:
        live = found.rate.live
        return f"{number(live)} of {count(found.rate.total, 'model')} of the decided quarters {_be(live)} live"
    shares = [one.rate.share for one in solid]
    steps = [later - earlier for earlier, later in pairwise(shares)]
    first, last = percent(shares[0]), percent(shares[-1])
    whole = len(solid) == len(found.decided) > 2
    if whole and all(step > 0 for step in steps):
        return f"The rate rose in every decided quarter, from {first} to {last}"
    if whole and all(step < 0 for step in steps):
        return f"The rate fell in every decided quarter, from {first} to {last}"
    if min(shares) == max(shares):
        return f"{first} of the models of every quarter arrive"
    return f"Between {percent(min(shares))} and {percent(max(shares))} of a quarter’s models arrive"


def cohort_note(found: Arrivals) -> str:
    """What is counted, and what had to be left out."""
    said = ["Outcome of models by the quarter of their first brief"]
    small = sum(one.total < SOLID for one in found.decided)
    if small:
        said.append(f"{count(small, 'quarter')} of fewer than {SOLID} models left out of the title")
    if found.unbriefed:
        said.append(f"{count(found.unbriefed, 'model')} imported without a brief left out")
    if found.estimated:
        said.append(f"{count(found.estimated, 'model')} with estimated dates left out")
    return "; ".join(said)


def funnel_title(found: Arrivals) -> str:
    steps = found.funnel
    total = steps[0][1]
    if not total:
        return "No model has been briefed yet"
    if not found.decided:
        return f"{steps[-1][1]} of {count(total, 'model')} got to live so far"
    at = worst_step(found)
    lost = steps[at - 1][1] - steps[at][1]
    if not lost:
        return f"No model was lost on the way: all {number(total)} are live"
    source, target = steps[at - 1][0].label, steps[at][0].label.lower()
    return f"{source} to {target} loses most: {number(lost)} of {number(steps[at - 1][1])}"


def funnel_note(found: Arrivals) -> str:
    total = found.funnel[0][1]
    briefed = f"briefed {decided_span(found)}" if found.decided else "of quarters that are not decided yet"
    return f"{count(total, 'model')} {briefed}, furthest stage reached"


def worst_step(found: Arrivals) -> int:
    """The place in the funnel before which most models were lost."""
    reached = [models for _, models in found.funnel]
    return max(range(1, len(reached)), key=lambda place: reached[place - 1] - reached[place])


def times_title(found: Times) -> str:
    if not found.stages:
        return "No stay in a stage has ended yet"
    worst = found.strained
    if worst is not None:
        budget = f"{number(worst.budget or 0)}-day budget"
        return f"{worst.stage.label} runs furthest past its {budget}: 15% of stays take over {worst.upper:.1f} weekdays"
    if all(one.budget for one in found.stages):
        return "In every stage 85% of the stays end within the budget"
    longest = found.longest or found.stages[0]
    return f"{longest.stage.label} takes longest: half of the stays more than {longest.median:.1f} weekdays"


def times_note(found: Times, scope: Scope) -> str:
    stays = sum(one.stays for one in found.stages)
    said = [
        f"{count(stays, 'stay')} that ended {since(scope)}: median, 85th and 95th percentile",
        "weekdays (Mon–Fri, UTC, holds and holidays included) beside the budget in business days",
    ]
    if found.estimated:
        said.append(f"{count(found.estimated, 'imported stay')} with estimated dates left out")
    return "; ".join(said)


WAITED_ON: Final = {
    Whom.OWNER: "owners",
    Whom.REVIEWER: "reviewers",
    Whom.REQUESTER: "whoever requested a review",
    Whom.EXTERNAL: "somebody outside",
    Whom.VACANCY: "nobody, for want of an owner",
}


def waits_title(found: Waited) -> str:
    whole = sum(found.days.values())
    if not whole:
        return "No stay in a stage has ended yet"
    most = max(found.days, key=lambda whom: found.days[whom])
    return f"Stages waited longest on {WAITED_ON[most]}: {percent(found.days[most] / whole)} of their time"


def waits_note(found: Waited, scope: Scope) -> str:
    newest = f"the newest {number(found.stays)} stays" if found.capped else count(found.stays, "stay")
    said = [f"{newest} that ended {since(scope)}, in business days of each team, holds included"]
    if found.currency:
        said.append("what was booked in a stage is split like its time")
    return "; ".join(said)


def losses_title(found: Losses) -> str:
    if not found.releases:
        return "No release was given up or set aside before it went live"
    releases = count(found.releases, "release")
    if not found.totals:
        return f"{releases} never went live; no cost is recorded for {'it' if found.releases == 1 else 'them'}"
    return f"{totals(found)} went into {releases} that never went live"


def totals(found: Losses) -> str:
    """`€112k`, with what was spent in other currencies after it."""
    amounts = [money_short(amount, currency) for currency, amount in found.totals]
    return amounts[0] if len(amounts) == 1 else f"{amounts[0]} and {', '.join(amounts[1:])}"


def reasons_title(found: Losses) -> str:
    if not found.reasons:
        return "Nothing has ended, so there is no reason to count"
    first = found.reasons[0]
    money = dict(found.totals).get(found.currency)
    share = f", with {percent(first.amounts.get(found.currency, 0) / money)} of the money" if money else ""
    return f"“{first.label}” ended {first.releases} of {count(found.releases, 'release')}{share}"


def _are(amount: int, what: str) -> str:
    return f"{number(amount)} {_be(amount)} {what}"


def _be(amount: int) -> str:
    return "is" if amount == 1 else "are"


def _were(amount: int, what: str) -> str:
    return f"{number(amount)} {'was' if amount == 1 else 'were'} {what}"
