"""Import a model card: the file is kept and read, what was found is looked at, and then it is attached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.errors import Conflict, Refused
from governance.stored_files import BrokenFileError, opened
from models_registry.models import EvidenceFile
from models_registry.vocabulary import EvidenceKind
from tracker.formats import count
from tracker.integrations.cards import MOST_BYTES, CardRead, UnreadableCardError, read_card
from tracker.web.pages import UNPROCESSABLE, page, show_problems
from tracker.web.releases.detail_shown import shown_detail
from tracker.web.releases.measured_rows import rows_beside_brief
from tracker.web.releases.records_evidence import to_supersede
from tracker.web.releases.records_files import kept_file
from tracker.web.releases.records_forms import line
from tracker.web.releases.subject import CONFLICT, perform, subject_of

asked = require_http_methods(["GET", "HEAD", "POST"])
TEMPLATE = "releases/card_import.html"


class CardForm(forms.Form):
    """The file, and once it was read what the record is to be called and which values count."""

    file = forms.FileField(
        label="File of the card",
        required=False,
        allow_empty_file=True,
        help_text="Up to 5 MB: a Hugging Face card (README.md), an MLmodel file, or JSON of the Model Card Toolkit.",
        widget=forms.FileInput(attrs={"accept": ".md,.markdown,.txt,.json,.yaml,.yml,.mlmodel,MLmodel"}),
    )
    stored = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    title = line("Title", required=True, most=200)
    source = line("Source", "Where the card lies: the address of the model's page, for example.", required=True)
    with_values = forms.BooleanField(label="Take the measured values along", required=False, initial=True)


@dataclass(frozen=True)
class _Read:
    """A kept file and what was read from it; or why nothing was."""

    file: EvidenceFile | None
    card: CardRead | None
    refusal: Refused | None = None
    complaint: str = ""


@asked
def card_import(request: HttpRequest, release: int) -> HttpResponse:
    """The first press keeps and reads the file and shows what was found; the second one attaches it."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    before = to_supersede(request, subject)
    if request.method != "POST":
        return page(request, TEMPLATE, {"subject": subject, "before": before, "form": CardForm()})
    read = _read(*kept_file(request, subject))
    if read.card is None or read.file is None:
        return _asked_again(request, read, {"subject": subject, "before": before})
    card, file = read.card, read.file
    context = {"before": before, "file": file, **_found(card, release, file)}
    if "attach" not in request.POST or request.FILES:
        first = {"stored": str(file.pk), "title": card.title, "source": f"file {file.name}", "with_values": True}
        return page(request, TEMPLATE, {"subject": subject, "form": CardForm(initial=first), **context})
    form = CardForm({**request.POST.dict(), "stored": str(file.pk)})

    def act() -> str:
        said = form.cleaned_data
        facts = EvidenceFacts(
            kind=EvidenceKind.MODEL_CARD.value,
            title=said["title"],
            source=said["source"],
            summary=card.summary,
            measurements=card.measurements if said["with_values"] else (),
            detail=card.detail,
            file=file.pk,
        )
        added = attach_evidence(subject.person, release, facts, supersedes=before.pk if before else None)
        left = f"; {count(len(card.unread), 'line')} could not be read" if card.unread else ""
        return f"“{added.title}” is attached{left}."

    return perform(request, TEMPLATE, subject, form, act, context)


def _read(file: EvidenceFile | None, refusal: Refused | None) -> _Read:
    if refusal is not None or file is None:
        return _Read(file, None, refusal)
    try:
        with opened(file) as content:
            return _Read(file, read_card(file.name, content.read(MOST_BYTES + 1)))
    except (UnreadableCardError, BrokenFileError) as problem:
        return _Read(file, None, complaint=str(problem))


def _asked_again(request: HttpRequest, read: _Read, context: dict[str, Any]) -> HttpResponse:
    """The first form with the reason at its field; a file that is kept and no card may be attached as it is."""
    form = CardForm({"title": "-", "source": "-"})
    if read.refusal is not None:
        show_problems(form, read.refusal)
    else:
        form.add_error("file", read.complaint or "Choose the file of the card.")
    status = CONFLICT if isinstance(read.refusal, Conflict) else UNPROCESSABLE
    return page(request, TEMPLATE, context, form=form, status=status)


def _found(card: CardRead, release: int, file: EvidenceFile) -> dict[str, Any]:
    shown = {name: said for name, said in card.detail.items() if name != "unread"}
    return {
        "card": card,
        "detail": shown_detail(EvidenceKind.MODEL_CARD, shown),
        "measured": rows_beside_brief(card.measurements, release, file.name),
    }
