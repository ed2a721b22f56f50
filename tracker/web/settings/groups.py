"""The groups that approve and advise, and who sits in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions, quorums
from governance.acts.groups import add_to_group, group_mark, make_group, rename_group, take_from_group
from governance.controls import OFFICERS
from governance.errors import Conflict, Invalid, NotFound
from governance.groups import able, deputies
from governance.models import ApproverGroup, GroupMember
from governance.policy import PolicyRules
from models_registry.models import Person
from models_registry.vocabulary import OrgRole
from tracker import formats
from tracker.web.listing import Listing, csv_response, filters_of, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.sections import frame, seen_mark, tell_overtaken, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Group", "Short name", "Purpose", "People", "Approves", "Advises")
SEATS_HEADER = ("Name", "E-mail", "Since", "Stands in now")


class GroupForm(forms.Form):
    """A group's name and purpose."""

    name = forms.CharField(max_length=120)
    purpose = forms.CharField(max_length=300, required=False, help_text="What the group looks at, for whoever asks it.")


class SeatForm(forms.Form):
    """One more person of a group."""

    person = forms.ModelChoiceField(Person.objects.none(), empty_label="Choose a person")

    def __init__(self, data: QueryDict | None = None, *, group: ApproverGroup) -> None:
        super().__init__(data)
        person = self.fields["person"]
        if isinstance(person, forms.ModelChoiceField):
            person.queryset = able(~Q(seats__group=group))


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group, how many people can speak for it, and what the policy in force asks of it, in words."""

    group: ApproverGroup
    people: int
    approves: str
    advises: str


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody of a group; `silent`: why they have no voice now, `deputy`: who stands in."""

    member: GroupMember
    silent: str
    deputy: str


