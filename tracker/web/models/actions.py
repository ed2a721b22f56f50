"""What a person may do from the page of a model: the one primary act, the next ones, and the rest in a menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from governance import permissions, time_permissions
from governance.errors import NotPermitted
from governance.gates import Check
from governance.permissions import allows
from governance.stages import send_back_targets
from models_registry.models import Person
from models_registry.requirements.details.dataset import dataset_facts
from models_registry.vocabulary import EvidenceKind, ReviewKind, ReviewState, Stage, VisitState
from tracker.journey import RAIL
from tracker.model_page import BEFORE_DEPLOYMENT, ModelPage


@dataclass(frozen=True, slots=True)
class Action:
    """A link to the page of an act, or with `post` a button that acts at once. `of`: what it is about, read out."""

    label: str
    url: str
    icon: str = ""
    primary: bool = False
    danger: bool = False
    post: bool = False
    plain: bool = False
    key: str = ""
    of: str = ""
    busy: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """The acts in the head of the page. `refused`: why the way forward is not this person's, with who can."""

    shown: Sequence[Action] = ()
    menu: Sequence[Action] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Rights:
    """What this person may do with the release, asked once."""

    work: bool
    lead: bool
    move: bool
    own: bool
    assign: bool
    hold: bool
    mine: bool
    answer: bool
    deploy: bool
    give_time: bool
    person: int


def rights_of(person: Person, about: ModelPage) -> Rights:
    model, visit = about.model, about.visit
    return Rights(
        work=allows(permissions.work_on, person, model),
        lead=allows(permissions.lead, person, model),
        move=allows(permissions.move, person, visit),
        own=allows(permissions.own_stage, person, model, about.stage),
        assign=allows(permissions.assign, person, visit),
        hold=allows(permissions.hold, person, visit),
        mine=about.owner is not None and about.owner.pk == person.pk,
        deploy=allows(permissions.own_stage, person, model, Stage.DEPLOYMENT),
        person=person.pk,
        answer=allows(permissions.answer, person, visit),
        give_time=allows(time_permissions.decide_extension, person, visit),
    )


def offered(person: Person, about: ModelPage, rights: Rights) -> Offered:
    """The acts that the state allows and this person may."""
    here = _Here(about)
    forward = here.to("Advance", "release_advance", icon="arrow-right")
    shown: list[Action] = []
    refused = ""
    if about.report.open and about.underway and about.report.target is not None:
        if rights.move:
            label = f"Move into {about.report.target.label.lower()}"
            shown.append(replace(forward, label=label, primary=True, key="a"))
        else:
            refused = _who_moves(person, about)
    if about.underway and about.spell is not None:
        shown += _ownership(about, rights, here, leading=not shown)
    return Offered(shown, _menu(about, rights, here), refused)


def check_action(check: Check, about: ModelPage, rights: Rights) -> Action | None:
    """The one act that would meet a check, where this person may do it."""
    name, _, detail = check.action.partition(":")
    here = _Here(about)
    if name == "decide_review":
        review = next((one for one in about.reviews if one.state == ReviewState.OPEN), None)
        return Action("Open the review", reverse("review", args=[review.pk]), plain=True) if review else None
    if name == "send_back":
        return here.to("Send it back", "release_send_back", target=detail) if rights.move else None
    if not rights.work:
        return None
    if name == "attach_evidence":
        return here.to("Attach", "evidence_add", kind=detail, of=_label(detail))
    if name == "classify_columns":
        return _classify(about, here)
    known = _CHECK_ACTS.get(name)
    return here.to(known[0], known[1], plain=name == "edit_brief") if known else None


def _classify(about: ModelPage, here: _Here) -> Action | None:
    """Classify the first dataset of which something is open."""
    datasets = [
        (piece, dataset_facts(piece.detail, piece.title)) for piece in about.evidence if piece.kind == "dataset"
    ]
    for piece, facts in datasets:
        unsaid = facts.about_people and (facts.lawful_basis is None or facts.retention_months is None)
        if facts.unclassified or not facts.columns or unsaid:
            address = reverse("evidence_classify", args=[piece.pk])
            return Action(
                "Classify", f"{address}?{urlencode({'next': here.back})}", of=f"the columns of {facts.name}", plain=True
            )
    return None


_CHECK_ACTS: Final = {
    "edit_brief": ("Edit the brief", "brief_edit"),
    "sign_brief": ("Sign the brief", "brief_sign"),
    "set_candidate": ("Name the candidate", "candidate_name"),
    "write_deployment": ("Specify", "deployment_write"),
    "request_review": ("Ask for a review", "review_request"),
}


class _Here:
    """Builds actions on the release that lead back to this page."""

    def __init__(self, about: ModelPage) -> None:
        self.about = about
        self.back = f"{reverse('model', args=[about.model.slug])}?release={about.release.number}"

    def to(self, label: str, name: str, *, icon: str = "", of: str = "", plain: bool = False, **query: str) -> Action:
        address = reverse(name, args=[self.about.release.pk])
        return Action(label, f"{address}?{urlencode({**query, 'next': self.back})}", icon, of=of, plain=plain)

    def model(self, label: str, name: str, *, icon: str = "") -> Action:
        return Action(label, f"{reverse(name, args=[self.about.model.slug])}?{urlencode({'next': self.back})}", icon)


