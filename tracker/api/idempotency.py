"""`Idempotency-Key`: the same request sent again, after a lost answer or by a double click, is done once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Conflict, invalid
from models_registry.models import Person
from tracker.remembered import KEPT_FOR, LONGEST_KEY, RememberedAnswer
from tracker.tokens import ApiToken

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_KEPT_HEADERS: Final = ("Location", "ETag")


def once(request: Request, person: Person, work: Callable[[], Response]) -> Response:
    """Do the work once for the request's key. Without a key it is done as often as it is asked for.

    The answer is kept in the same transaction as what was done. A refusal undoes both, so it may be tried again. Two
    requests with one key at once: the second waits, and gets the first one's answer. Raises `Invalid` for a bad key,
    `Conflict` for a key that was used for another request.
    """
    key = request.headers.get(HEADER, "").strip()
    if not key:
        return work()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise invalid(HEADER, f"Use a printable key of at most {LONGEST_KEY} letters, for example a UUID.")
    asked, now = _digest(request), timezone.now()
    RememberedAnswer.objects.filter(person=person, key=key, at__lt=now - KEPT_FOR).delete()
    if known := _known(person, key):
        return _again(known, asked)
    try:
        with transaction.atomic():
            row = RememberedAnswer.objects.create(person=person, key=key, asked=asked, at=now)
            response = work()
            row.status, row.body = response.status_code, json.loads(JSONRenderer().render(response.data))
            row.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
            row.save(update_fields=["status", "body", "headers"])
            return response
    except IntegrityError:
        # Somebody with the same key was first; if it was about something else, it is not ours to explain.
        if known := _known(person, key):
            return _again(known, asked)
        raise


def _known(person: Person, key: str) -> RememberedAnswer | None:
    return RememberedAnswer.objects.filter(person=person, key=key).first()


def _again(known: RememberedAnswer, asked: str) -> Response:
    if known.asked != asked:
        raise Conflict(
            "This Idempotency-Key was used for another request.",
            remedy="Take a new key for each thing that you want done.",
            code="idempotency_key_reused",
        )
    body: Any = known.body
    return Response(body, known.status, headers={**known.headers, REPLAYED: "true"})


def _digest(request: Request) -> str:
    # Another token of the same person may reach less: it gets no answer that was given to this one.
    token = request.auth.pk if isinstance(request.auth, ApiToken) else 0
    said = hashlib.sha256(f"{token}\n{request.method}\n{request.get_full_path()}\n".encode())
    said.update(request.body)
    return said.hexdigest()
