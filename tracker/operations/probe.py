"""Health probes that a container runs inside itself: ``python -m tracker.operations.probe web|background``.

Exit code 0 is healthy. `web` asks the web process of this container; `background` looks at the heartbeat row, which is
fresh only while Beat, the broker and a worker all do their part.
"""

import os
import sys
import urllib.error
import urllib.request


def probe_web() -> str:
    """Empty when the web process answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the container was given
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz"
    try:
        with direct.open(address, timeout=5):
            return ""
    except (urllib.error.URLError, OSError) as problem:
        return f"{address}: {problem}"


def probe_background() -> str:
    """Empty while background work runs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    import django
    from django.db import Error
    from django.utils import timezone

    django.setup()
    from tracker.heartbeat import silence

    try:
        return silence(timezone.now())
    except Error:
        return "The database does not answer."


PROBES = {"web": probe_web, "background": probe_background}


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted not in PROBES:
        print(f"Name one of: {', '.join(PROBES)}.", file=sys.stderr)
        return 2
    problem = PROBES[wanted]()
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
