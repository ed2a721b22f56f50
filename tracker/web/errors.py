"""What a refused or failed request looks like: a status, a plain sentence, and the way out.

The domain's refusals know nothing of HTTP; this is the one place that maps them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import get_template
from django.views.decorators.csrf import requires_csrf_token

from governance.errors import Conflict, Invalid, NotFound, NotPermitted, Refused, Unmet
from tracker.web.oversize import complaint
from tracker.web.pages import DIALOG, UNPROCESSABLE, is_htmx, part_asked

# The first class that fits decides.
STATUS: tuple[tuple[type[Refused], int, str], ...] = (
    (NotFound, 404, "Not found"),
    (NotPermitted, 403, "Not open to you"),
    (Conflict, 409, "Somebody was faster"),
    (Unmet, UNPROCESSABLE, "Not ready yet"),
    (Invalid, UNPROCESSABLE, "This cannot be used"),
    (Refused, 400, "That did not happen"),
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the page says: a title, why, what to do, and each reason where there are several."""

    status: int
    title: str
    message: str
    remedy: str = ""
    reasons: Sequence[str] = ()


class Refusals:
    """Turns a refusal that no view caught into its page. The API answers for itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused) or request.path.startswith("/api/"):
            return None
        return refused(request, exception)


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The answer to a refusal: a page, or for htmx a note that is put where the reader looks."""
    status, title = next((status, title) for kind, status, title in STATUS if isinstance(refusal, kind))
    return answer(request, Sentence(status, title, refusal.message, refusal.remedy, _reasons(refusal)))


def _reasons(refusal: Refused) -> list[str]:
    if isinstance(refusal, Unmet):
        return [f"{check.title}: {check.reason}" for check in refusal.checks]
    if isinstance(refusal, Invalid) and len(refusal.problems) > 1:
        return [f"{problem.field}: {problem.message}" for problem in refusal.problems]
    return []


def answer(request: HttpRequest, sentence: Sentence) -> HttpResponse:
    """The sentence as a page, or as a note for htmx."""
    signed_in = bool(getattr(getattr(request, "user", None), "is_authenticated", False))
    frame = "base.html" if signed_in else "plain.html"
    name = "errors/refused.html#note" if is_htmx(request) else "errors/refused.html"
    body = get_template(name).render({"sentence": sentence, "frame": frame}, request)
    response = HttpResponse(body, status=sentence.status)
    if is_htmx(request):
        # A note behind an open dialog would not be seen.
        response["HX-Retarget"] = "#dialog-notices" if part_asked(request) == DIALOG else "#notices"
        response["HX-Reswap"] = "innerHTML"
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same words for what is missing and for what is hidden."""
    del exception
    return answer(request, _sentence_of(NotFound()))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception) if isinstance(exception, PermissionDenied) and exception.args else ""
    message = said or "Your role does not include this."
    return answer(request, Sentence(403, "Not open to you", message, "An administrator can change what you may do."))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 for a form that is too big, which names the field."""
    if isinstance(exception, RequestDataTooBig):
        message, remedy = complaint(request)
        return answer(request, Sentence(413, "This is too big", message, remedy))
    return answer(
        request,
        Sentence(
            400, "This request cannot be read", "Something in it is too large or malformed.", "Go back and send less."
        ),
    )


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that is too old, or that another site sent."""
    del reason
    return answer(
        request,
        Sentence(
            403,
            "This form is too old",
            "It was opened before you signed in, or cookies are blocked, so it was not accepted. Nothing changed.",
            "Go back, reload the page and send it again.",
        ),
    )


def failed(request: HttpRequest) -> HttpResponse:
    """500: a page that needs no database, no session and no frame."""
    del request
    return HttpResponse(get_template("500.html").render(), status=500)


def _sentence_of(refusal: Refused) -> Sentence:
    status, title = next((status, title) for kind, status, title in STATUS if isinstance(refusal, kind))
    return Sentence(status, title, refusal.message, refusal.remedy)
