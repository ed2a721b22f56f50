"""Every act on a release, a hand-over or a review, as one table: its address, what it takes, and what it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from governance.acts import briefs, evidence, holds, ownership, reviews, transitions
from governance.errors import NotFound, invalid
from governance.models import HandoverOffer, Review
from models_registry.models import Person
from models_registry.vocabulary import Stage
from tracker.api import bodies, shapes
from tracker.api.registry import release_answer
from tracker.api.resource import Resource
from tracker.api.schema import KEY
from tracker.tokens import Scope

Said = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """One act. `call` takes who acts, the key of what is acted on, and the body; its answer is the release after it."""

    name: str
    call: Callable[[Person, int, Said], object]
    body: type[Serializer[Any]]
    does: str
    scope: Scope = Scope.ACT


def _plain(act: Callable[..., object], *named: str) -> Callable[[Person, int, Said], object]:
    """Calls an act of governance with the body's fields as they are; those `named` go by position."""

    def call(person: Person, number: int, said: Said) -> object:
        given = [said.pop(name) for name in named]
        return act(person, number, *given, **_people(said))

    return call


def _people(said: Said) -> Said:
    """E-mail addresses turned into the people they belong to."""
    for name in ("next_owner", "owner", "to"):
        if isinstance(said.get(name), str):
            found = Person.objects.filter(email__iexact=said[name], is_active=True).first()
            if found is None:
                raise invalid(name, f"Nobody with the address {said[name]} is here.")
            said[name] = found
    return said


def _send_back(person: Person, number: int, said: Said) -> object:
    return transitions.send_back(person, number, Stage(said.pop("target")), said.pop("reason"), **said)


def _candidate(person: Person, number: int, said: Said) -> object:
    return evidence.name_candidate(person, number, **said)


def _assign(person: Person, number: int, said: Said) -> object:
    owner = _people(said).pop("owner")
    return ownership.assign(person, number, owner, **said)


def _offer(person: Person, number: int, said: Said) -> object:
    _people(said)
    return ownership.offer_handover(person, number, said.pop("to"), said.pop("note"), **said)


OF_RELEASES: Final = (
    Act("advance", _plain(transitions.advance), bodies.Advancing, "Move it into the next stage, if its gate is open."),
    Act("send-back", _send_back, bodies.SendingBack, "Return it to an earlier stage, with a reason."),
    Act("park", _plain(transitions.park, "reason_code", "reason"), bodies.SettingAside, "Set it aside for now."),
    Act("kill", _plain(transitions.kill, "reason_code", "reason"), bodies.SettingAside, "Give it up."),
    Act("reopen", _plain(transitions.reopen, "reason"), bodies.Reasoned, "Take a parked or killed one up again."),
    Act("retire", _plain(transitions.retire, "reason"), bodies.Reasoned, "Take a live one out of service."),
    Act(
        "break-glass",
        _plain(transitions.break_glass, "reason"),
        bodies.BreakingGlass,
        "Pass a shut gate, as a lead; opens a dated review in retrospect.",
    ),
    Act("claim", _plain(ownership.claim), bodies.Seen, "Answer for its stage, which is vacant."),
    Act("assign", _assign, bodies.Assigning, "Name who answers for its stage."),
    Act("step-down", _plain(ownership.step_down, "reason"), bodies.Reasoned, "Answer for its stage no longer."),
    Act("offer-handover", _offer, bodies.Offering, "Ask one person to take its stage over."),
    Act("hold", _plain(holds.hold), bodies.Holding, "Put it on hold: why, whom it waits on, and until when."),
    Act("resume", _plain(holds.resume), bodies.Seen, "End the hold."),
    Act("nudge", _plain(holds.nudge), bodies.Messaging, "Remind its owner."),
    Act("request-review", _plain(reviews.request_review), bodies.Messaging, "Ask for an approval again."),
    Act("candidate", _candidate, bodies.Candidate, "Name the trained artefact that it brings live.", Scope.INGEST),
    Act("sign-brief", _plain(briefs.sign_brief), bodies.Nothing, "Sign the brief, which must be complete."),
    Act("amend-brief", _plain(briefs.amend_brief, "reason"), bodies.Amending, "Open a new revision of its brief."),
)
OF_OFFERS: Final = (
    Act("accept", _plain(ownership.accept_handover), bodies.Nothing, "Take over what was offered."),
    Act("decline", _plain(ownership.decline_handover, "reason"), bodies.Amending, "Say no, with a reason."),
    Act("withdraw", _plain(ownership.withdraw_handover), bodies.Nothing, "Take the offer back."),
)
OF_REVIEWS: Final = (
    Act("decide", _plain(reviews.decide, "outcome", "reason"), bodies.Deciding, "Approve, ask for changes, or reject."),
    Act("withdraw", _plain(reviews.withdraw_review, "reason"), bodies.Amending, "Take the request back."),
    Act("revoke", _plain(reviews.revoke_approval, "reason"), bodies.Amending, "Take an approval back."),
)


class Doing(Resource):
    """One act on one thing; the classes below say on which."""

    act: ClassVar[Act]

    def release_of(self, number: int) -> int:
        """The release that the thing belongs to. Raises `NotFound` for what the person or the token does not reach."""
        return self.release(number).pk

    def do(self, request: Request, number: int) -> Response:
        def work() -> Response:
            release = self.release_of(number)
            self.act.call(self.person, number, dict(self.read(self.act.body)))
            return release_answer(self, release)

        return self.once(work)


class OfOffer(Doing):
    def release_of(self, number: int) -> int:
        offer = HandoverOffer.objects.select_related("visit").filter(pk=number).first()
        if offer is None:
            raise NotFound("There is no such hand-over, or it is not open to you.")
        return self.release(offer.visit.release_id).pk


class OfReview(Doing):
    def release_of(self, number: int) -> int:
        review = Review.objects.filter(pk=number).first()
        if review is None:
            raise NotFound("There is no such review, or it is not open to you.")
        return self.release(review.release_id).pk


_SUBJECTS: Final[Mapping[str, tuple[type[Doing], tuple[Act, ...]]]] = {
    "releases": (Doing, OF_RELEASES),
    "handovers": (OfOffer, OF_OFFERS),
    "reviews": (OfReview, OF_REVIEWS),
}


def addresses() -> Iterator[URLPattern]:
    """One address for each act: `POST /api/v1/releases/12/advance/`."""
    for subject, (base, acts) in _SUBJECTS.items():
        for act in acts:
            name = f"{subject}_{act.name.replace('-', '_')}"
            yield path(f"{subject}/<row:number>/{act.name}/", _view(base, act, name), name=f"api_{name}")


def _view(base: type[Doing], act: Act, name: str) -> Callable[..., Any]:
    @extend_schema(
        operation_id=name,
        description=act.does,
        parameters=[KEY],
        request=None if act.body is bodies.Nothing else act.body,
        responses=shapes.ReleaseShape,
    )
    def post(self: Doing, request: Request, number: int) -> Response:
        return self.do(request, number)

    view = type(f"Do_{name}", (base,), {"act": act, "scope": act.scope, "post": post, "__doc__": act.does})
    return view.as_view()  # type: ignore[attr-defined,no-any-return]  # the class is made here
