"""What people bring, and how much they carry: said by themselves, or by whoever leads them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from governance import permissions
from governance.acts.locks import moment
from governance.acts.meanwhile import mark, refuse_stale
from governance.errors import NotFound, invalid
from governance.policy import MOST_OWNED
from governance.trail import writers
from models_registry.models import Person
from models_registry.vocabulary import Skill


def say_skills(
    actor: Person,
    person_id: int,
    skills: Collection[str],
    load_limit: int | None,
    *,
    seen: str | None = None,
    at: datetime | None = None,
) -> Person:
    """Say which skills a person has, and how many stages they own at once without a warning (None: as the policy says).

    `seen` is the `skills_mark` as the page showed it. Saying the same again changes nothing.
    """
    at = moment(at)
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).filter(pk=person_id).first()
        if person is None:
            raise NotFound
        permissions.say_skills(actor, person)
        before = _says(person)
        refuse_stale(seen, before, f"person:{person.pk}", str(person))
        if unknown := [one for one in skills if one not in set(Skill)]:
            raise invalid("skills", f"“{unknown[0]}” is not in the list of skills.")
        if load_limit is not None and not 0 <= load_limit <= MOST_OWNED:
            raise invalid("load_limit", f"Give a number from 0 to {MOST_OWNED}; empty: as the policy says.")
        person.skills = [skill.value for skill in Skill if skill in skills]
        person.load_limit = load_limit
        after = _says(person)
        if after == before:
            return person
        person.save(update_fields=["skills", "load_limit"])
        writers.person_changed("person.skills", person, actor, at, before=before, after=after)
        return person


def skills_mark(person: Person) -> str:
    """What a page remembers of a person's skills, for `say_skills` to compare."""
    return mark(_says(person))


def _says(person: Person) -> dict[str, Any]:
    return {"skills": list(person.skills), "load_limit": person.load_limit}
