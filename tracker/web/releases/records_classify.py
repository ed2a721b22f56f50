"""Classify the columns of a dataset: suggestions, a sample that is never stored, and a person who confirms."""

from __future__ import annotations

from dataclasses import replace

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.errors import Invalid, NotFound
from models_registry.models import Evidence
from models_registry.requirements.details.dataset import dataset_facts
from models_registry.vocabulary import EvidenceKind
from tracker.integrations.inventory.files import UnreadableFileError
from tracker.integrations.sampling import MOST_BYTES, SampleColumn, read_sample
from tracker.web.pages import page, show_problems
from tracker.web.releases.classify_form import ClassifyForm, filled_in, rows_of, typed_rows, with_sample
from tracker.web.releases.subject import Subject, perform, subject_of
from tracker.web.viewer import reader

SAID = ("lawful_basis", "retention_months")
TEMPLATE = "releases/evidence_classify.html"


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_classify(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the columns; `do=sample` and `do=fill` only help with the form, and anything else confirms what it says."""
    piece, subject = _dataset(request, pk)
    permissions.work_on(subject.person, subject.model)
    before = piece.detail if isinstance(piece.detail, dict) else {}
    doing = request.POST.get("do", "")
    rows = typed_rows(request.POST) if request.method == "POST" else rows_of(dataset_facts(before, piece.title))
    said = {name: str((request.POST if request.method == "POST" else before).get(name) or "") for name in SAID}
    problem = ""
    if doing == "sample":
        try:
            rows = with_sample(rows, _sample(request))
        except UnreadableFileError as unreadable:
            problem = str(unreadable)
    elif doing == "fill":
        rows = filled_in(rows)
    helping = doing in ("sample", "fill")
    form = ClassifyForm(rows, said, sent=request.method == "POST" and (bool(problem) or not helping))
    if problem:
        form.add_error("sample", problem)
    context = {"piece": piece, "open_count": sum(not row.classification for row in rows)}
    if helping:
        return page(request, TEMPLATE, {"subject": subject, "visit": subject.visit, **context}, form=form)

    def act() -> str:
        later = attach_evidence(subject.person, piece.release_id, _facts(piece, form.detail(before)), supersedes=pk)
        return f"The columns of “{later.title}” are classified." if later.pk != pk else "Nothing changed."

    return perform(request, TEMPLATE, subject, form, act, context, refused=_show)


def _show(form: BaseForm, refusal: Invalid) -> None:
    """The problems of a detail beside the fields of this form, which has them without the prefix."""
    show_problems(form, Invalid([replace(one, field=one.field.removeprefix("detail.")) for one in refusal.problems]))


def _dataset(request: HttpRequest, pk: int) -> tuple[Evidence, Subject]:
    """The dataset's record. Raises `NotFound` for what is hidden, and for what is no dataset."""
    seen = permissions.may_see(reader(request), "release__model__")
    piece = Evidence.objects.filter(seen, pk=pk, kind=EvidenceKind.DATASET).first()
    if piece is None:
        raise NotFound
    return piece, subject_of(request, piece.release_id)


def _sample(request: HttpRequest) -> list[SampleColumn]:
    sent = request.FILES.get("sample")
    if sent is None:
        raise UnreadableFileError("The sample", "no file was chosen.", "Choose a CSV or Parquet file.")
    return read_sample(sent.name or "", sent.read(MOST_BYTES + 1))


def _facts(piece: Evidence, detail: dict[str, object]) -> EvidenceFacts:
    """What the record says, with another detail."""
    return EvidenceFacts(
        kind=piece.kind,
        title=piece.title,
        source=piece.source,
        summary=piece.summary,
        content_digest=piece.content_digest,
        measurements=piece.measurements,
        detail=detail,
        valid_until=piece.valid_until,
        file=piece.file_id,
    )
