"""The originals of evidence: kept when a form brings one, and handed out as downloads and nothing else."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from governance.acts.files import store_file
from governance.errors import Conflict, Invalid, NotFound, Refused
from governance.permissions import may_read
from governance.stored_files import BrokenFileError, opened
from models_registry.models import EvidenceFile
from models_registry.originals import safe_name
from tracker.web.errors import Sentence, answer
from tracker.web.releases.subject import Subject
from tracker.web.viewer import reader

# A download is never a page: should a browser show it all the same, nothing in it may run or load.
SANDBOX = "sandbox; default-src 'none'"


def kept_file(request: HttpRequest, subject: Subject) -> tuple[EvidenceFile | None, Refused | None]:
    """The file that a form brings, kept at once so that no other mistake loses it; or why it is not taken.

    Without a new one it is the file that an earlier try of the same form brought, unless that is to be left out.
    """
    earlier = _earlier(request, subject)
    upload = request.FILES.get("file")
    if upload is None:
        return (None if request.POST.get("without_file") else earlier), None
    try:
        return store_file(subject.person, subject.release.pk, upload, upload.name or ""), None
    except (Invalid, Conflict) as refusal:
        return earlier, refusal


def _earlier(request: HttpRequest, subject: Subject) -> EvidenceFile | None:
    key = request.POST.get("stored", "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return EvidenceFile.objects.filter(release=subject.release, pk=int(key)).first()


@require_safe
def evidence_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One original, read and found to be what was uploaded before the first byte of it is sent."""
    seen = EvidenceFile.objects.filter(may_read(reader(request), "release_id"), pk=pk)
    file = seen.select_related("release__model").first()
    if file is None:
        raise NotFound
    try:
        content = opened(file)
    except BrokenFileError as problem:
        return _broken(request, str(problem))
    sent = FileResponse(content, content_type=file.media_type)
    sent["Content-Disposition"] = _attachment(file)
    sent["Content-Length"] = str(file.size)
    sent["Content-Security-Policy"] = SANDBOX
    sent["X-Content-Type-Options"] = "nosniff"
    sent["Cross-Origin-Resource-Policy"] = "same-origin"
    sent["Cache-Control"] = "private, no-cache"
    sent["Repr-Digest"] = f"sha-256=:{_base64(file.digest)}:"
    return sent


def _attachment(file: EvidenceFile) -> str:
    name = safe_name(file.name) or f"evidence-{file.pk}"
    return (
        content_disposition_header(as_attachment=True, filename=name) or f"attachment; filename*=UTF-8''{quote(name)}"
    )


def _base64(digest: str) -> str:
    return b64encode(bytes.fromhex(digest.removeprefix("sha256:"))).decode("ascii")


def _broken(request: HttpRequest, why: str) -> HttpResponse:
    remedy = "Ask an administrator to restore the storage from its backup; the record of it is whole."
    return answer(request, Sentence(409, "This file is broken", why, remedy))
