"""Liveness and readiness, answered before anything else looks at the request."""

from collections.abc import Callable

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from tracker import heartbeat

NO_STORE = {"Cache-Control": "no-store"}


class HealthMiddleware:
    """Answers `/healthz` and `/readyz` whatever the Host header: a probe asks by address, not by name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.migrated = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain", headers=NO_STORE)
        if request.path == "/readyz":
            return self.readiness()
        return self.get_response(request)

    def readiness(self) -> JsonResponse:
        """200 when people can work and the clocks are watched, else 503; the body lists what is wrong."""
        problems = self.problems()
        body = {"ready": not problems, "problems": problems}
        return JsonResponse(body, status=503 if problems else 200, headers=NO_STORE)

    def problems(self) -> list[str]:
        try:
            waiting = self.waiting_migrations()
            if waiting:
                return [f"{waiting} database migration(s) have not run: run manage.py migrate."]
            silence = heartbeat.silence(timezone.now())
        except Error:
            return ["The database does not answer."]
        return [silence] if silence else []

    def waiting_migrations(self) -> int:
        """How many have not run. Zero is remembered: only new code, so a new process, can bring new ones."""
        if not self.migrated:
            executor = MigrationExecutor(connection)
            waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            self.migrated = waiting == 0
            return waiting
        return 0
