"""Brings events over HTTPS, and never to an address that is not public, whatever names and answers say."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPException, HTTPSConnection
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from flash.adapters.http import USER_AGENT, word_for
from flash.domain.webhook import Sent
from flash.settings import Settings

RESOLVE_S, CONNECT_S, TOTAL_S = 3.0, 3.0, 10.0
"""Seconds to find an address, to connect to it, and for all of a call."""

NOT_PUBLIC = "the address is not public"
OPEN_IPV6 = ipaddress.ip_network("2000::/3")
"""All that is given out of IPv6 (IANA); what wraps an IPv4 address outside of it leads nowhere."""
CLOSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
"""Given out for other ends: protocols, relays, tunnels, documentation (IANA), and the host of machines at Azure."""

Resolve = Callable[[str, int], Sequence[str]]
IPV6 = 6


class HttpsCourier:
    """Calls once, at an address that was looked at, under the name that the certificate must show.

    Args:
        allowed: host and port of endpoints that may be anywhere, for tests and demos.
        ca_file: whose certificates are trusted besides those of the system.
        resolve: how a name becomes addresses.
        total_s: seconds for all of a call.
    """

    def __init__(
        self,
        *,
        allowed: frozenset[tuple[str, int]] = frozenset(),
        ca_file: str | None = None,
        resolve: Resolve | None = None,
        total_s: float = TOTAL_S,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve or addresses_of
        self._total_s = total_s
        self._tls = ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        if ca_file:
            self._tls.load_verify_locations(ca_file)

    def bring(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """See `ports.webhooks.Courier`."""
        began = time.monotonic()
        try:
            status, word = self._call(url, headers, body, began + self._total_s), ""
        except _Refused as refused:
            status, word = None, refused.word
        return Sent(status, word, timedelta(seconds=time.monotonic() - began))

    def _call(self, url: str, headers: Mapping[str, str], body: bytes, until: float) -> int:
        """Return the status of the answer. What else it says does not matter, and is not waited for."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise _Refused("no address that may be called")
        host, port = parts.hostname, parts.port or 443
        connection = _Pinned(host, port, self._looked_at(host, port), self._tls)
        # Time-outs of sockets begin anew with each byte, so one that answers drop by drop is cut off from outside.
        watch = threading.Timer(max(until - time.monotonic(), 0), connection.cut)
        watch.daemon = True
        watch.start()
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, {**headers, "User-Agent": USER_AGENT, "Connection": "close"})
            return connection.getresponse().status
        except (HTTPException, OSError) as error:
            raise _Refused("timed out" if time.monotonic() >= until else word_for(error)) from error
        finally:
            watch.cancel()
            connection.close()

    def _looked_at(self, host: str, port: int) -> str:
        """Return the address that is called. All that the name leads to must be public, or none of them is called."""
        answers: SimpleQueue[Sequence[str]] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError):
                answers.put(())

        # A thread that waits for a name server cannot be stopped; it is left behind, and in nobody's way.
        threading.Thread(target=ask, name="resolve", daemon=True).start()
        try:
            found = answers.get(timeout=RESOLVE_S)
        except Empty as error:
            raise _Refused("timed out") from error
        if not found:
            raise _Refused("host not found")
        if (host, port) not in self._allowed and not all(is_public(address) for address in found):
            raise _Refused(NOT_PUBLIC)
        return found[0]


class _Pinned(HTTPSConnection):
    """A connection to the address that was looked at; name and certificate are those of the host."""

    def __init__(self, host: str, port: int, address: str, tls: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=CONNECT_S, context=tls)
        self._address = address
        self._tls = tls

    def connect(self) -> None:
        """Connect, so that `cut` can end it at any moment."""
        self.sock = socket.create_connection((self._address, self.port), timeout=CONNECT_S)
        self.sock.settimeout(TOTAL_S)
        # The handshake comes after, because wrapping leaves nothing behind that could be cut.
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def cut(self) -> None:
        """End the connection from another thread, whatever it is doing."""
        with suppress(OSError, AttributeError):  # Not the method of TLS, which forgets its state before it ends.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _Refused(Exception):
    """The call is not made, or not waited for."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(text: str) -> bool:
    """Whether an address is one of the open internet. What only wraps another address is not."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if address.version == IPV6 and address not in OPEN_IPV6:
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not any(address in net for net in CLOSED)


def from_settings(settings: Settings) -> HttpsCourier:
    """Build it from `webhooks.*`."""
    with settings.reading() as read:
        allowed = read("webhooks.allow", host_ports, " ")
        ca_file = read("webhooks.ca_file", str, " ").strip()
    return HttpsCourier(allowed=allowed, ca_file=ca_file or None)


def host_ports(text: str) -> frozenset[tuple[str, int]]:
    """Read hosts with their ports, like hooks.example:8443 localhost:9000, or nothing."""
    found = set()
    for word in text.split():
        host, _, port = word.rpartition(":")
        if not host:
            raise ValueError("no host")
        found.add((host, int(port)))
    return frozenset(found)
