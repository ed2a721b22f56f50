"""Filters and tags of every template: `formats` and `drawing` in the reader's zone, at the present moment."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from governance.tiering import Assessed, assess
from models_registry import vocabulary
from models_registry.requirements import Interval, answers_of, measured_name
from tracker import formats
from tracker.formats import STANDARD_DAY, Number
from tracker.web import drawing, fields
from tracker.web.pages import back_address

register = template.Library()


# --- Time -----------------------------------------------------------------------------------------------------------


def _seconds(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None


@register.filter
def duration(value: object, day: object = STANDARD_DAY) -> str:
    """Business seconds as `6d 6h`."""
    seconds = _seconds(value)
    return "" if seconds is None else formats.duration(seconds, _seconds(day) or STANDARD_DAY)


@register.filter
def overrun(value: object, day: object = STANDARD_DAY) -> str:
    """Business seconds past the budget as `+6d 6h`."""
    seconds = _seconds(value)
    return "" if seconds is None else formats.overrun(seconds, _seconds(day) or STANDARD_DAY)


@register.filter
def left(value: object, day: object = STANDARD_DAY) -> str:
    """Business seconds to go as `7h left`."""
    seconds = _seconds(value)
    return "" if seconds is None else formats.left(seconds, _seconds(day) or STANDARD_DAY)


@register.filter
def days(value: Number | str | None) -> str:
    """Business days of a budget as `8d`."""
    return "" if value is None else formats.days(value)


def _time(at: datetime, said: str) -> SafeString:
    here = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', here.isoformat("T", "minutes"), f"{here:%-d %B %Y, %H:%M %Z}", said
    )


@register.filter
def moment(at: datetime | None) -> str:
    """`Tue 9 Jun 12:58` in a `<time>`."""
    return _time(at, formats.moment(at, timezone.now(), timezone.get_current_timezone())) if at else ""


@register.filter
def ago(at: datetime | None) -> str:
    """`2 h ago` in a `<time>`."""
    return _time(at, formats.ago(at, timezone.now(), timezone.get_current_timezone())) if at else ""


@register.filter
def due(at: datetime | None) -> str:
    """`due Wed 09:35` in a `<time>`."""
    return _time(at, formats.due(at, timezone.now(), timezone.get_current_timezone())) if at else ""


@register.filter
def day(at: date | None) -> str:
    """`Tue 9 Jun` in a `<time>`."""
    if at is None:
        return ""
    here = _local_date(at)
    return format_html('<time datetime="{}">{}</time>', here.isoformat(), formats.day_of(here, timezone.localdate()))


def _local_date(at: date) -> date:
    return timezone.localtime(at).date() if isinstance(at, datetime) else at


@register.simple_tag
def span(start: date | None, end: date | None = None) -> str:
    """`24 Jun – 6 Jul`; `since 5 Jun` while it is open."""
    if start is None:
        return ""
    return formats.span(_local_date(start), _local_date(end) if end else None, timezone.localdate())


# --- Money and numbers ----------------------------------------------------------------------------------------------


@register.filter
def money(amount: Number | None, currency: str = "EUR") -> str:
    """`€83,400`."""
    return "" if amount is None else formats.money(amount, currency)


@register.filter
def money_short(amount: Number | None, currency: str = "EUR") -> str:
    """`€604k`."""
    return "" if amount is None else formats.money_short(amount, currency)


@register.filter
def percent(share: Number | None, places: int = 0) -> str:
    """A share of one as `36%`."""
    return "" if share is None else formats.percent(share, places)


@register.filter
def points(difference: Number | None) -> str:
    """A difference of two shares as `+17 points`."""
    return "" if difference is None else formats.points(difference)


@register.filter
def count(amount: int, noun: str) -> str:
    """`7 models`."""
    return formats.count(amount or 0, noun)


@register.filter
def number(value: Number | str | None) -> str:
    """`1,204`."""
    return "" if value is None or value == "" else formats.number(value)


@register.filter
def signed(value: Number | None, places: int | None = None) -> str:
    """`+0.023`."""
    return "" if value is None else formats.signed(value, places)


@register.filter
def quantity(value: Number | None, unit: str = "") -> str:
    """`120 ms`."""
    return "not measured" if value is None else formats.quantity(value, unit)


@register.filter
def interval(found: Interval) -> str:
    """`0.89 to 0.95 at 95%`."""
    level = f" at {formats.quantity(found.level, '%')}" if found.level is not None else ""
    return f"{formats.number(found.low)} to {formats.number(found.high)}{level}"


@register.filter
def asks(requirement: Any) -> str:
    """What a requirement asks: `≤ 120 ms`."""
    symbol = vocabulary.Comparison(requirement.comparison).symbol
    return f"{symbol}{formats.NBSP}{formats.quantity(requirement.threshold, requirement.unit)}"


@register.filter
def share_of(part: Number | None, whole: Number | None) -> str:
    """`42.2%`, as SVG writes a width."""
    return drawing.at(drawing.share(part, whole))


# --- Words ----------------------------------------------------------------------------------------------------------


@register.filter
def measured_as(code: str) -> str:
    """What a measurement's code says, in words: `{{ one.code|measured_as }}`."""
    return measured_name(code)


