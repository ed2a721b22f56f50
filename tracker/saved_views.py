"""Saved views: what one person asks the review queue for again and again, under a name of their own."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from governance.errors import Conflict, NotFound, invalid
from models_registry.models import Person

MOST: Final = 20
LONGEST_NAME: Final = 60
LONGEST_QUERY: Final = 400
KEPT: Final = ("show", "team", "tier", "kind", "turn", "state")
"""What of an address is kept, in this order; the page number is not."""


class SavedView(models.Model):
    """A name for a set of filters, as the address has them. It is its owner's alone, and no fact of the registry."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "name"], name="saved_view_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_is_named"),
        ]

    def __str__(self) -> str:
        return self.name


def asked_of(query: str) -> str:
    """The part of an address that a view keeps, in one spelling; empty where nothing is asked for."""
    given = dict(parse_qsl(query.lstrip("?"), max_num_fields=30)) if len(query) <= 2000 else {}
    return urlencode({name: given[name] for name in KEPT if given.get(name)})


def views_of(person: Person) -> models.QuerySet[SavedView]:
    return SavedView.objects.filter(person=person)


def view_of(person: Person, number: int) -> SavedView:
    """One view of this person; somebody else's is as missing as none."""
    found = views_of(person).filter(pk=number).first()
    if found is None:
        raise NotFound
    return found


def save_view(person: Person, name: str, query: str) -> SavedView:
    """Keep these filters under a name. Raises `Invalid` for nothing to keep, `Conflict` for a name in use."""
    name, kept = _checked(name), asked_of(query)
    if not kept:
        raise invalid("query", "Choose a filter first: a view without one is the whole queue.")
    if len(kept) > LONGEST_QUERY:
        raise invalid("query", "These filters are too long to keep.")
    if views_of(person).count() >= MOST:
        raise Conflict(f"You have {MOST} views already.", remedy="Delete one that you no longer use.")
    view = SavedView(person=person, name=name, query=kept)
    _write(view)
    return view


def rename_view(person: Person, number: int, name: str) -> SavedView:
    """Give a view another name. Raises `Invalid`, `Conflict`, `NotFound`."""
    view = view_of(person, number)
    view.name = _checked(name)
    _write(view)
    return view


def delete_view(person: Person, number: int) -> None:
    """Forget a view; the one that is gone already is no reason to complain."""
    views_of(person).filter(pk=number).delete()


def _checked(name: str) -> str:
    said = " ".join(name.replace("\x00", "").split())
    if not said:
        raise invalid("name", "Give the view a name.")
    if len(said) > LONGEST_NAME:
        raise invalid("name", f"Use at most {LONGEST_NAME} characters.")
    return said


def _write(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise Conflict(
            f"You have a view named “{view.name}” already.", remedy="Choose another name.", field="name"
        ) from error
