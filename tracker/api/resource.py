"""What every address of the API shares: who asks, how far they reach, and what their token lets them do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, Final

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from governance.errors import NotFound, invalid
from governance.permissions import visible_models
from models_registry.models import Person, RegisteredModel, Release
from tracker.api.idempotency import once
from tracker.api.refusals import Changed, StateUnsaid
from tracker.tokens import ApiToken, Scope, need

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Resource(APIView):
    """One address. `scope`: what a token needs to change something here; reading needs `read`."""

    scope: ClassVar[Scope] = Scope.ACT

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        need(self.token, Scope.READ if request.method in READING else self.scope)

    @property
    def person(self) -> Person:
        """Who asks; the permission classes let nobody else pass."""
        assert isinstance(self.request.user, Person)
        return self.request.user

    @property
    def token(self) -> ApiToken | None:
        return self.request.auth if isinstance(self.request.auth, ApiToken) else None

    def models(self) -> QuerySet[RegisteredModel]:
        """The models that the person may see, and of them those that the token reaches."""
        seen = visible_models(self.person)
        teams = [team.pk for team in self.token.teams.all()] if self.token else []
        return seen.filter(team__in=teams) if teams else seen

    def model(self, slug: str) -> RegisteredModel:
        """Raises `NotFound` for a missing, a hidden and an unreached one alike."""
        found = self.models().select_related("team").filter(slug=slug).first()
        if found is None:
            raise NotFound("There is no such model, or it is not open to you.")
        return found

    def release(self, number: int) -> Release:
        """The release with this key. Raises `NotFound` as `model` does."""
        found = Release.objects.select_related("model__team", "candidate").filter(pk=number, model__in=self.models())
        release = found.first()
        if release is None:
            raise NotFound("There is no such release, or it is not open to you.")
        return release

    def read(self, serializer: type[Serializer[Any]]) -> Mapping[str, Any]:
        """The body, as this serializer takes it. Raises the framework's `ValidationError`, and `Invalid` for a NUL."""
        if _holds_nul(self.request.data):
            raise invalid("body", "Leave the character U+0000 out: no database keeps it.")
        form = serializer(data=self.request.data)
        form.is_valid(raise_exception=True)
        said: Mapping[str, Any] = form.validated_data
        return said

    def asked(self, name: str, known: Collection[str] = ()) -> str:
        """A part of the query, empty where it is not there. Raises `Invalid` for a NUL and an unknown word."""
        said = self.request.query_params.get(name, "")
        if "\x00" in said or (said and known and said not in known):
            raise invalid(name, f"Use one of: {', '.join(known)}." if known else "Leave the character U+0000 out.")
        return said

    def once(self, work: Callable[[], Response]) -> Response:
        """Do it once for the request's Idempotency-Key."""
        return once(self.request, self.person, work)

    def expect(self, etag: str) -> None:
        """Raises `StateUnsaid` without an `If-Match` header, and `Changed` when it names another state than this."""
        said = self.request.headers.get("If-Match", "").strip()
        if not said:
            raise StateUnsaid
        if said != "*" and etag not in [one.strip().removeprefix("W/") for one in said.split(",")]:
            raise Changed

    def told(self, body: dict[str, Any], *, status: int = 200, etag: str = "", location: str = "") -> Response:
        """The answer with the fields that `?fields=` asks for, all of them without it."""
        headers = {name: value for name, value in (("ETag", etag), ("Location", location)) if value}
        return Response(sparse(self.request, body), status, headers=headers)


def _holds_nul(said: object) -> bool:
    if isinstance(said, str):
        return "\x00" in said
    if isinstance(said, Mapping):
        return any(_holds_nul(part) for pair in said.items() for part in pair)
    return isinstance(said, list) and any(_holds_nul(part) for part in said)


def sparse(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """The body, or each of its results, cut to the named fields; names that are not there are ignored."""
    names = {name for name in request.query_params.get("fields", "").split(",") if name}
    if not names:
        return body
    if isinstance(body.get("results"), list):
        return {**body, "results": [_cut(row, names) for row in body["results"]]}
    return _cut(body, names)


def _cut(row: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in names}


def etag_of(*parts: object) -> str:
    """A strong entity tag of what these parts say."""
    said = "\n".join(str(part) for part in parts)
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'
