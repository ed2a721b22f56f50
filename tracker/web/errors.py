"""What a refused or failed request looks like: a status, a plain sentence, and the way out.

The domain's refusals know nothing of HTTP; this is the one place that maps them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import get_template
from django.views.decorators.csrf import requires_csrf_token

from governance.errors import Invalid, NotFound, Refused, Unmet
from tracker.problems import MEDIA_TYPE, Problem, problem_of
from tracker.web.oversize import complaint
from tracker.web.pages import DIALOG, is_htmx, part_asked


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
    problem = problem_of(refusal)
    return answer(request, Sentence(problem.status, problem.title, problem.detail, problem.remedy, _reasons(refusal)))


def _reasons(refusal: Refused) -> list[str]:
    if isinstance(refusal, Unmet):
        return [f"{check.title}: {check.reason}" for check in refusal.checks]
    if isinstance(refusal, Invalid) and len(refusal.problems) > 1:
        return [f"{problem.field}: {problem.message}" for problem in refusal.problems]
    return []


def answer(request: HttpRequest, sentence: Sentence) -> HttpResponse:
    """The sentence as a page, as a note for htmx, or as problem details where no view of the API could answer."""
    if request.path.startswith("/api/"):
        code = {404: "not_found", 403: "not_permitted", 413: "too_big"}.get(sentence.status, "unreadable")
        problem = Problem(sentence.status, sentence.title, code, sentence.message, sentence.remedy)
        return JsonResponse(problem.as_json(), status=sentence.status, content_type=MEDIA_TYPE)
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
    if request.path.startswith("/api/"):
        problem = Problem(500, "Our fault", "failed", "Something broke here; it is in the log.", "Try again later.")
        return JsonResponse(problem.as_json(), status=500, content_type=MEDIA_TYPE)
    return HttpResponse(get_template("500.html").render(), status=500)


def _sentence_of(refusal: Refused) -> Sentence:
    problem = problem_of(refusal)
    return Sentence(problem.status, problem.title, problem.detail, problem.remedy)
