"""What every view does at its end: render a page or one part of it, go on, or say what is wrong with a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

from governance.errors import Invalid, Refused, Unmet

DIALOG = "dialog"  # the id of the host in base.html, and the name of the partial that fills it
# What a request may name as its target. Any other part needs something that only its own view has at hand.
BY_TARGET = frozenset({DIALOG, "detail", "measurements", "verdict"})
SEE_OTHER = 303
UNPROCESSABLE = 422


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    partial: str = "",
    form: BaseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or for htmx the named part of the same template (by default the part named like the swap's target).

    By its target a request gets a part of `BY_TARGET` alone, and the page for any other.

    The status becomes 422 when `form` was sent and has errors.
    """
    if status == 200 and form is not None and form.is_bound and form.errors:
        status = UNPROCESSABLE
    values = {**(context or {})}
    if form is not None:
        values.setdefault("form", form)
        if is_htmx(request) and part_asked(request) == DIALOG:
            form.auto_id = "dlg_%s"  # the page below may hold a form with the same names
    answer = HttpResponse(_chosen(request, template, partial, values), status=status)
    # The same address answers with a page or with a part: no cache may hand one out for the other.
    answer["Vary"] = "HX-Request, HX-Target"
    return answer


def _chosen(request: HttpRequest, template: str, partial: str, values: dict[str, object]) -> str:
    target = part_asked(request)
    wanted = (partial or (target if target in BY_TARGET else "")) if is_htmx(request) else ""
    if wanted:
        try:
            return get_template(f"{template}#{wanted}").render(values, request)
        except TemplateDoesNotExist:
            if partial:
                raise
    return get_template(template).render(values, request)


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part is asked for. A boosted link and a step back in the history want the whole page."""
    headers = request.headers
    asked = headers.get("HX-Request") == "true"
    return asked and "HX-Boosted" not in headers and "HX-History-Restore-Request" not in headers


def part_asked(request: HttpRequest) -> str:
    """The id of the element that htmx is about to fill, or nothing."""
    return request.headers.get("HX-Target", "")


def shown_address(request: HttpRequest) -> SplitResult:
    """The address that htmx says the browser shows; empty where it says none, or something that is none."""
    try:
        return urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return urlsplit("")


def done(request: HttpRequest, *, to: str, message: str = "", level: str = "success") -> HttpResponse:
    """The act succeeded: go on to `to` (a trusted address) and say so there."""
    if message:
        messages.add_message(request, messages.DEFAULT_LEVELS[level.upper()], message)
    if not is_htmx(request):
        answer: HttpResponse = HttpResponseRedirect(to)
        answer.status_code = SEE_OTHER
        return answer
    answer = HttpResponse()
    # A browser does not load a page again for a change of the fragment alone.
    if urlsplit(to).fragment and urlsplit(to).path == shown_address(request).path:
        answer["HX-Refresh"] = "true"
    else:
        answer["HX-Redirect"] = iri_to_uri(to)  # as a redirect has it: a header takes neither line breaks nor umlauts
    return answer


def back_address(request: HttpRequest, default: str = "") -> str:
    """Where the reader came from: the `next` of form or address, else the page before; `default` or home otherwise.

    Only an address of ours counts, and never the present one, which would lead in a circle.
    """
    for candidate in (request.POST.get("next"), request.GET.get("next"), request.headers.get("Referer")):
        ours = candidate and url_has_allowed_host_and_scheme(
            candidate, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        if candidate and ours and urlsplit(candidate).path != request.path:
            return candidate
    return default or reverse("home")


def back(request: HttpRequest, default: str = "") -> HttpResponse:
    """Redirect to where the reader came from."""
    answer = HttpResponseRedirect(back_address(request, default))
    answer.status_code = SEE_OTHER
    return answer


def show_problems(form: BaseForm, refusal: Refused) -> None:
    """Put what an act refused beside the fields that it is about; the rest goes to the top of the form."""
    if isinstance(refusal, Invalid):
        for problem in refusal.problems:
            at_line = f"Line {problem.line}: " if problem.line else ""
            _add(form, problem.field, f"{at_line}{problem.message}")
    elif isinstance(refusal, Unmet):
        for check in refusal.checks:
            _add(form, "", f"{check.title}: {check.reason}")
    else:
        _add(form, refusal.field or "", str(refusal))


def _add(form: BaseForm, field: str, message: str) -> None:
    root = re.split(r"[.\[]", field, maxsplit=1)[0]
    if field in form.fields:
        form.add_error(field, message)
    elif root in form.fields:
        form.add_error(root, f"{field.removeprefix(root).strip('.')}: {message}")
    else:
        form.add_error(None, f"{field}: {message}" if field else message)
