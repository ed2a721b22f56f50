"""The WSGI door: what would break Django before it can answer is refused in a sentence."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from tracker.wsgi import NOT_UTF8, application, is_utf8


def ask(content_type: str, method: str = "GET", body: bytes = b"") -> tuple[str, bytes]:
    """The status and the body of an answer."""
    said: list[str] = []

    def start(status: str, *_: object) -> Any:
        said.append(status)

    environ: dict[str, Any] = {
        "PATH_INFO": "/stalls/",
        "QUERY_STRING": "q=%5Cud800",
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    setup_testing_defaults(environ)
    answer = application(environ, start)
    return said[0], b"".join(answer)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain; charset=zlib",
        "text/plain; charset=unicode_escape",
        "multipart/form-data; boundary=x; charset=utf-7",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=no-such-thing",
        "text/plain; charset*=nope''utf-8",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_encoding_is_refused_before_anything_is_read(content_type: str, method: str) -> None:
    assert ask(content_type, method, b"login=%5Cud800") == ("400 Bad Request", NOT_UTF8)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/html", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=UTF-8"],
)
def test_what_browsers_send_passes(content_type: str) -> None:
    assert is_utf8(content_type)