def _ownership(about: ModelPage, rights: Rights, here: _Here, *, leading: bool) -> list[Action]:
    """Claim or assign what nobody owns; nudge and reassign what somebody does; hold and resume."""
    found: list[Action] = []
    if about.vacant:
        if rights.own:
            claim = here.to("Claim", "release_claim", icon="hand-stop")
            found.append(replace(claim, post=True, primary=leading, key="c", busy="Claiming…"))
        if rights.assign:
            assign = here.to("Assign", "release_assign", icon="user-plus")
            found.append(replace(assign, primary=leading and not rights.own, key="r"))
    else:
        if not rights.mine and (rights.work or rights.hold):
            nudge = here.to(f"Nudge {about.owner.get_short_name() if about.owner else ''}", "release_nudge")
            found.append(replace(nudge, icon="bell-ringing", post=True, key="n", busy="Nudging…"))
        if rights.assign:
            found.append(replace(here.to("Reassign", "release_assign", icon="user-share"), key="r"))
        elif rights.mine:
            found.append(here.to("Hand over", "release_offer", icon="arrows-exchange"))
    if about.stalls and rights.answer:
        found.append(replace(here.to("Acknowledge", "release_acknowledge", icon="eye"), key="y"))
    if rights.hold and about.held is not None:
        resume = here.to("Resume", "release_resume", icon="player-play")
        found.append(replace(resume, post=True, key="h", busy="Resuming…"))
        found.append(here.to("Move the date", "release_hold_move", icon="calendar", of="on which the hold ends"))
    elif rights.hold and about.reading.budget is not None:
        found.append(replace(here.to("Hold", "release_hold", icon="player-pause"), key="h"))
    return found


def _menu(about: ModelPage, rights: Rights, here: _Here) -> list[Action]:
    in_flight = about.underway and about.stage in RAIL[:-1]
    found: list[Action] = []
    if about.underway and rights.move and send_back_targets(about.stage):
        found.append(here.to("Send back", "release_send_back", icon="arrow-back-up"))
    if about.underway and rights.mine:
        if rights.assign:
            found.append(here.to("Offer a hand-over", "release_offer", icon="arrows-exchange"))
        found.append(here.to("Step down", "release_step_down", icon="user-minus"))
    found += _ahead(about, rights, here) if about.underway and about.stage in BEFORE_DEPLOYMENT else []
    found += _more_time(about, rights, here) if about.underway else []
    found += _leading(about, here, in_flight=in_flight) if rights.lead else []
    if rights.work:
        if about.newest and about.stage != Stage.BRIEF:
            found.append(here.model("Start a new release", "release_start", icon="plus"))
        found.append(here.model("Edit the model", "model_edit", icon="edit"))
    return found


def _ahead(about: ModelPage, rights: Rights, here: _Here) -> list[Action]:
    """Answer for the deployment before it begins."""
    found: list[Action] = []
    if about.ahead is None and rights.deploy:
        found.append(here.to("Claim the deployment ahead", "release_claim_early", icon="hand-stop"))
    if about.ahead is not None and (rights.lead or about.ahead.person_id == rights.person):
        found.append(here.to("Give the deployment back", "release_give_back", icon="user-minus"))
    if rights.lead:
        found.append(here.to("Name who deploys it", "release_assign_early", icon="user-plus"))
    return found


def _more_time(about: ModelPage, rights: Rights, here: _Here) -> list[Action]:
    """Ask for more time, or answer a request."""
    waiting = about.more_time
    if waiting is None:
        may_ask = (rights.mine or rights.lead) and about.reading.budget is not None
        return [here.to("Ask for more time", "release_extension", icon="hourglass")] if may_ask else []
    found = []
    if rights.give_time and waiting.asked_by_id != rights.person:
        found.append(here.to("Decide on more time", "release_extension_decide", icon="hourglass"))
    if waiting.asked_by_id == rights.person or rights.mine or rights.lead:
        found.append(here.to("Take back the request for time", "release_extension_withdraw", icon="arrow-back-up"))
    return found


def _leading(about: ModelPage, here: _Here, *, in_flight: bool) -> list[Action]:
    """What a lead may do: set aside, take up again, retire, break the glass."""
    found: list[Action] = []
    if about.visit.state in (VisitState.PARKED, VisitState.KILLED):
        found.append(here.to("Reopen", "release_reopen", icon="refresh"))
    if in_flight:
        found.append(here.to("Park", "release_park", icon="player-pause"))
    if in_flight or about.visit.state == VisitState.PARKED:
        found.append(replace(here.to("Give up", "release_kill", icon="ban"), danger=True))
    if about.underway and about.stage == Stage.LIVE:
        found.append(replace(here.to("Retire", "release_retire", icon="archive"), danger=True))
    if in_flight and not about.report.open:
        found.append(replace(here.to("Break the glass", "release_break_glass", icon="hammer"), danger=True))
    return found


def review_actions(about: ModelPage, rights: Rights) -> list[Action]:
    """Ask for an approval again, or take the request back."""
    if not rights.work or not about.underway or about.stage != Stage.COMPLIANCE_REVIEW:
        return []
    asked = any(one.state == ReviewState.OPEN and one.kind == ReviewKind.APPROVAL for one in about.reviews)
    here = _Here(about)
    return [here.to("Withdraw", "review_withdraw") if asked else here.to("Ask for a review", "review_request")]


def _who_moves(person: Person, about: ModelPage) -> str:
    try:
        permissions.move(person, about.visit)
    except NotPermitted as refusal:
        return refusal.message
    return ""


def _label(kind: str) -> str:
    return EvidenceKind(kind).label.lower() if kind in set(EvidenceKind) else ""
