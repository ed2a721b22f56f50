"""`requests` as the apprise library uses it, over our own guarded client.

Its plug-ins call `requests.post` and the like by that name; in the modules of those that we allow the name stands for
an object of this file. So no redirect, proxy, cookie, unchecked certificate or private address is to be had there,
whatever an address says, and the real answer is at hand.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from tracker.outbound import Answer, Client, OutboundError


@dataclass(slots=True)
class Exchange:
    """What was asked in the course of one message: the answers in order, or why there is none."""

    client: Client
    answers: list[Answer] = field(default_factory=list)
    error: OutboundError | None = None


_here: Final = threading.local()


@contextmanager
def exchange(client: Client) -> Iterator[Exchange]:
    """Everything that this thread asks through `GUARDED` meanwhile goes over this client."""
    _here.exchange = found = Exchange(client)
    try:
        yield found
    finally:
        _here.exchange = None


class Guarded:
    """The few names of `requests` that plug-ins use."""

    codes = requests.codes
    exceptions = requests.exceptions
    RequestException = requests.RequestException
    ConnectionError = requests.ConnectionError
    Timeout = requests.Timeout
    Response = requests.Response

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        headers: Any = None,
        auth: Any = None,
        files: Any = None,
        **_: Any,  # time limits, certificates, redirects: not theirs to say
    ) -> requests.Response:
        """Raises `requests.ConnectionError`, as the real one does, when there is no answer."""
        current: Exchange | None = getattr(_here, "exchange", None)
        if current is None or files:
            raise requests.ConnectionError("Nothing is sent from here.")
        prepared = requests.Request(method, url, headers, None, data, params, auth, json=json).prepare()
        body: Any = prepared.body or b""
        raw = body.encode() if isinstance(body, str) else bytes(body)
        said = {str(name): str(value) for name, value in prepared.headers.items() if name.lower() != "content-length"}
        try:
            answer = current.client.request(method.upper(), prepared.url or "", raw, said)
        except OutboundError as error:
            current.error = error
            raise requests.ConnectionError(str(error)) from None
        current.answers.append(answer)
        return _response(answer)

    def get(self, url: str, params: Any = None, **more: Any) -> requests.Response:
        return self.request("GET", url, params=params, **more)

    def post(self, url: str, data: Any = None, json: Any = None, **more: Any) -> requests.Response:
        return self.request("POST", url, data=data, json=json, **more)

    def put(self, url: str, data: Any = None, **more: Any) -> requests.Response:
        return self.request("PUT", url, data=data, **more)

    def patch(self, url: str, data: Any = None, **more: Any) -> requests.Response:
        return self.request("PATCH", url, data=data, **more)

    def delete(self, url: str, **more: Any) -> requests.Response:
        return self.request("DELETE", url, **more)


GUARDED: Final = Guarded()


def _response(answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update(answer.headers)
    response._content = answer.body
    response.encoding = "utf-8"
    return response
