"""gunicorn's configuration, the same on a desk, on a server and in a container; the environment chooses the sizes."""

import os
from typing import Any

from tracker import logs

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
timeout = 60
graceful_timeout = 3
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 8190
forwarded_allow_ips = "127.0.0.1"
control_socket_disable = True
# A heartbeat on a slow disk looks like a hung worker; this is memory, and nothing of it is shared.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # nosec B108
logconfig_dict = logs.configure(os.environ.get("LOG_LEVEL", "INFO"))


def on_starting(_server: Any) -> None:
    """Refuse before the first worker starts what production must not have."""
    import django
    from django.db import connections

    from tracker.checks import refuse_to_start

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    django.setup()
    refuse_to_start()
    connections.close_all()  # a connection must not be carried over a fork
