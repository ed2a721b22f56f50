"""What a release is handed out as: the audit pack on paper and with its files, a model card, a bill of materials."""

from __future__ import annotations

import json
from typing import TypeVar

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from tracker.audit_pack import PrintingFailed, archived, pack_of, printed
from tracker.exports import bom_of, card_of
from tracker.web.errors import Sentence, answer
from tracker.web.viewer import reader

Answer = TypeVar("Answer", bound=HttpResponseBase)

logger = structlog.get_logger(__name__)


@require_safe
def pack_pdf(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The audit pack as one PDF/A. Making it writes nothing: a reading is no act, and the trail tells acts."""
    pack = pack_of(reader(request), slug, number)
    try:
        return _handed_out(printed(pack), f"{pack.name}-audit-pack.pdf", "application/pdf")
    except PrintingFailed as error:
        return _unprinted(request, error)


@require_safe
def pack_zip(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """The same with its data, every evidence file and a manifest; streamed."""
    pack = pack_of(reader(request), slug, number)
    try:
        pdf = printed(pack)
    except PrintingFailed as error:
        return _unprinted(request, error)
    sent = StreamingHttpResponse(archived(pack, pdf), content_type="application/zip")
    return _named(sent, f"{pack.name}-audit-pack.zip")


@require_safe
def card_md(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    pack = pack_of(reader(request), slug, number)
    text = card_of(pack).encode(errors="backslashreplace")
    return _handed_out(text, f"{pack.name}-card.md", "text/markdown; charset=utf-8")


@require_safe
def bom_json(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    pack = pack_of(reader(request), slug, number)
    text = json.dumps(bom_of(pack), ensure_ascii=False, indent=2).encode(errors="backslashreplace")
    return _handed_out(text, f"{pack.name}.cdx.json", "application/vnd.cyclonedx+json; version=1.6")


def _handed_out(data: bytes, name: str, media_type: str) -> HttpResponse:
    return _named(HttpResponse(data, content_type=media_type), name)


def _named(sent: Answer, name: str) -> Answer:
    """As a download; the name is made of a slug and a number, and holds nothing that a header could not."""
    sent["Content-Disposition"] = f'attachment; filename="{name}"'
    sent["X-Content-Type-Options"] = "nosniff"
    return sent


def _unprinted(request: HttpRequest, error: PrintingFailed) -> HttpResponse:
    logger.error("pack_unprinted", why=str(error))
    message = "The PDF could not be made in time. Nothing of the release is changed by that."
    remedy = "Try again in a minute, or tell whoever runs Throughline."
    return answer(request, Sentence(503, "The pack is not ready", message, remedy))
