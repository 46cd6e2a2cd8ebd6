"""Who may come in, and how: by which name of the service, by HTTPS, through which proxies, and from which pages."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPMovedPermanently, HTTPPermanentRedirect
from pyramid.tweens import EXCVIEW
from waitress.proxy_headers import proxy_headers_middleware

from flash.domain.errors import BadInput, NotAllowed
from flash.settings import Settings, flag

DOORS = "doors"
"""Where the registry keeps them."""

OPEN = ("/health/", "/callbacks/")
"""What is answered however one comes."""
ANY = "*"
HOST = re.compile(r"(\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(:\d+)?")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
BELIEVED = frozenset({"x-forwarded-for", "x-forwarded-proto"})
OF_PROXIES = ("HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT")
"""Which request this is, a proxy in front may say, and nobody else: they could join those of others in the logs."""


class UnknownHost(BadInput):
    """The request was meant for a name that is not ours."""

    code = "unknown_host"
    text = "This address is not one of Flash's."


class ForeignOrigin(NotAllowed):
    """A page of somebody else's wants something done."""

    code = "foreign_origin"
    text = "This page may not do that."


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the settings say of them.

    Attributes:
        hosts: names that the service is called by; those with a leading dot stand for all below, `*` for any.
        https_only: whether whoever comes by HTTP is sent to HTTPS.
        origins: of pages from which something may be done, besides those of the service itself.
    """

    hosts: frozenset[str]
    https_only: bool
    origins: frozenset[str]

    def knows(self, host: str) -> bool:
        """Whether the service is called so; *host* may have a port."""
        name = _without_port(host)
        if ANY in self.hosts or name in self.hosts or (name in LOOPBACK and self.hosts & LOOPBACK):
            return True
        return any(name == known[1:] or name.endswith(known) for known in self.hosts if known.startswith("."))

    def admits(self, origin: str, own: str) -> bool:
        """Whether a page of this origin may have something done, where *own* is how the service was called."""
        return origin == own or origin in self.origins or _family(origin) in self.origins


def from_settings(settings: Settings, more_origins: Collection[str]) -> Doors:
    """Read them.

    Raises:
        BadSettings: one of the settings cannot be used.
    """
    with settings.reading() as read:
        public_url = read("flash.public_url", str, " ").strip()
        hosts = read("flash.allowed_hosts", _hosts, " ") or _hosts(_host_of(public_url) or ANY)
        https_only = read("flash.https_redirect", flag, "false")
        origins = read("flash.trusted_origins", _origins, " ")
        if https_only and not read("flash.trusted_proxy", str, " ").strip():
            read.problem("flash.https_redirect", "needs flash.trusted_proxy, for only through a proxy comes HTTPS")
    own = {_origin_of(public_url)} if public_url else set()
    return Doors(hosts=hosts, https_only=https_only, origins=origins | own | frozenset(more_origins))


def includeme(config: Configurator) -> None:
    """Put the doors under Pyramid's exception views, so that they answer whom these refuse."""
    config.add_tween("flash.web.doors.guard", under=EXCVIEW)


def guard(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """Make the tween that stands at the doors.

    Those who ask for our health call us by any name, and by HTTP. So may operators: a callback is only a hint, and one
    that is turned away is a hint lost.
    """
    doors: Doors = registry[DOORS]

    def tween(request: Any) -> Any:
        if request.environ["PATH_INFO"].startswith(OPEN):
            return handler(request)
        if not doors.knows(request.host):
            raise UnknownHost
        if doors.https_only and request.scheme != "https":
            return _by_https(request)
        origin = request.headers.get("Origin", "").lower()
        if request.method not in READING and origin and not doors.admits(origin, request.host_url.lower()):
            raise ForeignOrigin
        return handler(request)

    return tween


def behind_proxies(app: Any, proxies: frozenset[str]) -> Any:
    """Wrap the application so that these proxies are believed what they say of the client, and nobody else is.

    Args:
        app: the WSGI application.
        proxies: addresses and networks of the proxies in front; `*` where only they can reach us.
    """
    believing = proxy_headers_middleware(app, trusted_proxy=ANY, trusted_proxy_headers=set(BELIEVED))
    doubting = proxy_headers_middleware(app, trusted_proxy=None, trusted_proxy_headers=set(BELIEVED))
    networks = [ip_network(proxy) for proxy in proxies if proxy != ANY]

    def choose(environ: dict[str, Any], start_response: Any) -> Any:
        trusted = ANY in proxies or _within(environ.get("REMOTE_ADDR", ""), networks)
        if not trusted:
            for name in OF_PROXIES:
                environ.pop(name, None)
        return (believing if trusted else doubting)(environ, start_response)

    return choose


def proxies(text: str) -> frozenset[str]:
    """Read addresses and networks of proxies, like 10.0.0.1 172.16.0.0/12, or * for whoever connects."""
    found = frozenset(text.replace(",", " ").split())
    return frozenset(proxy if proxy == ANY else str(ip_network(proxy)) for proxy in found)


def _within(address: str, networks: Collection[Any]) -> bool:
    try:
        there = ip_address(address)
    except ValueError:
        return False  # No address: a server on a socket of the machine.
    there = getattr(there, "ipv4_mapped", None) or there
    return any(there in network for network in networks)


def _by_https(request: Any) -> Any:
    """Return the way to the same thing by HTTPS, to be gone by the same method."""
    known = HTTPMovedPermanently if request.method in READING else HTTPPermanentRedirect
    where = f"https://{_without_port(request.host)}{request.path_qs}"
    return known(where, content_type="text/plain")


def _hosts(text: str) -> frozenset[str]:
    """Read the names that the service is called by, like api.example.com .example.com, or * for any."""
    found = frozenset(text.replace(",", " ").lower().split())
    if not all(name == ANY or HOST.fullmatch(name) for name in found):
        raise ValueError("no name of a host")
    return frozenset(map(_without_port, found))


def _origins(text: str) -> frozenset[str]:
    """Read origins, like https://shop.example https://*.example.com."""
    found = frozenset(text.replace(",", " ").lower().split())
    if not all(urlsplit(origin).hostname and _origin_of(origin) == origin for origin in found):
        raise ValueError("no origin")
    return found


def _origin_of(url: str) -> str:
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc}"


def _family(origin: str) -> str:
    """Return what stands for all origins beside this one, like `https://*.example.com`."""
    scheme, _, host = origin.partition("://")
    return f"{scheme}://*.{host.partition('.')[2]}"


def _host_of(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _without_port(host: str) -> str:
    """Return a host's name as it is compared, whether or not a port stands behind it."""
    name, colon, port = host.rpartition(":")
    named = name if colon and (port.isdigit() or not port) else host
    return named.lower().removesuffix(".")