@register.filter
def check_as(code: str) -> str:
    """What a check of a gate is called: `{{ waiver.check_code|check_as }}`."""
    return formats.check(code)


@register.filter
def label_of(value: str, words: str) -> str:
    """The plain words of a value of `models_registry.vocabulary`: `{{ row.stage|label_of:"Stage" }}`."""
    known = getattr(vocabulary, words)
    return known(value).label if value else ""


@register.filter
def assessed(content: Any) -> Assessed | None:
    """What the risk answers of a brief lead to; nothing where none is given."""
    answers = answers_of(content or {})
    return assess(answers) if answers else None


@register.filter
def initials(name: object) -> str:
    """`JW` of Jonas Weber."""
    return formats.initials(str(name))


@register.filter
def hue(name: object) -> int:
    """Which avatar colour is this name's, 1 to 6."""
    return formats.hue(str(name))


@register.filter
def short_digest(digest: str) -> tuple[str, str]:
    """The algorithm, and the first and last four characters."""
    return formats.short_digest(digest)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of the sprite; it is decoration, so the word beside it has to say the same."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="#i-{}"/></svg>', f" {classes}" if classes else "", name
    )


# --- Drawings -------------------------------------------------------------------------------------------------------


@register.simple_tag
def draw_clock(reading: drawing.ClockReading, day: object = STANDARD_DAY) -> drawing.Clock:
    """The parts of a stall clock."""
    return drawing.clock(reading, _seconds(day) or STANDARD_DAY, timezone.now(), timezone.get_current_timezone())


@register.simple_tag
def draw_ring(reading: drawing.ClockReading) -> drawing.Ring:
    """The parts of a small clock."""
    return drawing.ring(reading)


@register.simple_tag
def draw_bullet(compared: Any) -> drawing.Bullet:
    """A measured value against what the brief asks."""
    requirement, measurement = compared.requirement, compared.measurement
    at_most = vocabulary.Comparison(requirement.comparison) is vocabulary.Comparison.AT_MOST
    value = measurement.value if measurement is not None else None
    return drawing.bullet(value, requirement.threshold, at_most=at_most, met=compared.met)


@register.simple_tag
def draw(kind: str, rows: Any) -> Any:
    """The rows of a drawing: `bars`, `funnel`, `stacked`, `shares` or `spans`."""
    shapes: dict[str, Any] = {
        "bars": drawing.bars,
        "funnel": drawing.funnel,
        "stacked": drawing.stacked,
        "shares": drawing.shares,
        "spans": drawing.spans,
    }
    return shapes[kind](rows)


@register.filter
def dots(need: int, have: int) -> list[drawing.Dot]:
    """One dot per approval needed."""
    return drawing.dots(need, have)


@register.filter
def dots_width(need: int) -> int:
    return drawing.dots_width(need)


@register.filter
def from_top(share: Number) -> str:
    """Where a share of one stands on an axis that grows upwards."""
    return drawing.at(100 - float(share) * 100)


@register.filter
def is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


@register.filter
def plain(value: object) -> str:
    """A number as a script reads it, without thousands marks."""
    return str(value)


# --- Forms ----------------------------------------------------------------------------------------------------------


@register.simple_tag
def control(field: BoundField, **options: Any) -> fields.Control:
    """A bound field ready to be placed; see `tracker.web.fields`."""
    classes = " mono" if options.get("mono") else ""
    attrs = {name: options.get(name) for name in ("rows", "placeholder")} | {
        "autofocus": bool(options.get("autofocus"))
    }
    return fields.control(
        field, wanted=str(options.get("as") or ""), hint=str(options.get("hint") or ""), attrs=attrs, classes=classes
    )


@register.simple_tag(takes_context=True)
def came_from(context: template.Context) -> str:
    """The page that the reader was on before this form."""
    return back_address(context["request"])


@register.filter
def problems(form: forms.BaseForm) -> list[fields.Problem]:
    """Everything wrong with a form."""
    return list(fields.problems(form))


@register.filter
def kept(inputs: str, query: QueryDict) -> list[tuple[str, str]]:
    """The parts of the address that a filter form must carry on, since none of its own inputs sets them."""
    return [
        (name, value)
        for name, values in query.lists()
        if name not in {"page", "format"} and f'name="{name}"' not in inputs
        for value in values
    ]
