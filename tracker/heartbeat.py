"""The proof that background work runs: a row that a task refreshes, all the way through Beat, broker and worker."""

from datetime import datetime, timedelta

from celery import shared_task
from django.db import models
from django.utils import timezone

TASKS = "tasks"
STALE_AFTER = timedelta(seconds=90)


class Heartbeat(models.Model):
    """When something last showed that it is alive."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"


@shared_task
def beat() -> None:
    """Refresh the row; Beat sends this every few seconds."""
    Heartbeat.objects.update_or_create(name=TASKS, defaults={"at": timezone.now()})


def silence(now: datetime) -> str:
    """Empty while background work runs; else one sentence about since when it has not."""
    last = Heartbeat.objects.filter(name=TASKS).values_list("at", flat=True).first()
    if last is None:
        return "Background work has never run: start Beat and a worker."
    if now - last > STALE_AFTER:
        return f"Background work has not run since {last:%Y-%m-%d %H:%M:%S} UTC: look at Beat and the workers."
    return ""
