"""The Celery application and what Beat starts, and when.

Without a broker address the tasks run inside the Beat process itself (``task_always_eager``): the embedded form of
Throughline is one web process and one Beat.
"""

import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_postrun, worker_init
from django.db import close_old_connections
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

app = Celery("tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tracker"])
# A start is due at once, so that a Beat that is often restarted still does everything.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
app.conf.beat_schedule = {
    "heartbeat": {"task": "tracker.heartbeat.beat", "schedule": 10.0, "options": {"expires": 10}},
    # A run that finds nothing is one look into an index, so that a breach is told within seconds.
    "deliver": {"task": "tracker.tasks.deliver", "schedule": 2.0, "options": {"expires": 4}},
    "sweep": {"task": "tracker.tasks.sweep", "schedule": 5.0, "options": {"expires": 10}},
    "lapse": {"task": "tracker.tasks.lapse", "schedule": 60.0, "options": {"expires": 60}},
    "forget": {"task": "tracker.tasks.forget", "schedule": crontab(minute="37")},
    "seal": {"task": "tracker.tasks.seal", "schedule": crontab(minute="7")},
    # Once a day is what they see to; asked every hour, so that a day is caught up soon after it was missed.
    "seal_day": {"task": "tracker.tasks.seal_day", "schedule": crontab(minute="17")},
    "post_seals": {"task": "tracker.tasks.post_seals", "schedule": 300.0, "options": {"expires": 300}},
}
for _entry in app.conf.beat_schedule.values():
    _entry["last_run_at"] = LONG_AGO


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Celery would replace the root logger's handlers; a receiver on this signal stops it, so logs stay JSON."""


@worker_init.connect
def read_the_addresses(**_: Any) -> None:
    """Messages link to pages. Read once, before the worker forks: the first message would wait seconds for it."""
    len(get_resolver().reverse_dict)


@task_postrun.connect
def drop_stale_connections(**_: Any) -> None:
    """Celery's own Django hook does this in a worker only; an embedded Beat must not keep a dead connection either."""
    close_old_connections()
