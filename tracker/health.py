"""Liveness and readiness, answered before anything else looks at the request."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

NO_STORE = {"Cache-Control": "no-store"}


class HealthMiddleware:
    """Answers `/healthz` and `/readyz` whatever the Host header: a probe asks by address, not by name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain", headers=NO_STORE)
        if request.path == "/readyz":
            return readiness()
        return self.get_response(request)


def readiness() -> JsonResponse:
    """200 when a person could work now, else 503; the body lists what is wrong."""
    problems = problems_now()
    body = {"ready": not problems, "problems": problems}
    return JsonResponse(body, status=503 if problems else 200, headers=NO_STORE)


def problems_now() -> list[str]:
    """Readable reasons why work is not possible right now; empty when it is."""
    try:
        return _pending_migrations()
    except DatabaseError:
        return ["The database does not answer."]


def _pending_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{len(waiting)} database migration(s) have not run."] if waiting else []
