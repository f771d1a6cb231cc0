"""Domains and company numbers, as people write them and as they are kept."""

from __future__ import annotations

import pytest

from deals.rules.keys import company_number, domain, shown
from tenants.writing import Refused


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://www.Cedar.example:8080/x?y=1#z", "cedar.example"),
        ("jo@mail.cedar.co.uk", "cedar.co.uk"),
        ("Jo <jo@cedar.example>", "cedar.example"),
        ("mailto:jo@cedar.example", "cedar.example"),
        ("CEDAR.example.", "cedar.example"),
        ("münch.example", "xn--mnch-0ra.example"),
        ("www.xn--mnch-0ra.example", "xn--mnch-0ra.example"),
        ("straße.de", "xn--strae-oqa.de"),
        ("shop.公司.中国", "xn--55qx5d.xn--fiqs8s"),
        ("acme.github.io", "acme.github.io"),
    ],
)
def test_a_domain_is_kept_one_way(text: str, kept: str) -> None:
    assert domain(text) == domain(kept) == kept


def test_a_domain_is_shown_as_people_write_it() -> None:
    assert shown(domain("jo@MÜNCH.example")) == "münch.example"


def refusal(text: str) -> str:
    with pytest.raises(Refused) as refused:
        domain(text)
    (reason,) = refused.value.reasons
    assert reason.fix and reason.pointer == "domains"
    return refused.value.code


@pytest.mark.parametrize("text", ["gmail.com", "jo@GoogleMail.com", "x.onmicrosoft.com", "qq.com"])
def test_a_mail_providers_domain_tells_no_company(text: str) -> None:
    assert refusal(text) == "public_domain"


@pytest.mark.parametrize(
    "text",
    ["", "cedar", "co.uk", "localhost", "srv.cedar.local", "10.0.0.1", "http://[::1]/", "http://[",
     "a..example", "-a.example", "a_b.example", "x" * 300 + ".example", "\x00", "cedar .example"],
)  # fmt: skip
def test_what_is_no_domain_is_refused(text: str) -> None:
    assert refusal(text) == "not_a_domain"


@pytest.mark.parametrize(
    ("text", "country", "kept"),
    [
        ("HRB 123 456", "de", "DEHRB123456"),
        ("DE 123", "DE", "DE123"),
        ("nl-1234.567.B01", "", "NL1234567B01"),
    ],
)
def test_a_company_number_is_led_by_its_country(text: str, country: str, kept: str) -> None:
    assert company_number(text, country) == kept


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("12345", "", "number_country"),
        ("12345", "Germany", "number_country"),
        ("12", "DE", "number_length"),
        ("none", "DE", "number_length"),
        ("9" * 90, "DE", "number_length"),
    ],
)
def test_a_number_of_no_register_is_refused(text: str, country: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        company_number(text, country)
    assert refused.value.code == code
