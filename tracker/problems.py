"""What went wrong as problem details (RFC 9457), for whoever speaks JSON to us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from governance.errors import Conflict, Invalid, NotFound, NotPermitted, Refused, Unmet

MEDIA_TYPE: Final = "application/problem+json"
UNPROCESSABLE: Final = 422

# The first class that fits decides.
_STATUS: Final[tuple[tuple[type[Refused], int, str], ...]] = (
    (NotFound, 404, "Not found"),
    (NotPermitted, 403, "Not open to you"),
    (Conflict, 409, "Somebody was faster"),
    (Unmet, UNPROCESSABLE, "Not ready yet"),
    (Invalid, UNPROCESSABLE, "This cannot be used"),
    (Refused, 400, "That did not happen"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal. `code` never changes for the same reason; `errors` name fields, or the checks of a shut gate."""

    status: int
    title: str
    code: str
    detail: str
    remedy: str = ""
    errors: Sequence[Mapping[str, str]] = field(default=())

    def as_json(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "type": f"urn:throughline:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.remedy:
            said["remedy"] = self.remedy
        if self.errors:
            said["errors"] = [dict(one) for one in self.errors]
        return said


def problem_of(refusal: Refused) -> Problem:
    """A refusal of an act or a rule, with each field or check that stood in the way."""
    status, title = next((status, title) for kind, status, title in _STATUS if isinstance(refusal, kind))
    return Problem(status, title, refusal.code, refusal.message, refusal.remedy, _errors(refusal))


def _errors(refusal: Refused) -> list[dict[str, str]]:
    if isinstance(refusal, Unmet):
        return [{"check": check.code, "title": check.title, "message": check.reason} for check in refusal.checks]
    if isinstance(refusal, Invalid):
        return [{"field": problem.field, "message": problem.message} for problem in refusal.problems]
    return [{"field": refusal.field, "message": refusal.message}] if refusal.field else []
