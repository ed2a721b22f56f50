"""API tokens: how a program speaks for a person. Only a digest is kept; the token itself is shown once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from governance import permissions
from governance.errors import NotFound, NotPermitted, Refused, invalid
from governance.trail import token_writers
from models_registry.models import Person, Team

PREFIX: Final = "tl_"
LONGEST_LIFE: Final = timedelta(days=366)
MOST: Final = 50  # tokens of one person that are in use
SEEN_EVERY: Final = timedelta(minutes=1)  # `last_used_at` is written no more often than this


class Scope(models.TextChoices):
    """What a token lets a program do; the person's own rights bound each of them."""

    READ = "read", "Read"
    INGEST = "ingest", "Bring in"
    ACT = "act", "Act"
    ADMIN = "admin", "Administer"


class ApiToken(models.Model):
    """A token of one person. With `teams` it reaches only what is theirs; without, whatever the person may see."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    tail = models.CharField(max_length=4, help_text="The last letters, to tell one from another.")
    scopes = models.JSONField(default=list)
    teams = models.ManyToManyField("models_registry.Team", blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="token_is_named"),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="token_expires_later"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (…{self.tail})"

    def usable(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class UnusableToken(Refused):
    """A token that opens nothing: unknown, expired, revoked, or of somebody who left."""

    code = "token_unusable"


def issue_token(
    person: Person,
    name: str,
    scopes: Collection[str],
    expires_at: datetime,
    *,
    teams: Sequence[Team] = (),
    at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for oneself. The text that is returned beside it is kept nowhere."""
    at = at or timezone.now()
    said = " ".join(name.replace("\x00", "").split())
    if not said or len(said) > 80:
        raise invalid("name", "Give the token a name of at most 80 letters: what will use it?")
    if not scopes or set(scopes) - set(Scope.values):
        raise invalid("scopes", f"Choose at least one of: {', '.join(Scope.values)}.")
    if Scope.ADMIN in scopes and not permissions.allows(permissions.administer, person):
        raise invalid("scopes", "Only an administrator's token can change settings.")
    if not at < expires_at <= at + LONGEST_LIFE:
        raise invalid("expires_at", f"Choose a day from tomorrow on, at most {LONGEST_LIFE.days} days from now.")
    mine = {one.team_id for one in permissions.memberships_of(person)}
    if person.role not in permissions.ALL_SEEING and any(team.pk not in mine for team in teams):
        raise invalid("teams", "Choose among your own teams.")
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        if tokens_of(person).filter(revoked_at__isnull=True, expires_at__gt=at).count() >= MOST:
            raise invalid("name", f"You have {MOST} tokens in use. Revoke one that you no longer need.")
        text = PREFIX + secrets.token_urlsafe(32)
        token = ApiToken.objects.create(
            person=person,
            name=said,
            digest=_digest(text),
            tail=text[-4:],
            scopes=[scope for scope in Scope.values if scope in scopes],
            created_at=at,
            expires_at=expires_at,
        )
        token.teams.set(teams)
        token_writers.token_changed(
            "token.issue", said, token.scopes, sorted(str(team) for team in teams), expires_at, person, person, at
        )
    return token, text


def revoke_token(actor: Person, number: int, *, at: datetime | None = None) -> ApiToken:
    """End a token at once: one's own, or as an administrator anybody's. One that was revoked before stays as it is."""
    at = at or timezone.now()
    with transaction.atomic():
        token = ApiToken.objects.select_for_update(of=("self",)).select_related("person").filter(pk=number).first()
        if token is None or not (token.person_id == actor.pk or permissions.allows(permissions.administer, actor)):
            raise NotFound
        if token.revoked_at is None:
            token.revoked_at, token.revoked_by = max(at, token.created_at), actor
            token.save(update_fields=["revoked_at", "revoked_by"])
            teams = sorted(str(team) for team in token.teams.all())
            token_writers.token_changed(
                "token.revoke", token.name, token.scopes, teams, token.expires_at, token.person, actor, at
            )
        return token


def tokens_of(person: Person) -> models.QuerySet[ApiToken]:
    return ApiToken.objects.filter(person=person)


def token_for(text: str, now: datetime) -> ApiToken:
    """The token with this text, with its person and teams. Raises `UnusableToken`, saying why and what to do."""
    found = ApiToken.objects.select_related("person").prefetch_related("teams").filter(digest=_digest(text)).first()
    if found is None:
        raise UnusableToken("This token is not known here.", remedy="Make a new one under Settings, API tokens.")
    if found.revoked_at is not None:
        raise UnusableToken("This token was revoked.", remedy="Make a new one.", code="token_revoked")
    if now >= found.expires_at:
        raise UnusableToken("This token has expired.", remedy="Make a new one.", code="token_expired")
    if not found.person.is_active:
        raise UnusableToken("The person of this token may no longer sign in.", code="token_of_inactive_person")
    if found.last_used_at is None or now - found.last_used_at >= SEEN_EVERY:
        seen = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - SEEN_EVERY)
        ApiToken.objects.filter(seen, pk=found.pk).update(last_used_at=now)
    return found


def need(token: ApiToken | None, scope: Scope) -> None:
    """Raises `NotPermitted` for a token without this scope; a signed-in person needs none."""
    if token is not None and scope not in token.scopes:
        raise NotPermitted(
            f"This token has no scope “{scope.value}”.",
            remedy=f"Make a token with it; this one has: {', '.join(token.scopes)}.",
            code="scope_missing",
        )


def _digest(text: str) -> str:
    # The text has 256 random bits: a slow hash would protect nothing that a fast one does not.
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
