"""The settings of the tests: the real ones, with fast password hashes and nothing that outlives the run."""

import os
import tempfile
from pathlib import Path

_scratch = tempfile.TemporaryDirectory(prefix="throughline-tests-")

os.environ.setdefault("THROUGHLINE_MODE", "demo")
os.environ.setdefault("SECRET_KEY", "a-key-for-tests-only-" + "0" * 32)
os.environ.setdefault("THROUGHLINE_VAR", _scratch.name)

from tracker.settings import *  # noqa: E402,F403  every setting is inherited
from tracker.settings import DATABASES  # noqa: E402  the environment above comes first

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file and not memory: an in-memory database is one connection, and no test could set two writers on it.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_scratch.name) / "test.sqlite3")}
    # No test pulls the plug, so none needs to wait for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
else:
    # Two runs on one server must not share a database.
    DATABASES["default"]["TEST"] = {"NAME": f"test_throughline_{os.getpid()}"}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Each test client makes its own chain of middleware, and WhiteNoise would walk all static files for every one of them.
WHITENOISE_AUTOREFRESH = True
