"""The audit page: the whole trail, filtered, exported and verified; and one event in full."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from governance import permissions
from governance.trail import Flaw, first_of
from tracker import audit_log
from tracker.audit_log import VERIFIED_HERE, Filters, Place
from tracker.audit_words import ACTS
from tracker.seals import BadSeal, against, seals_on_disk
from tracker.web.listing import csv_response, filters_of
from tracker.web.pages import page
from tracker.web.viewer import reader

COLUMNS: Final = (
    "at", "chain", "sequence", "act", "actor", "actor_id", "subject", "subject_name", "model_id", "release_id",
    "detail", "previous", "hash",
)  # fmt: skip
KEYS: Final = [("J", "next event"), ("K", "previous"), ("Enter", "open")]


@require_safe
def audit(request: HttpRequest) -> HttpResponseBase:
    """Every act, the newest first. `?before=` and `?after=` name the event next to the fifty that are shown."""
    permissions.read_trail(reader(request))  # before a stream begins, where a refusal can still be told
    filters, asked = _filters(request)
    wanted = request.GET.get("format")
    if wanted == "csv":
        return csv_response("trail", COLUMNS, _cells(request, filters))
    if wanted == "jsonl":
        return _json_lines(request, filters)
    window = audit_log.window(
        reader(request),
        filters,
        older_than=Place.read(request.GET.get("before", "")),
        newer_than=Place.read(request.GET.get("after", "")),
    )
    return page(
        request,
        "audit/audit.html",
        {"window": window, "filters": asked, "narrows": filters.narrows, "acts": list(ACTS.items()), "keys": KEYS},
    )


@require_safe
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """One event with everything it holds."""
    link = audit_log.one(reader(request), pk)
    written = json.dumps(link.row.event.detail, ensure_ascii=False, indent=2, sort_keys=True)
    return page(request, "audit/event.html", {"link": link, "row": link.row, "event": link.row.event, "json": written})


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the trail, if it is short enough to be walked while somebody waits, or the chain of one release."""
    release = _number(request.POST.get("release", ""))
    verdict = audit_log.verdict(reader(request), release)
    kept = _kept_seals() if verdict is not None and release is None else None
    flaws = [*(verdict.flaws if verdict else ()), *(kept.flaws if kept else ())]
    context = {
        "verdict": verdict,
        "release": release,
        "most": VERIFIED_HERE,
        "at": timezone.now(),
        "kept": kept,
        "flaws": flaws,
        "found": len(flaws) + (verdict.found - len(verdict.flaws) if verdict else 0),
        "first": audit_log.broken_link(first_of(flaws)),
    }
    return page(request, "audit/verdict.html", context)


@dataclass(frozen=True, slots=True)
class KeptSeals:
    """The daily seals on this machine beside the trail. `problem`: why they could not be compared."""

    compared: int = 0
    flaws: Sequence[Flaw] = ()
    problem: str = ""


def _kept_seals() -> KeptSeals:
    try:
        compared, flaws = against(seals_on_disk(settings.SEALS_DIR))
    except (BadSeal, OSError) as error:
        return KeptSeals(problem=error.strerror or "" if isinstance(error, OSError) else str(error))
    return KeptSeals(compared, flaws)


def _filters(request: HttpRequest) -> tuple[Filters, dict[str, str]]:
    """What the address asks for, and the same as text for the form; what cannot be read is left out."""
    asked = filters_of(request, "model", "release", "person", "act", "since", "until")
    filters = Filters(
        model=asked["model"],
        release=_number(asked["release"]),
        person=asked["person"],
        act=asked["act"] if asked["act"] in ACTS else "",
        since=_day(asked["since"]),
        until=_day(asked["until"]),
        zone=timezone.get_current_timezone(),
    )
    return filters, asked


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year < 3000 else None


def _cells(request: HttpRequest, filters: Filters) -> Iterator[list[object]]:
    for row in audit_log.export(reader(request), filters):
        row["detail"] = json.dumps(row["detail"], ensure_ascii=False, sort_keys=True)
        yield [row[name] for name in COLUMNS]


def _json_lines(request: HttpRequest, filters: Filters) -> StreamingHttpResponse:
    rows = audit_log.export(reader(request), filters)
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    answer = StreamingHttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="trail.jsonl"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