@require_safe
def groups(request: HttpRequest) -> HttpResponseBase:
    """All groups, with what the policy in force asks of each."""
    sought = filters_of(request, "q")
    found, rules = _counted(), quorums.rules_in_force()
    if text := sought["q"]:
        found = found.filter(Q(name__icontains=text) | Q(purpose__icontains=text))
    if request.GET.get("format") == "csv":
        rows = (_row(one, rules) for one in found.iterator(chunk_size=500))
        lines = ([r.group.name, r.group.slug, r.group.purpose, r.people, r.approves, r.advises] for r in rows)
        return csv_response("groups", CSV_HEADER, lines)
    listing = paginate(request, found)
    context = {
        **frame(request, "settings_groups"),
        "groups": Listing([_row(one, rules) for one in listing.rows], listing.number, listing.total, listing.size),
        "officers": Person.objects.filter(role=OrgRole.COMPLIANCE_OFFICER, is_active=True).count(),
        "officers_approve": _approves(OFFICERS, rules),
        "may_manage": permissions.allows(permissions.manage_groups, reader(request)),
        "sought": sought,
    }
    return page(request, "settings/groups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One group: who sits in it, and the form that gives a seat."""
    found, actor = _group(slug), reader(request)
    form = SeatForm(typed(request), group=found)
    if request.method == "POST":
        permissions.manage_groups(actor)
        if form.is_valid():
            try:
                seat = add_to_group(actor, found.pk, form.cleaned_data["person"])
            except Invalid as refusal:
                show_problems(form, refusal)
            else:
                return done(request, to=reverse("settings_group", args=[slug]), message=f"{seat}.")
    members = GroupMember.objects.filter(group=found).select_related("person").order_by("person__full_name", "pk")
    if request.GET.get("format") == "csv":
        return csv_response(f"group-{slug}", SEATS_HEADER, map(_line, _seats(list(members))))
    listing, rules = paginate(request, members), quorums.rules_in_force()
    context = {
        **frame(request, "settings_groups"),
        "group": found,
        "seats": Listing(_seats(listing.rows), listing.number, listing.total, listing.size),
        "approves": _approves(slug, rules),
        "advises": _advises(slug, rules),
        "may_manage": permissions.allows(permissions.manage_groups, actor),
    }
    return page(request, "settings/group.html", context, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def group_edit(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Make a group, or change what one is called."""
    actor, known = reader(request), _group(slug) if slug else None
    permissions.manage_groups(actor)
    said = {"name": known.name, "purpose": known.purpose} if known else None
    form, status = GroupForm(typed(request), initial=said), 200
    now = group_mark(known) if known else ""
    seen = seen_mark(request, now)
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(actor, known, seen, **form.cleaned_data)
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            status, seen = 409, tell_overtaken(form, refusal, seen, now)
        else:
            return done(request, to=reverse("settings_group", args=[saved.slug]), message=f"{saved} is saved.")
    context = {**frame(request, "settings_groups"), "group": known, "seen": seen}
    return page(request, "settings/group_edit.html", context, form=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def seat_remove(request: HttpRequest, slug: str, person: int) -> HttpResponse:
    """Take somebody out of a group, after showing what that leaves."""
    found, actor = _group(slug), reader(request)
    permissions.manage_groups(actor)
    seat = GroupMember.objects.filter(group=found, person=person).select_related("person").first()
    if seat is None:
        if not Person.objects.filter(pk=person).exists():
            raise NotFound
        raise Conflict(f"They are no longer in {found}.", remedy="Add them again if that is wrong.")
    if request.method == "POST":
        freed = take_from_group(actor, found.pk, seat.person)
        waiting = f" {formats.count(freed, 'review')} that they had wait for somebody else." if freed else ""
        message = f"{seat.person} is no longer in {found}.{waiting}"
        return done(request, to=reverse("settings_group", args=[slug]), message=message)
    last = found.seats.exclude(pk=seat.pk).count() == 0
    context = {
        **frame(request, "settings_groups"),
        "group": found,
        "person": seat.person,
        "loss": quorums.loss(seat.person, {slug}),
        "unadvised": _advises(slug, quorums.rules_in_force()) if last else "",
    }
    return page(request, "settings/seat_remove.html", context)


def _save(actor: Person, known: ApproverGroup | None, seen: str, *, name: str, purpose: str) -> ApproverGroup:
    if known is None:
        return make_group(actor, name, purpose)
    return rename_group(actor, known.pk, name, purpose, seen=seen)


def _counted() -> QuerySet[Any]:
    """Groups with how many people can speak for each, asked only for the groups that are shown."""
    speaking = GroupMember.objects.filter(group=OuterRef("pk"), person__in=able(Q()).order_by())
    counted = speaking.order_by().values("group").annotate(n=Count("pk")).values("n")
    return ApproverGroup.objects.annotate(people=Coalesce(Subquery(counted), 0))


def _row(group: Any, rules: PolicyRules | None) -> GroupRow:
    return GroupRow(group, group.people, _approves(group.slug, rules), _advises(group.slug, rules))


def _approves(slug: str, rules: PolicyRules | None) -> str:
    """`1 at medium risk and 2 at high risk`."""
    asked = quorums.asked_by(rules).get(slug, {}) if rules else {}
    return formats.listed([f"{quorum} at {tier.label.lower()} risk" for tier, quorum in asked.items()])


def _advises(slug: str, rules: PolicyRules | None) -> str:
    asked = quorums.advised_by(rules).get(slug, ()) if rules else ()
    return f"at {formats.listed([tier.label.lower() for tier in asked])} risk" if asked else ""


def _seats(members: Sequence[GroupMember]) -> list[Seat]:
    away = deputies(timezone.now(), [member.person_id for member in members])
    return [
        Seat(member, _silent(member.person), str(away[member.person_id].deputy) if member.person_id in away else "")
        for member in members
    ]


def _silent(person: Person) -> str:
    if not person.is_active:
        return "may no longer sign in"
    return "an auditor has no voice" if person.role == OrgRole.AUDITOR else ""


def _line(seat: Seat) -> list[object]:
    person = seat.member.person
    return [person.full_name, person.email, seat.member.added_at, seat.deputy or seat.silent]


def _group(slug: str) -> ApproverGroup:
    found = ApproverGroup.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound
    return found
