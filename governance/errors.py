"""Refusals: why an act did not happen, in words for the person who tried. Nothing here knows of HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from governance.gates import Check
from models_registry.requirements import FieldProblem


class Refused(Exception):
    """An act was refused and nothing changed. `message` says why, `remedy` what to do, `field` what to correct."""

    code = "refused"

    def __init__(self, message: str, *, remedy: str = "", field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.field = field
        if code:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class NotFound(Refused):
    """There is no such thing, or it is hidden from this person; the two are told apart by nobody."""

    code = "not_found"

    def __init__(self, message: str = "There is no such page, or it is not open to you.", **more: str) -> None:
        super().__init__(message, **more)


class NotPermitted(Refused):
    """The person may see the thing and may not do this to it."""

    code = "not_permitted"


class Conflict(Refused):
    """Somebody was faster, or the thing has moved since the page was read."""

    code = "conflict"


class Unmet(Refused):
    """A gate is shut. `checks` are the unmet reasons."""

    code = "gate_unmet"

    def __init__(self, message: str, checks: Sequence[Check], *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.checks = tuple(checks)


class Invalid(Refused):
    """What was given cannot be used. `problems` name each field and the way out."""

    code = "invalid"

    def __init__(self, problems: Sequence[FieldProblem], *, message: str = "") -> None:
        first = problems[0] if problems else None
        text = message or (f"{first.field}: {first.message}" if first else "The input cannot be used.")
        super().__init__(text, field=first.field if first else None)
        self.problems = tuple(problems)


def invalid(field: str, message: str) -> Invalid:
    """The common case of one field with one problem."""
    return Invalid([FieldProblem(field, message)], message=message)
