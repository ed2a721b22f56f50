"""Where a request may go: an address is read, its host resolved, and every address of the host judged.

What is judged is the address that a connection is made to, never its spelling: a host written as a decimal or an octal
number, a name that points inwards, and a name that points elsewhere a second later all end at the same check.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Beside what the registries of special-purpose addresses name (IANA, after RFC 6890), which `is_global` knows, these:
# they are global to the letter and lead inwards, or carry an address of the other family that would have to be judged.
INWARD: Final[tuple[Network, ...]] = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),  # shared by the customers of a provider; one cloud's metadata is there
    IPv4Network("168.63.129.16/32"),  # the metadata and name server of one cloud
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("::/96"),
    IPv6Network("2001::/23"),
    IPv6Network("2002::/16"),
    IPv6Network("fec0::/10"),
)
TRANSLATED: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address that is meant
LONGEST: Final = 2000
UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f\\]")

Resolve = Callable[[str, int, float], list[str]]


class OutboundError(Exception):
    """A request got no answer. `str` is one sentence without the address, for people and logs."""


class AddressRefused(OutboundError):
    """The address may not be asked; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts: `path` has the query, `host` is in lower case and as DNS writes it."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[bool, str, int]:
        return self.secure, self.host, self.port

    @property
    def authority(self) -> str:
        """As the Host header says it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator lets through although it leads inwards: networks, and hosts (`*.` before: all below)."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def read(cls, entries: Iterable[str]) -> Allowed:
        """Raises `ValueError`, naming it, for an entry that is neither a network, an address nor a host."""
        networks: list[Network] = []
        hosts: set[str] = set()
        for entry in filter(None, (entry.strip().lower() for entry in entries)):
            try:
                networks.append(ip_network(entry))
            except ValueError:
                if not re.fullmatch(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", entry) or entry[-1:].isdigit():
                    raise ValueError(f"{entry!r} is neither a network, an address nor a host.") from None
                hosts.add(entry)
        return cls(tuple(networks), frozenset(hosts))

    def names(self, host: str) -> bool:
        name = host.rstrip(".")
        parents = (name[place:] for place, char in enumerate(name) if char == ".")
        return name in self.hosts or any(f"*{parent}" in self.hosts for parent in parents)

    def covers(self, address: Address) -> bool:
        return any(address in network for network in self.networks if network.version == address.version)


def allowed() -> Allowed:
    """What `OUTBOUND_ALLOW` says."""
    return _read(tuple(settings.OUTBOUND_ALLOW))


@lru_cache(maxsize=8)
def _read(entries: tuple[str, ...]) -> Allowed:
    return Allowed.read(entries)


def target_of(url: str) -> Target:
    """The parts of an address; asks no name server. Raises `AddressRefused`, in words for whoever typed it."""
    if len(url) > LONGEST:
        raise AddressRefused(f"The address is longer than {LONGEST:,} characters.")
    if UNPRINTABLE.search(url):
        raise AddressRefused("The address holds a blank, a backslash or a character that nobody sees.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    except ValueError:
        raise AddressRefused("This is no address: write it as in https://example.org/path.") from None
    if parts.scheme not in ("http", "https"):
        raise AddressRefused("The address has to begin with https:// or http://.")
    if not host or "%" in host:
        raise AddressRefused("The address names no host: write it as in https://example.org/path.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("Leave out the name and password before the host.")
    if port == 0:
        raise AddressRefused("The address names port 0, where nobody listens.")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # Sent as it is, it has to be ASCII: a browser would have written it so.
    if not path.isascii():
        raise AddressRefused("Write the characters after the host as a browser's address line copies them (%C3%A9).")
    return Target(secure, host, port or (443 if secure else 80), path)


def checked(host: str, port: int, seconds: float, rules: Allowed, resolve: Resolve | None = None) -> list[str]:
    """The addresses of a host that may be connected to, in the order of the resolver.

    Raises `AddressRefused` when one of them leads inwards (then the name is not to be trusted), or when there is none.
    """
    found = (resolve or resolved)(host, port, seconds)
    if not found:
        raise AddressRefused("The host has no address.")
    if not rules.names(host):
        for text in found:
            refuse_inward(ip_address(text), rules)
    return found


def refuse_inward(address: Address, rules: Allowed) -> None:
    """Raises `AddressRefused` for an address that is not out on the internet, unless the operator lets it through."""
    meant = _meant(address)
    if rules.covers(address) or rules.covers(meant):
        return
    inward = any(meant in network for network in INWARD if network.version == meant.version)
    if inward or meant.is_multicast or meant.is_reserved or not meant.is_global:
        raise AddressRefused(
            "The host is at a private address, where alerts go only if OUTBOUND_ALLOW names its network or host."
        )


def _meant(address: Address) -> Address:
    """The IPv4 address that one of IPv6 stands for."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in TRANSLATED:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def resolved(host: str, port: int, seconds: float) -> list[str]:
    """All addresses of a host, each once. Raises `AddressRefused` when the name is unknown or nobody says in time."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    answers: SimpleQueue[list[str] | OSError] = SimpleQueue()
    # The resolver takes no time limit, so it is left behind when its time is over.
    Thread(target=_ask, args=(host, port, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except Empty:
        raise OutboundError("The name of the host was not resolved in time.") from None
    if isinstance(answer, OSError):
        raise OutboundError("The name of the host is not known.") from None
    return answer


def _ask(host: str, port: int, answers: SimpleQueue[list[str] | OSError]) -> None:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        answers.put(error if isinstance(error, OSError) else OSError(str(error)))
        return
    answers.put(list(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows)))
