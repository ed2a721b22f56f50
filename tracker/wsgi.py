"""The WSGI door that gunicorn opens."""

import codecs
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

NOT_UTF8 = b"This request cannot be read: send it in UTF-8, as every browser does. Nothing changed.\n"

_django = get_wsgi_application()


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Django, but for requests in another encoding: those break it before it can answer, or smuggle in half letters."""
    if is_utf8(environ.get("CONTENT_TYPE", "")):
        return _django(environ, start_response)
    start_response("400 Bad Request", [("Content-Type", "text/plain"), ("Content-Length", str(len(NOT_UTF8)))])
    return [NOT_UTF8]


def is_utf8(content_type: str) -> bool:
    """Whether a Content-Type names UTF-8 or no encoding at all."""
    try:
        named = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        return codecs.lookup(named).name == "utf-8"
    except (LookupError, ValueError):
        return False
