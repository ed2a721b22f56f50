"""Every failure of the API as problem details: refusals of acts, what the framework refuses, and what is nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from governance.errors import NotFound, NotPermitted, Refused
from tracker.problems import MEDIA_TYPE, UNPROCESSABLE, Problem, problem_of

_TITLES: Final[Mapping[int, str]] = {
    400: "This request cannot be read",
    401: "Who are you?",
    403: "Not open to you",
    404: "Not found",
    405: "Not possible here",
    406: "Not in this format",
    409: "Somebody was faster",
    412: "It has changed meanwhile",
    415: "Not in this format",
    422: "This cannot be used",
    428: "Say which state you saw",
    429: "Too many requests",
}


class Changed(exceptions.APIException):
    """The thing is no longer as it was when it was read."""

    status_code = 412
    default_code = "changed_meanwhile"
    default_detail = "It was changed since you read it. Read it again, and send its new ETag as If-Match."


class StateUnsaid(exceptions.APIException):
    """A change without an `If-Match` header could undo somebody else's."""

    status_code = 428
    default_code = "if_match_missing"
    default_detail = "Send the ETag that you read as If-Match, so that nobody else's change is lost."


def answer_refusal(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """What REST framework asks for each exception; None for a fault of our own."""
    if isinstance(error, Refused):
        return _response(problem_of(error))
    if isinstance(error, RecursionError):
        return answer_refusal(exceptions.ParseError("This is nested too deeply.", "nested_too_deeply"), context)
    if isinstance(error, Http404):
        return answer_refusal(NotFound(), context)
    if isinstance(error, PermissionDenied):
        return answer_refusal(NotPermitted(str(error) or "Your role does not include this."), context)
    response = exception_handler(error, dict(context))
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    headers = {name: response[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in response}
    return _response(_problem(error), headers)


def _problem(error: exceptions.APIException) -> Problem:
    if isinstance(error, exceptions.ValidationError):
        found = list(_fields(error.detail))
        detail = f"{found[0]['field']}: {found[0]['message']}" if found else "The input cannot be used."
        return Problem(UNPROCESSABLE, _TITLES[UNPROCESSABLE], "invalid", detail, errors=found)
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "error"
    return Problem(error.status_code, _TITLES.get(error.status_code, "That did not happen"), code, str(error.detail))


def _fields(detail: object, path: str = "") -> Iterator[dict[str, str]]:
    """Each message with the dotted path of its field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            plain = "" if name == "non_field_errors" else str(name)
            yield from _fields(inner, f"{path}.{plain}".strip("."))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        several = any(isinstance(one, Mapping) for one in detail)
        for number, inner in enumerate(detail):
            yield from _fields(inner, f"{path}.{number}".strip(".") if several else path)
    else:
        yield {"field": path or "body", "message": str(detail)}


def _response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    return Response(problem.as_json(), problem.status, headers=dict(headers or {}), content_type=MEDIA_TYPE)
