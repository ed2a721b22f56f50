"""Evidence of a release: attach, supersede, look at; and the candidate that it speaks of."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions
from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate
from governance.errors import Invalid, NotFound
from governance.permissions import may_read
from models_registry.models import Evidence
from models_registry.requirements import requirements_of
from models_registry.vocabulary import EvidenceKind
from tracker.web.pages import page, show_problems
from tracker.web.releases.detail_forms import typed_detail
from tracker.web.releases.detail_shown import shown_detail
from tracker.web.releases.measured_rows import measured_rows
from tracker.web.releases.records_files import kept_file
from tracker.web.releases.records_forms import CandidateForm, EvidenceForm, typed_measurements
from tracker.web.releases.subject import Subject, page_of, perform, posted, subject_of
from tracker.web.viewer import reader

asked = require_http_methods(["GET", "HEAD", "POST"])
FACTS = ("kind", "title", "source", "content_digest", "summary")


@asked
def evidence_add(request: HttpRequest, release: int) -> HttpResponse:
    """Attach a record, or put one in the place of another (`?supersedes=`); `?kind=` chooses the kind beforehand."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    before = to_supersede(request, subject)
    adding = "add" in request.POST
    kept, refusal = kept_file(request, subject)
    if request.method == "POST":
        facts = {name: request.POST.get(name, "") for name in FACTS}
        measured, rows = typed_measurements(request.POST)
        detail, counts = typed_detail(facts["kind"], request.POST)
    else:
        facts, measured, rows = _first_facts(request, before), _measured_before(before), 0
        detail, counts = (before.detail if before else {}), {}
    sent = request.method == "POST" and not adding
    form = EvidenceForm(facts, measured, sent=sent, rows=rows, kept=kept)
    form.add_detail(facts["kind"], detail, counts, sent=sent)
    form.keep_aside(request.POST)
    form.fields["kind"].widget.attrs["hx-post"] = request.get_full_path()
    if isinstance(refusal, Invalid) and form.is_bound:
        show_problems(form, refusal)

    def act() -> str:
        if refusal is not None:
            raise refusal
        said = form.cleaned_data
        file = kept.pk if kept else None
        given = EvidenceFacts(**{name: said[name] for name in FACTS}, measurements=measured, detail=detail, file=file)
        added = attach_evidence(subject.person, release, given, supersedes=before.pk if before else None)
        return f"“{added.title}” takes the place of “{before.title}”." if before else f"“{added.title}” is attached."

    context: dict[str, Any] = {"before": before, "codes": _codes(subject)}
    if adding:
        return page(request, "releases/evidence_add.html", {"subject": subject, "form": form, **context})
    return perform(request, "releases/evidence_add.html", subject, form, act, context)


@require_safe
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """One record with everything it says, and its place between those it supersedes and is superseded by."""
    person = reader(request)
    found = (
        Evidence.objects.filter(may_read(person, "release_id"), pk=pk)
        .select_related("release__model__team", "version", "added_by", "supersedes", "superseded_by", "file")
        .first()
    )
    if found is None:
        raise NotFound
    context = {
        "piece": found,
        "detail": shown_detail(found.kind, found.detail),
        "measured": measured_rows(found),
        "later": getattr(found, "superseded_by", None),
        "may_work": permissions.allows(permissions.work_on, person, found.release.model),
        "crumbs": [("Models", reverse("models")), (found.release.model.name, page_of(found.release))],
    }
    return page(request, "releases/evidence.html", context)


@asked
def candidate_name(request: HttpRequest, release: int) -> HttpResponse:
    """Name the trained artefact that this release wants to bring live."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    form = CandidateForm(posted(request))

    def act() -> str:
        said = form.cleaned_data
        version = name_candidate(
            subject.person, release, uri=said["uri"], digest=said["digest"], source_run=said["source_run"]
        )
        return f"Version {version.number} is the candidate of {subject.name}."

    return perform(request, "releases/candidate_name.html", subject, form, act)


def to_supersede(request: HttpRequest, subject: Subject) -> Evidence | None:
    """The record of this release that the address names; None when it names none. Raises `NotFound`."""
    asked_for = request.GET.get("supersedes", "")
    if not asked_for:
        return None
    if not (asked_for.isascii() and asked_for.isdigit() and len(asked_for) < 19):
        raise NotFound
    found = Evidence.objects.filter(release=subject.release, pk=int(asked_for)).first()
    if found is None:
        raise NotFound
    return found


def _first_facts(request: HttpRequest, before: Evidence | None) -> dict[str, str]:
    if before is not None:
        return {"kind": before.kind, "title": before.title, "source": before.source, "summary": before.summary}
    kind = request.GET.get("kind", "")
    return {"kind": kind if kind in set(EvidenceKind) else ""}


def _measured_before(before: Evidence | None) -> list[dict[str, str]]:
    """The lines of the record that is superseded, to be measured again: their values are left for the new ones."""
    if before is None or not isinstance(before.measurements, list):
        return []
    rows = [row for row in before.measurements if isinstance(row, dict)]
    return [{part: str(row.get(part) or "") for part in ("code", "unit", "slice")} for row in rows]


def _codes(subject: Subject) -> list[tuple[str, str]]:
    """What the brief asks to be measured: each code with its unit, to choose from."""
    briefs = sorted(subject.release.briefs.all(), key=lambda brief: (not brief.is_signed, -brief.number))
    if not briefs:
        return []
    wanted = requirements_of(briefs[0].content)
    return list(dict.fromkeys((one.code, f"{one.label}, {one.unit}" if one.unit else one.label) for one in wanted))
