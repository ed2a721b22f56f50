"""The skill map: which skill unclaimed work waits for, now and over time, with its tables as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from models_registry.vocabulary import RiskTier, choices
from tracker import formats
from tracker.insight import scope_of
from tracker.insight.skill_map import Missing, SkillMap, skill_map
from tracker.web.insights.figures import Table
from tracker.web.listing import csv_response, filters_of
from tracker.web.models.choosing import team_choices
from tracker.web.pages import page
from tracker.web.stalls.words import spelled
from tracker.web.viewer import reader


@require_safe
def skills(request: HttpRequest) -> HttpResponseBase:
    """Unclaimed work by missing skill, of a team and a tier."""
    asked, now = filters_of(request, "team", "tier"), timezone.now()
    found = skill_map(scope_of(reader(request), team=asked["team"], tier=asked["tier"], now=now), now)
    if request.GET.get("format") == "csv":
        tables = {"now": now_table, "months": month_table}
        name = request.GET.get("of", "now")
        if name not in tables:
            raise Http404
        table = tables[name](found)
        return csv_response(f"skills-{table.name}", table.columns, table.rows)
    lede, rest = summary(found)
    context = {
        "map": found,
        "lede": lede,
        "rest": rest,
        "filters": asked,
        "narrows": bool(asked["team"] or asked["tier"]),
        "teams": team_choices(asked["team"]),
        "tiers": choices(RiskTier),
        "rows": [(one, idle_words(one)) for one in found.skills],
        "months": month_table(found),
        "title": month_title(found),
        "said": "; ".join(f"{one.skill.label} {days(one.total)}" for one in found.skills),
    }
    return page(request, "insights/skills.html", context)


def summary(found: SkillMap) -> tuple[str, str]:
    """What waits for want of a skill, and how much of the time without an owner that explains."""
    if not found.waiting:
        rest = (
            f" {found.vacant} without an owner, and somebody with room brings what each takes." if found.vacant else ""
        )
        return "No work waits for want of a skill.", rest
    verb = "waits" if found.waiting == 1 else "wait"
    of = formats.count(found.vacant, "vacancy,vacancies")
    lede = f"{spelled(found.waiting).capitalize()} of {of} {verb} for a skill"
    worst = found.worst
    if worst is None or not worst.total:
        return lede, "."
    return lede, (
        f" that nobody with room brings. Over {len(found.months)} months {worst.skill.label.lower()} was missing for "
        f"{days(worst.total)} without an owner."
    )


def month_title(found: SkillMap) -> str:
    worst = found.worst
    if worst is None or not worst.total:
        return "No month was lost to a missing skill"
    top = max(range(len(found.months)), key=lambda place: worst.days[place])
    return f"{worst.skill.label} is missing most, {days(worst.days[top])} in {found.months[top].label}"


def now_table(found: SkillMap) -> Table:
    columns = (
        "Skill",
        "Waiting now",
        "Nobody brings it",
        "All at their limit",
        "Teams",
        "Days without an owner",
        "Idle",
    )
    rows = [
        [one.skill.label, one.now, one.nobody, one.full, ", ".join(one.team_names), _number(one.total), idle_words(one)]
        for one in found.skills
    ]  # fmt: skip
    return Table("now", "Work that waits for a skill now", columns, rows)


def month_table(found: SkillMap) -> Table:
    columns = ["Month", *(one.skill.label for one in found.skills), "All without an owner"]
    rows: list[Sequence[object]] = [
        [month.label, *(_number(one.days[place]) for one in found.skills), _number(found.days[place])]
        for place, month in enumerate(found.months)
    ]
    return Table("months", "Business days without an owner by missing skill, and of everything", columns, rows)


def idle_words(one: Missing) -> str:
    """`€83k`, one sum a currency; empty where nothing was spent."""
    sums = sorted(one.idle.items(), key=lambda item: (-item[1], item[0]))
    return " + ".join(formats.money_short(amount, currency) for currency, amount in sums if amount)


def days(number: Decimal) -> str:
    plain = _number(number)
    return f"{plain:g} business {'day' if plain == 1 else 'days'}"


def _number(number: Decimal) -> float:
    return round(float(number), 1)
