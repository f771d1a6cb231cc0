"""Two vendors on two hosts, and logins with a verified address, for the base's tests."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client

from tenants.capabilities import Role
from tenants.models import Membership, Person, User, Vendor
from tests.factories import (
    PASSWORD,
    HostFactory,
    MembershipFactory,
    PersonFactory,
    VendorFactory,
    prepared,
    sign_in,
)

AURORA, BOREALIS = "aurora.localhost", "borealis.localhost"
EMAIL = "ada@example.com"


def make_vendor(code: str, **fields: Any) -> Vendor:
    """A vendor on the host ``<code>.localhost``."""
    vendor = VendorFactory(code=code, **fields)
    HostFactory(vendor=vendor)
    return vendor


def make_user(email: str, password: str | None = PASSWORD) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_member(
    vendor: Vendor, role: str = Role.CHANNEL_ADMIN, *, email: str = "ada@example.com", **fields: Any
) -> Membership:
    """A login with a person of the vendor and a membership; ``partner=`` for partner roles."""
    user = make_user(email)
    name = fields.pop("name", "Ada Admin")
    with prepared(vendor):
        person = Person.objects.filter(user=user).first()
    if person is None:
        person = PersonFactory(vendor=vendor, user=user, email=email, name=name)
    return MembershipFactory(vendor=vendor, person=person, role=role, **fields)


def signed_in(membership: Membership) -> Client:
    return sign_in(Client(), membership)


def browser(host: str = AURORA) -> Client:
    return Client(HTTP_HOST=host)


def log_in(client: Client, password: str = PASSWORD, email: str = EMAIL) -> Any:
    return client.post("/account/login/", {"login": email, "password": password})


def membership_in(client: Client) -> Membership | None:
    return client.get("/security/").wsgi_request.membership  # type: ignore[attr-defined]


def is_anonymous(client: Client) -> bool:
    answer = client.get("/security/")
    return answer.status_code == 302 and answer["Location"].startswith("/account/login/")
