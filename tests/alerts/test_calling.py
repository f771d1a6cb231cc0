"""Where a webhook may lead, and that nothing leads it elsewhere."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from alerts import calling
from alerts.calling import Unreachable, objection, post
from alerts.signing import is_secret, new_secret, signature
from tests.alerts.receiver import listening

PUBLIC = "93.184.215.14"


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True


def leads_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """DNS as it answers one time after another; returns the addresses that were dialled."""
    said, dialled = list(answers), []

    def resolve(host: str, port: int, **more: Any) -> list[Any]:
        found = said.pop(0) if len(said) > 1 else said[0]
        return [(2, 1, 6, "", (address, port)) for address in found]

    def dial(where: tuple[str, int], *more: Any) -> socket.socket:
        dialled.append(where[0])
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", dial)
    return dialled


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "fec0::1", "168.63.129.16", "::ffff:168.63.129.16", "fd00:ec2::254",
        "100.100.100.200",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_called(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    dialled = leads_to(monkeypatch, [address])
    with pytest.raises(Unreachable, match="private network"):
        post("https://hook.example.com/", b"{}", {})
    assert dialled == []


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    dialled = leads_to(monkeypatch, [PUBLIC, "10.0.0.8"])
    with pytest.raises(Unreachable, match=r"10\.0\.0\.8"):
        post("https://hook.example.com/", b"{}", {})
    assert dialled == []


def test_the_address_that_was_checked_is_the_one_that_is_dialled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialled = leads_to(monkeypatch, [PUBLIC], ["127.0.0.1"])
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        post("https://hook.example.com/", b"{}", {})
    assert dialled == [PUBLIC]


@pytest.mark.parametrize(
    "url",
    [
        "http://hook.example.com/", "ftp://hook.example.com/", "hook.example.com", "https://",
        "https://user:pass@hook.example.com/", "https://hook.example.com/#part",
        "https://hook.example.com:0/", "https://hook.example.com:99999/", "https://a b/",
        "https://127.0.0.1/", "https://[::1]/", "http://localhost/", "https://[::ffff:10.0.0.1]/",
        "https://h.example.com/\r\nX-Injected: 1",
    ],
)  # fmt: skip
def test_such_an_address_cannot_be_a_webhooks(url: str) -> None:
    assert objection(url) != ""
    with pytest.raises(Unreachable):
        post(url, b"{}", {})


def test_a_public_address_over_tls_can() -> None:
    assert objection("https://hook.example.com:8443/path?key=1") == ""


def test_the_answer_comes_back_with_its_first_bytes(loopback: None) -> None:
    def chatty(handler: Any) -> None:
        handler.send_response(500)
        handler.end_headers()
        handler.wfile.write(b"x\x00" + b"y" * 100_000)

    with listening(chatty) as receiver:
        answer = post(receiver.url + "?a=1", b"{}", {"webhook-id": "evt_1"})
    assert (answer.code, answer.received, len(answer.text)) == (500, False, 299)
    assert receiver.ids == ["evt_1"]


def test_a_redirect_is_not_followed(loopback: None) -> None:
    with listening() as other:

        def elsewhere(handler: Any) -> None:
            handler.send_response(307)
            handler.send_header("Location", other.url)
            handler.end_headers()

        with listening(elsewhere) as receiver:
            answer = post(receiver.url, b"{}", {})
    assert (answer.code, answer.received, other.got) == (307, False, [])


def test_an_answer_by_the_drop_ends_with_the_time(
    loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "TOTAL_SECONDS", 0.5)

    def dripping(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for _ in range(100):
            try:
                handler.wfile.write(b"X-Drop: 1\r\n")
            except OSError:
                return
            time.sleep(0.05)

    begin = time.monotonic()
    with listening(dripping) as receiver, pytest.raises(Unreachable, match="No answer within"):
        post(receiver.url, b"{}", {})
    assert time.monotonic() - begin < 2


def test_proxies_of_the_environment_are_not_asked(
    loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with listening() as receiver:
        assert post(receiver.url, b"{}", {}).code == 204


def test_the_published_example_of_standard_webhooks_gives_its_signature() -> None:
    found = signature(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_c2hvcnQ=", "c2VjcmV0", "whsec_!!!!"])
def test_a_secret_has_its_prefix_and_at_least_24_bytes(text: str) -> None:
    assert (is_secret(text), is_secret(new_secret())) == (False, True)
