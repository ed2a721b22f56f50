"""The settings of the tests: the real ones, with fast password hashes and nothing that outlives the run."""

import os
import tempfile

os.environ.setdefault("THROUGHLINE_MODE", "demo")
os.environ.setdefault("SECRET_KEY", "a-key-for-tests-only-" + "0" * 32)
os.environ.setdefault("THROUGHLINE_VAR", tempfile.gettempdir())

from tracker.settings import *  # noqa: F403  every setting is inherited

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
