"""Which of the services that some tests need are there."""

import os
import shutil
from urllib.parse import urlsplit

POSTGRES = "postgres://root@127.0.0.1:5432/throughline"
REDIS = "redis://127.0.0.1:6379/15"
PATIENCE = 3  # seconds


def postgres_url() -> str:
    """`DATABASE_URL` when it names a PostgreSQL, else the one on this machine."""
    given = os.environ.get("DATABASE_URL", "")
    return given if given.startswith(("postgres:", "postgresql:")) else POSTGRES


def redis_url() -> str:
    """`CELERY_BROKER_URL` when it names a Redis, else the one on this machine."""
    given = os.environ.get("CELERY_BROKER_URL", "")
    return given if given.startswith(("redis:", "rediss:")) else REDIS


def postgres_answers(url: str) -> bool:
    import psycopg2

    address = urlsplit(url)
    try:
        psycopg2.connect(
            host=address.hostname,
            port=address.port or 5432,
            user=address.username,
            password=address.password,
            dbname="postgres",
            connect_timeout=PATIENCE,
        ).close()
    except psycopg2.OperationalError:
        return False
    return True


def redis_answers(url: str) -> bool:
    import redis

    client = redis.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def chromium_path() -> str | None:
    """The installed Chromium, or None; `CHROMIUM` names another."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def java_path() -> str | None:
    """A Java that runs source text, or None: one without a compiler beside it does not."""
    return shutil.which("java") if shutil.which("javac") else None
