"""A migrated SQLite database to copy, so that a test run begins without half a minute of migrations.

It is kept under the digest of everything that makes it, outside the project; with CI=true nothing is taken from before.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_MAKERS = ("*/migrations/*.py", "*/triggers.py", "requirements-dev.txt")


def template() -> Path | None:
    """Where the migrated database of this state of the project lies or would lie; None where none is to be used."""
    if os.environ.get("CI") == "true":
        return None
    seen = hashlib.sha256(sys.version.encode())
    for path in sorted(path for pattern in _MAKERS for path in ROOT.glob(pattern)):
        seen.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return Path(tempfile.gettempdir()) / f"throughline-migrated-{os.getuid()}-{seen.hexdigest()[:32]}.sqlite3"


def take(database: str) -> bool:
    """Put a copy in place of the database to be made; whether there was one."""
    ready = template()
    if ready is None or not ready.exists():
        return False
    shutil.copyfile(ready, database)
    return True


def keep(connection: Any) -> None:
    """Keep a copy of the database that was just migrated, whole or not at all."""
    ready = template()
    if ready is None or ready.exists():
        return
    half = ready.with_suffix(f".{os.getpid()}")
    half.unlink(missing_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(half)])
    half.replace(ready)
