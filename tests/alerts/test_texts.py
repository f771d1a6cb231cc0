"""The vendor's own words: literal placeholders, the reader's language, ours where none are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from alerts.actions import reset_mail_text, sweep_deliveries, write_mail_text
from alerts.models import MailText
from alerts.words import PLACEHOLDERS, filled, unknown_placeholders
from certifications.actions import sweep_certificate_alerts
from certifications.sweeping import KIND
from tenants import scope
from tenants.capabilities import Role
from tenants.writing import Refused
from tests import factories as make
from tests.alerts.test_settings import SUNDAY, choose, mails_to, vendor_of_two_engineers


def write(vendor: Any, subject: str, body: str, language: str = "en") -> MailText:
    with make.prepared(vendor):
        return write_mail_text(kind=KIND, language=language, subject=subject, body=body)


@pytest.mark.usefixtures("committed_db")
def test_a_mail_has_the_vendors_words_in_the_readers_language() -> None:
    vendor, reader = vendor_of_two_engineers()
    write(vendor, "EN {person}", "English {link}")
    write(
        vendor, "Zertifikat von {person}", "Hallo,\n\n{partner} <b> {day} {vendor} {{title}}", "de"
    )
    choose(reader, "now", "de")
    sweep_certificate_alerts(at=SUNDAY)
    sweep_deliveries(at=SUNDAY)
    german = sorted(mails_to("boss@example.com"), key=lambda message: message.subject)
    [english] = mails_to("ana@example.com")
    assert [message.subject for message in german] == ["Zertifikat von Ana", "Zertifikat von Priya"]
    assert english.subject == "EN Ana"
    assert "http://aurora.localhost:8000/certificates/crt_" in english.body
    html = german[0].alternatives[0][0]
    assert "Northwind &lt;b&gt; 1 Mar 2025 Aurora" in html


@pytest.mark.usefixtures("committed_db")
def test_without_words_in_the_language_ours_are_used() -> None:
    vendor, reader = vendor_of_two_engineers()
    write(vendor, "FR", "FR", "fr")
    choose(reader, "now", "de")
    sweep_certificate_alerts(at=SUNDAY)
    sweep_deliveries(at=SUNDAY)
    assert {m.subject for m in mails_to("boss@example.com")} == {
        "Ana: “Basics” expires in 55 days · Northwind",
        "Priya: “Basics” expires in 55 days · Northwind",
    }


@pytest.mark.django_db
def test_an_unknown_placeholder_is_refused_with_the_list() -> None:
    with pytest.raises(Refused) as refused:
        write(make.VendorFactory(), "{title}", "Hello {seats} and {alert.person.user.password}")
    [reason] = refused.value.reasons
    assert (reason.code, reason.pointer) == ("unknown_placeholder", "body")
    assert "{seats}, {alert.person.user.password}" in reason.detail
    assert all(f"{{{name}}}" in reason.detail for name in PLACEHOLDERS)


@pytest.mark.parametrize("text", ["{{ title }}", "{% load x %}", "{title!r}", "{0}", "{title.x}"])
def test_template_language_is_no_placeholder(text: str) -> None:
    values = dict.fromkeys(PLACEHOLDERS, "V")
    assert unknown_placeholders(text) != [] or filled(text, values) == text


@given(st.text(), st.text())
def test_a_value_is_never_looked_at_again(title: str, sentence: str) -> None:
    values = {"title": title, "sentence": sentence}
    assert filled("{title}|{sentence}", values) == f"{title}|{sentence}"


@pytest.mark.django_db
def test_the_admin_writes_previews_and_takes_back(client: Client) -> None:
    admin = make.MembershipFactory(role=Role.CHANNEL_ADMIN)
    make.sign_in(client, admin)
    asked = {"kind": KIND, "language": "de", "subject": "{nope}", "body": "{title}"}
    refused = client.post("/admin/alerts/mailtext/add/", asked)
    assert "{nope}" in refused.content.decode()
    client.post("/admin/alerts/mailtext/add/", {**asked, "subject": "Von {vendor}"})
    with scope.entered_vendor(admin.vendor_id):
        held = MailText.objects.get()
    address = f"/admin/alerts/mailtext/{held.ref}/"
    page = client.get(f"{address}change/").content.decode()
    assert f"Von {admin.vendor.name}" in page
    client.post(f"{address}change/", {"subject": "Neu {person}", "body": "{title}"})
    with scope.entered_vendor(admin.vendor_id):
        assert MailText.objects.get().subject == "Neu {person}"
    assert client.post(f"{address}do/reset/").headers["Location"] == "/admin/alerts/mailtext/"
    with scope.entered_vendor(admin.vendor_id):
        assert not MailText.objects.exists()


@pytest.mark.django_db
def test_taking_back_leaves_an_event() -> None:
    vendor = make.VendorFactory()
    text = write(vendor, "S", "B")
    with make.prepared(vendor):
        reset_mail_text(text)
        assert not MailText.objects.exists()
