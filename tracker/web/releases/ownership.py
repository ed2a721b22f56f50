"""Who answers: assign, claim, step down. Each is a page that also opens as a dialog; a claim can swap its own row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts import ownership as acts
from governance.candidates import Candidate, load_of, needs_of, read_pool
from governance.deadlines import rules_of
from governance.errors import Conflict
from governance.skills import fit
from models_registry.models import Person
from models_registry.vocabulary import Stage
from tracker.absence_words import away_words
from tracker.web.claims.swaps import answers_a_row, swap_claimed, swap_lost
from tracker.web.releases.ownership_forms import AssignForm, ReasonForm
from tracker.web.releases.ownership_subject import Owned, owned
from tracker.web.releases.subject import expected_visit, perform

asked = require_http_methods(["GET", "HEAD", "POST"])


@asked
def assign(request: HttpRequest, release: int) -> HttpResponse:
    """Name the owner, in place of nobody or of somebody."""
    subject = owned(request, release, back="stalls")
    permissions.assign(subject.person, subject.visit)
    people = candidates(subject)
    form = AssignForm(posted(request), people=named(people), initial={"expected_owner": subject.spell.owner_id or 0})

    def act() -> str:
        said = form.cleaned_data
        spell = acts.assign(
            subject.person,
            release,
            Person.objects.get(pk=said["owner"]),
            note=said["note"],
            confirmed=said["confirmed"],
            expected_visit=expected_visit(request),
            expected_owner=said["expected_owner"],
        )
        return f"{spell.owner} owns {subject.place} now."

    shown = proposals(people, request.POST.get("owner", ""), wanted(request))
    context = {"people": shown, "full": any(one.load.full for one in people)}
    return perform(request, "releases/assign.html", subject, form, act, context)


@asked
def claim(request: HttpRequest, release: int) -> HttpResponse:
    """Take a vacant stage; of several at once one wins, and the others are told who."""
    subject = owned(request, release, back="claims")
    permissions.own_stage(subject.person, subject.model, subject.stage)

    def act() -> str:
        confirmed = request.POST.get("confirmed") == "yes"
        acts.claim(subject.person, release, confirmed=confirmed, expected_visit=expected_visit(request))
        return f"You own {subject.place}. Its clock goes on from where it was."

    if request.method == "POST" and answers_a_row(request, release):
        try:
            act()
        except Conflict as refusal:
            if refusal.code != "already_claimed":
                raise
            return swap_lost(request, release)
        return swap_claimed(request, release)
    context = {
        "load": load_of(subject.person, rules_of(subject.visit.policy)),
        "skills": needs_of(subject.visit),
        "fit": fit(needs_of(subject.visit), subject.person.skills),
    }
    return perform(request, "releases/claim.html", subject, Form(posted(request)), act, context)


@asked
def step_down(request: HttpRequest, release: int) -> HttpResponse:
    """Stop answering for a stage, which opens a vacancy."""
    subject = owned(request, release, back="claims")
    subject.refuse_others()
    form = ReasonForm(
        posted(request),
        asked="Say why you step down; whoever claims it next should know.",
        hint="Goes to the claim board and into the trail.",
    )

    def act() -> str:
        acts.step_down(subject.person, release, form.cleaned_data["reason"], expected_visit=expected_visit(request))
        return f"You no longer own {subject.place}. It is on the claim board."

    return perform(request, "releases/step_down.html", subject, form, act)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, even when it is empty; None for a page that is only shown."""
    return request.POST if request.method == "POST" else None


def named(people: Sequence[Candidate]) -> list[tuple[int, str]]:
    """The choices of a form."""
    return [(one.person.pk, str(one.person)) for one in people]


def wanted(request: HttpRequest) -> int:
    """Whom the link that led here names."""
    said = request.GET.get("owner", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0


def candidates(subject: Owned) -> Sequence[Candidate]:
    """Who may own the stage, but for its owner, whoever is away last; else as `Pool.candidates` has them."""
    pool = read_pool([subject.model.team_id], timezone.now(), officers=subject.stage == Stage.COMPLIANCE_REVIEW)
    rules = rules_of(subject.visit.policy)
    found = pool.candidates(subject.model.team_id, subject.stage, needs_of(subject.visit), rules)
    return sorted(
        (one for one in found if one.person.pk != subject.spell.owner_id), key=lambda one: one.away is not None
    )


@dataclass(frozen=True)
class Proposal:
    """One person of the list: what speaks for them, whether they are marked, and whether the page suggests them."""

    person_id: int
    name: str
    sub: str
    checked: bool
    suggested: bool


def proposals(people: Sequence[Candidate], sent: str, wanted: int = 0) -> list[Proposal]:
    """The list of a form. Whoever was chosen before stays chosen; else who was asked for, or the first with room."""
    best = next((one.person.pk for one in people if not one.load.full and one.away is None), None)
    chosen = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else wanted or best
    return [
        Proposal(one.person.pk, str(one.person), words(one), one.person.pk == chosen, one.person.pk == best)
        for one in people
    ]


def words(one: Candidate) -> str:
    """`Brings serving, owns 1 of 4`, and when they are back."""
    why = f"{one.why[:1].upper()}{one.why[1:]}"
    return f"{why}; {away_words(one.away)}" if one.away else why
