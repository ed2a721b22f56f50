"""Who asks: a token in the `Authorization` header, or the session of a signed-in browser."""

from __future__ import annotations

from typing import Final

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from models_registry.models import Person
from tracker.tokens import ApiToken, UnusableToken, token_for

SCHEME: Final = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer tl_…`; a request without that header is left to the session."""

    def authenticate(self, request: Request) -> tuple[Person, ApiToken] | None:
        """Raises `AuthenticationFailed` for a header that holds no usable token."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != SCHEME.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Write the header as `Authorization: Bearer` and the token.", "token_malformed")
        try:
            token = token_for(words[1].decode("ascii", "replace"), timezone.now())
        except UnusableToken as refusal:
            raise AuthenticationFailed(str(refusal), refusal.code) from refusal
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema tells of tokens."""

    target_class = "tracker.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token from Settings, API tokens."}
