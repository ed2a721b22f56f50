"""One request, one answer, over a connection that is kept for the next one to the same host.

The connection goes to the very address that was checked. No redirect is followed, no proxy asked, no cookie kept, no
certificate waived; every step ends by one deadline, and only the beginning of an answer is read.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Any, Final

from tracker.outbound.addresses import (
    AddressRefused,
    Allowed,
    OutboundError,
    Resolve,
    Target,
    allowed,
    checked,
    target_of,
)

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 10.0
MOST_BYTES: Final = 64 * 1024
LONGEST_LINE: Final = 200


class NoAnswer(OutboundError):
    """Nobody answered, or not in time, or not in HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the names of the headers are in lower case, the body ends at `MOST_BYTES`."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def first_line(self) -> str:
        """The first line of the body that says something, as text on one line."""
        text = self.body[: 4 * LONGEST_LINE].decode("utf-8", "replace")
        lines = (" ".join("".join(c if c.isprintable() else " " for c in line).split()) for line in text.splitlines())
        return next((line for line in lines if line), "")[:LONGEST_LINE]

    def __str__(self) -> str:
        return f"{self.status} {self.first_line}".strip()


class Client:
    """Keeps one connection. Not for several threads at once."""

    def __init__(
        self,
        *,
        rules: Allowed | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
        resolve: Resolve | None = None,
    ) -> None:
        self._rules = rules
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._resolve = resolve
        self._connection: _Connection | None = None
        self._origin: tuple[bool, str, int] | None = None

    def request(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Ask once. Raises `AddressRefused` before anything is sent, and `NoAnswer`."""
        target = target_of(url)
        deadline = monotonic() + self._total_seconds
        if self._origin != target.origin:
            self.close()
        said = {"User-Agent": "Throughline", **(headers or {}), "Host": target.authority}
        connection = self._connection
        if connection is not None:
            self._connection = None
            try:
                return self._exchange(connection, method, target, body, said, deadline)
            except _Stale:
                pass  # the other side closed it while it was idle, so it has not read this request
        return self._exchange(self._connected(target, deadline), method, target, body, said, deadline)

    def close(self) -> None:
        connection, self._connection, self._origin = self._connection, None, None
        if connection is not None:
            connection.close()

    def _connected(self, target: Target, deadline: float) -> _Connection:
        until = min(deadline, monotonic() + self._connect_seconds)
        rules = self._rules if self._rules is not None else allowed()
        found = checked(target.host, target.port, until - monotonic(), rules, self._resolve)
        return _Connection(target, _wire(target, found, until))

    def _exchange(
        self, connection: _Connection, method: str, target: Target, body: bytes, headers: dict[str, str], until: float
    ) -> Answer:
        connection.wire.deadline = until
        kept = False
        try:
            answer, kept = connection.exchange(method, target.path, body, headers)
        except TimeoutError:
            raise NoAnswer(f"No answer within {self._total_seconds:g} seconds.") from None
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            if connection.used:
                raise _Stale from None
            raise NoAnswer(f"The connection was closed without an answer ({type(error).__name__}).") from None
        except ValueError:
            raise AddressRefused("The address cannot be asked for as it is written.") from None
        except (http.client.HTTPException, OSError) as error:
            raise NoAnswer(f"The answer cannot be read ({type(error).__name__}).") from None
        finally:
            if kept:
                connection.used = True
                self._connection, self._origin = connection, target.origin
            else:
                connection.close()
        return answer


class _Stale(Exception):
    """A connection that had been used before is closed at the other end."""


class _Connection(http.client.HTTPConnection):
    """`http.client` on a socket that is connected already."""

    def __init__(self, target: Target, wire: _Wire) -> None:
        super().__init__(target.host, target.port)
        self.wire = wire
        self.used = False
        self.sock: Any = wire
        self.auto_open = 0  # it never connects by itself, past the check

    def exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[Answer, bool]:
        """The answer, and whether the connection can be used again."""
        self.request(method, path, body or None, dict(headers))
        response = self.getresponse()
        read = response.read(MOST_BYTES)
        whole = response.isclosed() or (not response.length and not response.chunked)
        names = {name.lower(): value for name, value in response.getheaders()}
        kept = whole and not response.will_close
        if whole:
            response.close()
        return Answer(response.status, names, read), kept


class _Wire:
    """As much of a socket as `http.client` uses; every step on it ends by `deadline` (of the monotonic clock)."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._readers = 0
        self._closing = False
        self.deadline = 0.0

    def sendall(self, data: bytes) -> None:
        self._arm()
        self._sock.sendall(data)

    def recv_into(self, buffer: Any) -> int:
        self._arm()
        return self._sock.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        self._readers += 1
        return io.BufferedReader(_Reading(self))

    def close(self) -> None:
        """As with a socket, what is being read from it is read to its end."""
        self._closing = True
        if not self._readers:
            self._sock.close()

    def left(self) -> None:
        self._readers -= 1
        if self._closing and not self._readers:
            self._sock.close()

    def _arm(self) -> None:
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)


class _Reading(io.RawIOBase):
    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._wire.left()


def _wire(target: Target, found: list[str], until: float) -> _Wire:
    """Connected to the first address that answers."""
    why = "no address"
    for address in found:
        left = until - monotonic()
        if left <= 0:
            break
        try:
            return _Wire(_connect(target, address, left))
        except ssl.SSLCertVerificationError as error:
            raise NoAnswer(f"The certificate is not trusted: {error.verify_message}.") from None
        except ssl.SSLError as error:
            why = f"no secure connection: {error.reason or 'TLS failed'}"
        except TimeoutError:
            why = "it took too long"
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
    raise NoAnswer(f"The host cannot be reached: {why}.")


def _connect(target: Target, address: str, seconds: float) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.connect((address, target.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _trusted().wrap_socket(sock, server_hostname=target.host) if target.secure else sock
    except BaseException:
        sock.close()
        raise


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The machine's own certificates, or those that SSL_CERT_FILE names."""
    return ssl.create_default_context()
