"""Start-up checks: production refuses what only a demo may have, one sentence for each."""

import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

from tracker.outbound import allowed

DEMO_DOMAIN = "@demo.example"
SHORTEST_SECRET = 32  # characters


@register(Tags.security)
def refuse_unsafe_settings(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Errors for settings that are fine in a demo and dangerous in production."""
    if settings.DEMO:
        return []
    problems: list[CheckMessage] = []
    if settings.DEBUG:
        problems.append(Error("DEBUG is on; production shows no tracebacks: unset DEBUG.", id="tracker.E001"))
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        sentence = f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters: set a long random one."
        problems.append(Error(sentence, id="tracker.E002"))
    if not settings.ALLOWED_HOSTS or any(host.startswith("*") for host in settings.ALLOWED_HOSTS):
        sentence = "ALLOWED_HOSTS is empty or has a wildcard: name the hosts that people will type."
        problems.append(Error(sentence, id="tracker.E003"))
    return problems


@register(Tags.security)
def refuse_unreadable_settings(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Errors for settings that can only be read when they are needed, in the middle of the night."""
    problems: list[CheckMessage] = []
    try:
        allowed()
    except ValueError as error:
        sentence = f"OUTBOUND_ALLOW: {error} Write for example 10.2.0.0/16, 10.2.3.4 or *.example.internal."
        problems.append(Error(sentence, id="tracker.E005"))
    if any(len(key) < SHORTEST_SECRET for key in settings.SECRETS_KEYS):
        sentence = f"SECRETS_KEYS has a key of fewer than {SHORTEST_SECRET} characters: set long random ones."
        problems.append(Error(sentence, id="tracker.E006"))
    return problems


@register(Tags.database)
def refuse_demo_sign_ins(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """An error when people with the demo's published password could sign in to a production service."""
    if settings.DEMO or "default" not in (databases or ()):
        return []
    people = get_user_model()
    try:
        if people._meta.db_table not in connections["default"].introspection.table_names():
            return []
        found = people._default_manager.filter(email__iendswith=DEMO_DOMAIN, is_active=True).count()
    except DatabaseError:
        return []  # a database that is away is readiness' business, and it may come back
    if not found:
        return []
    sentence = f"{found} active demo sign-in(s) ending in {DEMO_DOMAIN} exist: deactivate them or use another database."
    return [Error(sentence, id="tracker.E004")]


def refuse_to_start() -> None:
    """End the process with one sentence a problem; servers call it, because Django runs checks for commands only."""
    problems = [
        *refuse_unsafe_settings(None),
        *refuse_unreadable_settings(None),
        *refuse_demo_sign_ins(None, ["default"]),
    ]
    if problems:
        print(*(problem.msg for problem in problems), sep="\n", file=sys.stderr)  # noqa: T201  logs may not be up yet
        raise SystemExit(2)
