"""What a plant asks of Throughline's own code, in a process of its own that is loaded once: new work, and the trail.

Reads one order a line, as JSON, and answers each with a line: empty when it was done.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import django


def add_work(name: str, count: int, now: str) -> str:
    """The visits of `portfolio.WORK`, each release with a chain on the trail, as registering one begins it."""
    from django.db import connection, transaction

    from governance.trail.chain import Entry, open_chains
    from models_registry.models import Release
    from tests.faults.portfolio import WORK, work_values

    at = datetime.fromisoformat(now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(WORK, work_values(name, count, at))
        releases = list(Release.objects.filter(model__slug__startswith=f"{name}-").select_related("model"))
        first = [[Entry("model.register", f"model:{row.model_id}", row.model.name, at)] for row in releases]
        open_chains(releases, first, at, None)
    connection.close()  # the next order may come after a restart of the database
    return ""


def destine(address: str) -> str:
    """Give each team a signed webhook at this address; returns the key that all of them sign with."""
    from django.db import connection

    from models_registry.models import Team
    from tracker.alerts.channels.signing import new_key, written
    from tracker.alerts.models import Channel, Destination
    from tracker.sealing import seal

    key = new_key()
    for team in Team.objects.all():
        Destination.objects.create(
            team=team,
            channel=Channel.WEBHOOK,
            name="Sink",
            shown="sink",
            sealed=seal(f"{address}/{team.pk}"),
            sealed_key=seal(written([key])),
        )
    connection.close()
    return key.text


def verify() -> str:
    """Whether the trail holds; the first flaws, if it does not."""
    from django.db import connection

    from governance.trail import verify

    verdict = verify()
    connection.close()
    return "; ".join(str(flaw) for flaw in verdict.flaws[:5])


ORDERS: dict[str, Any] = {"work": add_work, "destine": destine, "verify": verify}


def main() -> None:
    django.setup()
    for line in sys.stdin:
        order, *words = json.loads(line)
        sys.stdout.write(json.dumps(ORDERS[order](*words)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
