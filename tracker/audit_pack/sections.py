"""The pack as it is read: titles, tables and sentences made of its data, cut where a person would stop reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from governance.models import AuditEvent, Outcome
from models_registry.vocabulary import (
    CostKind,
    EvidenceKind,
    FindingState,
    ReviewKind,
    ReviewState,
    RiskTier,
    Severity,
    Stage,
    Stance,
    Verdict,
    VisitState,
    Word,
)
from tracker import formats
from tracker.audit_pack.facts import Pack
from tracker.audit_words import in_words, tell

Data = Mapping[str, Any]
Part = dict[str, Any]

MOST_ROWS: Final = 200  # of one table
MOST_EVENTS: Final = 400
MOST_TEXT: Final = 1_200  # characters of one cell
NONE: Final = "None."


def view_of(pack: Pack) -> Part:
    """Everything that the layout prints. All of it is text; nothing of it is markup."""
    content = pack.content
    model, release = content["model"], content["release"]
    name = f"{model['name']}, release {release['number']}"
    return {
        "title": f"Audit pack: {name}",
        "description": f"Everything on record about {name}, as of {_moment(content['as_of'])}.",
        "kicker": "Throughline audit pack",
        "lede": f"As of {_moment(content['as_of'])}, the moment of the newest act that it tells.",
        "footer": f"{name} · as of {_moment(content['as_of'])}",
        "attachment": f"{pack.name}.json",
        "digest": pack.digest,
        "summary": _summary(content),
        "sections": [{"title": title, "parts": list(parts(content))} for title, parts in SECTIONS.items()],
    }


def _summary(content: Data) -> list[list[str]]:
    model, release, candidate = content["model"], content["release"], content["release"]["candidate"]
    standing = _label(VisitState, release["state"]).lower()
    rows = [
        ("Purpose", model["purpose"] or "Nothing said."),
        ("Team", model["team"]),
        ("Risk tier", _label(RiskTier, release["tier"])),
        ("Stage", f"{_label(Stage, release['stage'])}, {standing}"),
        ("Owner", release["owner"] or "Nobody"),
        ("Candidate", f"v{candidate['number']}: {candidate['uri']}" if candidate else "None named"),
        ("Its digest", candidate["digest"] if candidate else "None"),
        ("Dossier digest", release["dossier_digest"]),
        ("Personal data", {True: "Yes", False: "No", None: "Nobody has said"}[model["personal_data"]]),
    ]
    return [[label, _cut(value)] for label, value in rows]


# --- What was asked -------------------------------------------------------------------------------------------------


def _brief(content: Data) -> Iterator[Part]:
    if not content["briefs"]:
        yield _text(NONE)
    for brief in content["briefs"][-3:]:
        signed = f"signed by {brief['signed_by']}, {_moment(brief['signed_at'])}" if brief["signed_at"] else "a draft"
        yield _heading(f"Revision {brief['number']}, {signed}")
        rows = [("Digest", brief["digest"] or "Not signed"), ("Why", brief["reason"] or "The first revision")]
        rows += [(in_words(key), _said(value)) for key, value in sorted(brief["content"].items()) if value]
        yield _pairs(rows)
    if len(content["briefs"]) > 3:
        yield _left_out(len(content["briefs"]) - 3, "earlier revision")


def _requirements(content: Data) -> Iterator[Part]:
    met = {True: "Met", False: "Not met", None: "Not known"}
    rows = [(met[one["met"]], one["said"], one["source"] or "–") for one in content["requirements"]]
    yield from _table(("State", "Measured beside required", "Source"), (2, 8, 4), rows)


def _policy(content: Data) -> Iterator[Part]:
    policy = content["policy"]
    tier = policy["rules"].get("tiers", {}).get(policy["tier"], {})
    published = f"{_moment(policy['published_at'])} by {policy['published_by'] or 'the installation'}"
    yield _pairs([("Version", str(policy["version"])), ("Published", published), ("What it changes", policy["note"])])
    rows = [
        (
            _label(Stage, stage),
            _said(rule.get("budget_days")),
            _said(rule.get("evidence")),
            _said(rule.get("approvers")),
        )
        for stage, rule in tier.items()
    ]
    yield _heading(f"For {_label(RiskTier, policy['tier']).lower()} risk")
    yield from _table(("Stage", "Business days", "Evidence", "Approvers"), (3, 2, 7, 4), rows)


# --- What was shown -------------------------------------------------------------------------------------------------


def _evidence(content: Data) -> Iterator[Part]:
    rows = [
        (
            f"{_label(EvidenceKind, piece['kind'])}{', superseded' if piece['superseded_by'] else ''}",
            f"{piece['title']}\n{piece['source']}",
            f"{piece['digest']}\n{_file(piece['file'])}".strip(),
            f"{piece['added_by']}\n{_moment(piece['added'])}",
        )
        for piece in content["evidence"]
    ]
    yield from _table(("Kind", "Title and source", "Digest and file", "Added"), (3, 5, 6, 3), rows)


def _file(file: Data | None) -> str:
    return f"{file['name']}, {file['size']:,} bytes, {file['digest']}" if file else ""


def _controls(content: Data) -> Iterator[Part]:
    rows = []
    for control in content["controls"]:
        fitting = [one for one in control["verdicts"] if one["fits"]]
        last = next(reversed(fitting or control["verdicts"]), None)
        said = (
            f"{_label(Verdict, last['verdict'])}, {last['officer']}, {_moment(last['given'])}" if last else "None yet"
        )
        note = f"\n{last['note']}" if last and last["note"] else ""
        stale = "\nIt no longer fits the evidence as it stands." if last and not last["fits"] else ""
        rows.append((control["title"], "\n".join(control.get("references", ())) or "–", f"{said}{note}{stale}"))
    yield from _table(("Control", "References", "Verdict"), (5, 4, 6), rows)
    yield _heading("The gate ahead")
    gate = [(check["state"].capitalize(), check["title"], check["reason"]) for check in content["gate"]]
    yield from _table(("State", "Check", "Reason"), (2, 4, 8), gate)


# --- What was decided -----------------------------------------------------------------------------------------------


def _reviews(content: Data) -> Iterator[Part]:
    if not content["reviews"]:
        yield _text(NONE)
    for review in content["reviews"][:MOST_ROWS]:
        kind, state = _label(ReviewKind, review["kind"]), _label(ReviewState, review["state"]).lower()
        yield _heading(f"{kind} {review['number']}, {state}")
        rows = [("Requested", f"{review['requested_by']}, {_moment(review['requested'])}")]
        rows += [
            (name, _moment(review[key])) for name, key in (("Closed", "closed"), ("Expires", "expires")) if review[key]
        ]
        rows += [("Ended", f"{_moment(review['ended'])}: {review['ended_because']}")] if review["ended"] else []
        yield _pairs(rows)
        decisions = [
            (one["officer"], Outcome(one["outcome"]).label, one["reason"], one["dossier_digest"], _signature(one))
            for one in review["decisions"]
        ]
        yield from _table(("Officer", "Decision", "Reason", "Dossier", "Signed"), (3, 2, 4, 5, 3), decisions)
        advice = [
            (one["person"], _label(Stance, one["stance"]), one["text"], _moment(one["given"]))
            for one in review["feedback"]
        ]
        if advice:
            yield from _table(("Adviser", "Stance", "Feedback", "Given"), (3, 2, 7, 3), advice)


def _signature(decision: Data) -> str:
    signed = decision["signature"]
    how = f"\n{signed['method']}: {signed['meaning']}" if {"method", "meaning"} <= signed.keys() else ""
    return f"{_moment(decision['decided'])}{how}"


def _findings(content: Data) -> Iterator[Part]:
    rows = [
        (
            f"{one['title']}\n{one['text']}".strip(),
            f"{_label(Severity, one['severity'])}, {_label(FindingState, one['state']).lower()}",
            one["owner"],
            f"{_moment(one['due'])}{', a condition' if one['condition'] else ''}",
            one["resolution"] or "–",
        )
        for one in content["findings"]
    ]
    yield from _table(("Finding", "State", "Owner", "Due", "Resolution"), (5, 2, 3, 3, 4), rows)


def _exceptions(content: Data) -> Iterator[Part]:
    yield _heading("Waivers")
    rows = [
        (
            formats.check(one["check"]),
            one["reason"],
            f"{one['granted_by']}, {_moment(one['granted'])}",
            _moment(one["valid_until"]),
        )
        for one in content["waivers"]
    ]
    yield from _table(("Check", "Reason", "Granted", "Until"), (3, 6, 4, 3), rows)
    yield _heading("Broken glass")
    rows = [
        (
            _label(Stage, one["target"]),
            one["reason"],
            _said(one["unmet"]),
            f"{one['broken_by']}, {_moment(one['broken'])}",
        )
        for one in content["broken_glass"]
    ]
    yield from _table(("Into", "Reason", "Unmet", "By"), (2, 5, 6, 4), rows)


# --- How it went ----------------------------------------------------------------------------------------------------


def _time_line(content: Data) -> Iterator[Part]:
    rows, owners = [], []
    for visit in content["time_line"]:
        day, stage = visit["seconds_of_a_day"], _label(Stage, visit["stage"])
        budget = formats.duration(visit["budget_seconds"], day) if visit["budget_seconds"] is not None else "–"
        held = f" ({formats.count(len(visit['holds']), 'hold')})" if visit["holds"] else ""
        rows.append(
            (
                f"{stage}, {_label(VisitState, visit['state']).lower()}",
                _moment(visit["entered"]),
                _moment(visit["left"]) if visit["left"] else "still there",
                f"{formats.duration(visit['seconds'], day)} of {budget}",
                f"{visit['departure'].replace('_', ' ')} {visit['reason']}{held}".strip(),
            )
        )
        owners += [
            (stage, one["owner"] or "Nobody", _moment(one["since"]), _moment(one["until"]) if one["until"] else "now")
            for one in visit["owners"]
        ]
    yield _text(
        "Time is business time of the team's calendar, as it was when the stage was left. "
        "Holds that stop the clock do not count."
    )
    yield from _table(("Stage", "Entered", "Left", "Time", "How it ended"), (4, 3, 3, 3, 4), rows)
    yield _heading("Owners")
    yield from _table(("Stage", "Owner", "Since", "Until"), (4, 4, 3, 3), owners)


def _costs(content: Data) -> Iterator[Part]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in content["costs"]:
        sums[entry["currency"], entry["kind"]] += Decimal(entry["amount"])
    rows = [(_label(CostKind, kind), f"{amount:,.2f} {currency}") for (currency, kind), amount in sorted(sums.items())]
    yield from _table(("Kind", "In all"), (4, 3), rows)


def _trail(content: Data) -> Iterator[Part]:
    yield _text(
        "Each link covers all before it in its chain by its hash. The newest are left out where there are too many."
    )
    rows = []
    for event in content["trail"][:MOST_EVENTS]:
        told = tell(AuditEvent(**{**event, "at": datetime.fromisoformat(event["at"])}))
        quote = f"\n“{told.quote}”" if told.quote else ""
        place = f"{event['chain']}#{event['sequence']}"
        rows.append((_moment(event["at"]), told.who, f"{told.did}{quote}", f"{place}\n{event['hash'][:16]}"))
    yield from _table(("When", "Who", "What", "Link"), (3, 3, 7, 3), rows, len(content["trail"]), most=MOST_EVENTS)


SECTIONS: Final[Mapping[str, Callable[[Data], Iterable[Part]]]] = {
    "Brief": _brief,
    "Requirements": _requirements,
    "Policy in force": _policy,
    "Evidence": _evidence,
    "Controls": _controls,
    "Reviews, decisions and signatures": _reviews,
    "Findings": _findings,
    "Waivers and broken glass": _exceptions,
    "Time line and owners": _time_line,
    "Costs": _costs,
    "Trail": _trail,
}


# --- Parts of a page ------------------------------------------------------------------------------------------------


def _table(
    columns: Sequence[str],
    widths: Sequence[int],
    rows: Sequence[Sequence[str]],
    total: int | None = None,
    *,
    most: int = MOST_ROWS,
) -> Iterator[Part]:
    if not rows:
        yield _text(NONE)
        return
    cells = [[_cut(cell) for cell in row] for row in rows[:most]]
    yield {"kind": "rows", "columns": list(columns), "widths": list(widths), "rows": cells}
    if (left := (len(rows) if total is None else total) - len(cells)) > 0:
        yield _left_out(left, "row")


def _pairs(rows: Iterable[tuple[str, str]]) -> Part:
    return {"kind": "pairs", "rows": [[label, _cut(value)] for label, value in rows]}


def _heading(text: str) -> Part:
    return {"kind": "heading", "text": _cut(text)}


def _text(text: str) -> Part:
    return {"kind": "text", "text": text}


def _left_out(amount: int, noun: str) -> Part:
    return {"kind": "cut", "text": f"{formats.count(amount, noun)} left out here; the attached JSON has all."}


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}… (cut; the attached JSON has all)"


def _label(words: type[Word], value: str) -> str:
    return words(value).label if value in set(words) else value


def _moment(at: str | None) -> str:
    return f"{datetime.fromisoformat(at):%d %b %Y, %H:%M} UTC" if at else "never"


def _said(value: object) -> str:
    """A value of a brief or a policy as a line of text."""
    if isinstance(value, Mapping):
        return "; ".join(f"{in_words(str(key)).lower()} {_said(inner)}" for key, inner in value.items() if inner != "")
    if isinstance(value, list | tuple):
        return "\n".join(filter(None, map(_said, value))) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value).replace("_", " ") if str(value).isidentifier() else str(value)
