"""Logs: one JSON object a line, on standard output, without secrets and without the text of mails."""

import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = ("password", "secret", "token", "authorization", "cookie", "sessionid", "csrf", "email_body")
# The address that a reset mail leads to opens an account; the request log names addresses.
ONE_TIME_KEY = re.compile(r"(/password/reset/key/)[^/\s]+")


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank every value whose key says that it is a secret, at any depth of plain mappings."""
    for key, value in event.items():
        if any(word in key.lower() for word in HIDDEN):
            event[key] = "hidden"
        elif isinstance(value, Mapping):
            event[key] = hide_secrets(_logger, _method, dict(value))
        elif isinstance(value, str) and "/password/" in value:
            event[key] = ONE_TIME_KEY.sub(r"\1hidden", value)
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_secrets,
]


def configure(level: str) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING: both kinds of log call end in the same JSON lines."""
    structlog.configure(
        processors=[
            *SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(default=str),
                ],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # The request log already says which address answered what.
            "django.request": {"handlers": ["stdout"], "level": "ERROR", "propagate": False},
            "django.server": {"handlers": ["stdout"], "level": "WARNING", "propagate": False},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            # They write whole addresses, and those of chats hold the secret.
            "apprise": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "urllib3": {"level": "ERROR"},
            "gunicorn.error": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
        },
    }
