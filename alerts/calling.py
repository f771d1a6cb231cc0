"""One POST to an address that somebody typed in, without being led anywhere else.

The name is resolved once, all its addresses must be public, and the socket is opened to one of
those very addresses: what DNS answers a moment later does not matter. Redirects are answers like
any other, proxies of the environment are not asked, and the whole call ends after ten seconds.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
ANSWER_KEPT = 300
"""Bytes of the answer that are read, and kept in the delivery log."""

_SIXES = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
# What clouds answer their own machines at; whatever else, none of them is a receiver. Azure's is
# a public address, the others are also private by their range.
_OF_CLOUDS = frozenset(
    map(
        ipaddress.ip_address,
        ("168.63.129.16", "169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254"),
    )
)


class Unreachable(Exception):
    """The address is none that may be called, or nobody answered there; the text says which."""


@dataclass(frozen=True)
class Answer:
    """What the receiver said: status, first characters of the body, and how long it took."""

    code: int
    text: str
    seconds: float

    @property
    def received(self) -> bool:
        return 200 <= self.code < 300


def objection(url: str) -> str:
    """Why this address cannot be a webhook's, in words; empty where it can.

    Judges what is written. A name may still lead to a private address: that is found out, and
    refused, with each call.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _("This is no address.")
    if not parts.hostname or parts.scheme not in ("http", "https"):
        return _("Write the whole address, beginning with https://.")
    if parts.username is not None or parts.password is not None:
        return _("An address carries no user name or password: the signature proves who calls.")
    if parts.fragment or port == 0 or any(c.isspace() or ord(c) < 32 for c in url):
        return _("This is no address.")
    literal = _literal(parts.hostname)
    if literal is not None and not _permitted(literal):
        return _("%(host)s is an address of a private network.") % {"host": parts.hostname}
    if parts.scheme == "http" and not _may_be_plain(parts.hostname):
        return _("Only https:// is called: a webhook travels through the open net.")
    return ""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it and give back the answer, whatever its status. Raises ``Unreachable``."""
    if words := objection(url):
        raise Unreachable(words)
    parts, begin = urlsplit(url), time.monotonic()
    connection = _Pinned(parts, _addresses(parts))
    try:
        connection.connect()
        with _ended_after(connection, begin):
            connection.request("POST", _path(parts), body, {**headers})
            response = connection.getresponse()
            text = response.read(ANSWER_KEPT).decode("utf-8", "replace").replace("\x00", "")
            seconds = time.monotonic() - begin
            if seconds >= TOTAL_SECONDS:  # a line that was cut reads like an answer that ended
                raise TimeoutError
            return Answer(response.status, text, seconds)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(_said(error, time.monotonic() - begin)) from error
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one of the addresses given, under the name that was asked for."""

    def __init__(self, parts: SplitResult, addresses: list[str]) -> None:
        assert parts.hostname
        self.secure, self.addresses = parts.scheme == "https", addresses
        self.default_port = 443 if self.secure else 80  # type: ignore[misc]
        super().__init__(parts.hostname, parts.port, timeout=CONNECT_SECONDS)

    def connect(self) -> None:
        failed: OSError | None = None
        for address in self.addresses:
            try:
                self.sock = socket.create_connection((address, self.port), CONNECT_SECONDS)
                break
            except OSError as error:
                failed = error
        else:
            raise failed or OSError(_("no address"))
        if self.secure:
            self.sock = _trust().wrap_socket(self.sock, server_hostname=self.host)


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextmanager
def _ended_after(connection: _Pinned, begin: float) -> Iterator[None]:
    """Cut the line when the time is over: an answer of one byte a second would reset a time-out."""
    rest = max(TOTAL_SECONDS - (time.monotonic() - begin), 0.1)
    connection.sock.settimeout(rest)
    watch = threading.Timer(rest, _cut, [connection.sock])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _cut(held: socket.socket) -> None:
    with suppress(OSError):  # it may have ended by itself
        held.shutdown(socket.SHUT_RDWR)


def _addresses(parts: SplitResult) -> list[str]:
    """Where the name leads; all of it must be public, or somebody means to lead us inside."""
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        words = _("The name %(host)s is not known.") % {"host": parts.hostname}
        raise Unreachable(words) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not _permitted(ipaddress.ip_address(address.partition("%")[0])):
            words = _("%(host)s leads to %(address)s, an address of a private network.")
            raise Unreachable(words % {"host": parts.hostname, "address": address})
    return addresses[:4]


def _permitted(address: Any) -> bool:
    """Public and meant for one host; loopback where the setting admits it."""
    address = _inner(address)
    if address.is_loopback:
        return bool(settings.WEBHOOKS_TO_LOOPBACK)
    inside = address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False)
    inside = inside or address in _OF_CLOUDS
    return bool(address.is_global and not inside)


def _inner(address: Any) -> Any:
    """An IPv4 address that travels inside an IPv6 one is judged as what it is."""
    if address.version == 4:
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if inner is None and any(address in net for net in _SIXES):
        inner = ipaddress.ip_address(int(address) & 0xFFFFFFFF)
    return inner or address


def _literal(host: str) -> Any:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _may_be_plain(host: str) -> bool:
    """Unencrypted only to this very machine, where the setting admits that."""
    literal = _literal(host)
    own = host == "localhost" or (literal is not None and literal.is_loopback)
    return own and bool(settings.WEBHOOKS_TO_LOOPBACK)


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _said(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError) or seconds >= TOTAL_SECONDS - 0.2:
        return _("No answer within %(seconds)d seconds.") % {"seconds": round(seconds) or 1}
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("The receiver's TLS certificate is not valid: %(why)s.") % {
            "why": error.verify_message
        }
    return f"{type(error).__name__}: {error}"[:ANSWER_KEPT]
