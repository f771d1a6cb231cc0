"""Clients that ask without pause over kept connections, as cheaply as Python can.

The clients share the two cores with the servers they measure, so they parse nothing but the
status and the length; what they cost, they cost both sides alike.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

CLIENTS = 8


@dataclass
class _Client:
    socket: socket.socket
    requests: Iterator[bytes]
    received: bytes = b""
    length: int = -1
    sent_at: float = 0.0

    def send(self) -> None:
        self.received, self.length, self.sent_at = b"", -1, time.perf_counter()
        self.socket.sendall(next(self.requests))

    def finished(self, chunk: bytes, status: bytes) -> bool:
        """Take in a chunk; whether the answer is whole. ``RuntimeError`` for another status."""
        self.received += chunk
        if self.length < 0:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = self.received[:end].lower()
            if not head.startswith(b"http/1.1 " + status):
                raise RuntimeError(f"Not {status!r}: {self.received[:2000]!r}")
            start = head.index(b"content-length:") + 15
            body = head[start:].split(b"\r\n", 1)[0]
            self.length = end + 4 + int(body)
        return len(self.received) >= self.length


def requests_per_second(
    port: int, requests: Callable[[int], Iterator[bytes]], *, seconds: float, status: bytes = b"200"
) -> float:
    """Answers per second of ``CLIENTS`` clients; ``requests(n)`` are those of the n-th one."""
    waited, took = answers(port, requests, seconds=seconds, status=status)
    return len(waited) / took


def answers(
    port: int,
    requests: Callable[[int], Iterator[bytes]],
    *,
    seconds: float,
    status: bytes = b"200",
    count: int = CLIENTS,
) -> tuple[list[float], float]:
    """How long each answer took that ``count`` clients got within so many seconds, and for how
    long they asked."""
    selector = selectors.DefaultSelector()
    clients = []
    for number in range(count):
        connected = socket.create_connection(("127.0.0.1", port), timeout=30)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = _Client(connected, requests(number))
        selector.register(connected, selectors.EVENT_READ, client)
        clients.append(client)
    for client in clients:
        client.send()
    waited: list[float] = []
    begun = time.perf_counter()
    while (now := time.perf_counter()) - begun < seconds:
        for key, _ in selector.select(timeout=30):
            client = key.data
            chunk = client.socket.recv(262_144)
            if not chunk:
                raise RuntimeError("The server closed the connection.")
            if client.finished(chunk, status):
                waited.append(time.perf_counter() - client.sent_at)
                client.send()
    for client in clients:
        client.socket.close()
    selector.close()
    return waited, now - begun


def http(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body
