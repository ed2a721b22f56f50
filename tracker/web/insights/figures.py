"""The figures of the insights: what is drawn, and the same as a table for the page and for CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from governance.attribution import Whom
from models_registry.vocabulary import Stage
from tracker.formats import count, money, money_short, percent
from tracker.insight import Arrivals, Cohort, Loss, Losses, Times, Waited, words
from tracker.web.drawing import Bar, Part, Span, Stack

SHOWN: Final = 12  # quarters that are drawn; the table holds all of them
Cells = Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Table:
    """A data table: its name in the address and as a file, what it holds, and its cells."""

    name: str
    caption: str
    columns: Sequence[str]
    rows: Cells


def cohort_stacks(found: Arrivals) -> list[Stack]:
    return [_stack(cohort) for cohort in found.cohorts[-SHOWN:]]


def _stack(cohort: Cohort) -> Stack:
    parts = [
        Part("Live", cohort.live, "live"),
        Part("In flight", cohort.flight, "flight"),
        Part("Never live", cohort.never, "never"),
    ]
    note = count(cohort.total, "brief") if cohort.decided or not cohort.total else "not decided"
    return Stack(cohort.label, parts, note, pale=not cohort.decided)


def cohort_said(found: Arrivals) -> str:
    said = ", ".join(f"{one.label} {percent(one.rate.share)}" for one in found.decided)
    return f"Stacked columns by quarter, share live: {said}; the other quarters are not decided" if said else "No data"


def funnel_bars(found: Arrivals) -> list[Bar]:
    worst = words.worst_step(found) if found.funnel[0][1] else 0
    bars = []
    for place, (stage, reached) in enumerate(found.funnel):
        before = found.funnel[place - 1][1] if place else 0
        note = f"{percent(reached / before)} of {_short(found.funnel[place - 1][0])}" if before else ""
        bars.append(Bar(_name(stage), reached, note=note, stage=stage.value, strong=place == worst > 0))
    return bars


def time_spans(found: Times) -> list[Span]:
    return [Span(_name(one.stage), one.median, one.upper, one.top, one.budget) for one in found.stages]


def loss_bars(losses: Sequence[Loss], found: Losses) -> list[Bar]:
    """In money where any was recorded, else in releases."""
    return [_loss_bar(loss, found.currency) for loss in losses]


def _loss_bar(loss: Loss, currency: str) -> Bar:
    releases = count(loss.releases, "release")
    label = "Compliance" if loss.name == Stage.COMPLIANCE_REVIEW else loss.label
    if not currency:
        return Bar(label, loss.releases, releases)
    amount = loss.amounts.get(currency, 0)
    median = f", median {money(loss.medians[currency], currency)}" if currency in loss.medians else ""
    others = "".join(f" + {money_short(more, other)}" for other, more in loss.amounts.items() if other != currency)
    text = f"{money_short(amount, currency)}{others}" if amount or others else "no cost"
    return Bar(label, amount, text, f"{releases}{median}")


def cohort_table(found: Arrivals) -> Table:
    columns = ("Quarter", "Briefs", "Live", "In flight", "Never live", "Rate", "95% interval", "Decided")
    return Table("cohorts", "Outcome by quarter of the first brief", columns, [_line(one) for one in found.cohorts])


def _line(cohort: Cohort) -> list[object]:
    low, high = cohort.rate.interval
    rate, interval = (percent(cohort.rate.share), f"{percent(low)} – {percent(high)}") if cohort.total else ("", "")
    decided = "yes" if cohort.decided else "no"
    return [cohort.label, cohort.total, cohort.live, cohort.flight, cohort.never, rate, interval, decided]


def funnel_table(found: Arrivals) -> Table:
    steps = found.funnel
    rows = [
        [stage.label, reached, percent(reached / steps[place - 1][1]) if place and steps[place - 1][1] else ""]
        for place, (stage, reached) in enumerate(steps)
    ]
    return Table(
        "funnel", "Models that got at least as far as each stage", ("Stage", "Models", "Of the one before"), rows
    )


def time_table(found: Times) -> Table:
    columns = ("Stage", "Median", "85th", "95th", "Budget, business days", "Stays")
    rows = [
        [one.stage.label, round(one.median, 1), round(one.upper, 1), round(one.top, 1), _budget(one.budgets), one.stays]
        for one in found.stages
    ]
    return Table("times", "Weekdays in stage, of the stays that ended", columns, rows)


def _budget(budgets: Sequence[tuple[object, object]]) -> object:
    """One number where all tiers agree, else each tier's."""
    if len({days for _, days in budgets}) == 1:
        return budgets[0][1]
    return ", ".join(f"{tier} {days}" for tier, days in budgets)


WHOM: Final = {
    Whom.OWNER: "Owner",
    Whom.REVIEWER: "Reviewer",
    Whom.REQUESTER: "Requester",
    Whom.EXTERNAL: "Outside",
    Whom.VACANCY: "Nobody",
}


def wait_stacks(found: Waited) -> list[Stack]:
    return [
        Stack(_name(one.stage), [Part(WHOM[whom], round(one.days[whom]), f"w-{whom.value}") for whom in Whom])
        for one in found.stages
    ]


def wait_table(found: Waited) -> Table:
    """A row for each stage and whom it waited on."""
    money_head = [f"Cost, {found.currency}"] if found.currency else []
    rows: list[list[object]] = []
    for one in found.stages:
        for whom in Whom:
            part = percent(one.days[whom] / one.total) if one.total else ""
            cost = [one.amounts[whom]] if found.currency else []
            rows.append([one.stage.label, WHOM[whom], round(one.days[whom], 1), part, *cost])
    columns = ("Stage", "Waited on", "Business days", "Share", *money_head)
    return Table("waits", "Whom the stages waited on, of the stays that ended", columns, rows)


def stage_table(found: Losses) -> Table:
    return _loss_table(
        "losses", "Never-live releases by the stage where they stopped", "Last stage", found.stages, found
    )


def reason_table(found: Losses) -> Table:
    return _loss_table("reasons", "Never-live releases by the reason given", "Reason", found.reasons, found)


def _loss_table(name: str, caption: str, head: str, losses: Sequence[Loss], found: Losses) -> Table:
    currencies = [currency for currency, _ in found.totals]
    medians = currencies if name == "losses" else []
    columns = [head, "Releases", "Killed", "Parked", *currencies, *(f"Median each, {one}" for one in medians)]
    rows = [
        [
            loss.label,
            loss.releases,
            loss.killed,
            loss.parked,
            *(loss.amounts.get(one, 0) for one in currencies),
            *(loss.medians.get(one, "") for one in medians),
        ]
        for loss in losses
    ]
    return Table(name, caption, columns, rows)


def _name(stage: Stage) -> str:
    return "Compliance" if stage is Stage.COMPLIANCE_REVIEW else stage.label


def _short(stage: Stage) -> str:
    return "briefs" if stage is Stage.BRIEF else _name(stage).lower()


ARRIVAL_TABLES: Final[Mapping[str, Callable[[Arrivals], Table]]] = {"cohorts": cohort_table, "funnel": funnel_table}
LOSS_TABLES: Final[Mapping[str, Callable[[Losses], Table]]] = {"losses": stage_table, "reasons": reason_table}
