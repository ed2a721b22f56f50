"""Bring the database up to date, and in a demo fill it, in one process: Django is slow to load twice."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

REFUSED = 2


@contextmanager
def step(what: str) -> Iterator[None]:
    """One visible line for a step that may take long, and the time that it took."""
    print(f"{what} ...", flush=True)
    begun = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - begun:.1f} s", flush=True)


def prepare(*, demo: bool) -> None:
    """Migrate, then load the sample portfolio (demo) or gather the static files (served)."""
    import django
    from django.core.management import call_command

    from tracker.checks import refuse_to_start

    django.setup()
    refuse_to_start()
    with step("Bringing the database up to date"):
        call_command("migrate", interactive=False, verbosity=0)
    if demo:
        with step("Loading the sample portfolio (kept if it is there)"):
            call_command("load_demo")
    else:
        with step("Gathering the static files"):
            call_command("collectstatic", interactive=False, verbosity=0)


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepare the database and the static files.")
    parser.add_argument("--demo", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import OperationalError

    try:
        prepare(demo=given.demo)
    except (ImproperlyConfigured, CommandError, OperationalError) as problem:
        print(str(problem).strip(), file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
