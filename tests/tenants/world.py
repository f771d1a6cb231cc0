"""A small world for the base's tests: two vendors on two hosts, and whoever a test needs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client

from tenants import scope
from tenants.capabilities import Role
from tenants.models import Host, Membership, Person, User, Vendor
from tenants.writing import acting, record_event

AURORA, BOREALIS = "aurora.localhost", "borealis.localhost"
PASSWORD = "correct horse battery staple"


def make_vendor(code: str, **fields: Any) -> Vendor:
    fields.setdefault("name", code.capitalize())
    vendor = Vendor.objects.create(code=code, **fields)
    Host.objects.create(name=f"{code}.localhost", vendor=vendor)
    return vendor


def make_user(email: str, password: str | None = PASSWORD) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_member(
    vendor: Vendor,
    role: str = Role.CHANNEL_ADMIN,
    *,
    email: str = "ada@example.com",
    name: str = "Ada",
    partner_id: int | None = None,
    since: dt.date = dt.date(2020, 1, 1),
    until: dt.date | None = None,
) -> Membership:
    """A login with a person and a membership of the vendor."""
    user = make_user(email)
    with scope.entered_vendor(vendor.pk), acting():
        person = Person.objects.filter(user=user).first()
        if person is None:
            person = Person.objects.create(name=name, email=email, user=user)
            record_event("person.added", person)
        membership = Membership.objects.create(
            person=person, role=role, partner_id=partner_id, since=since, until=until
        )
        record_event("membership.began", membership)
    return membership


def make_partner(vendor: Vendor, name: str = "Northwind") -> Any:
    from partners.models import Partner

    with scope.entered_vendor(vendor.pk), acting():
        partner = Partner.objects.create(name=name, joined_on=dt.date(2020, 1, 1))
        record_event("partner.added", partner)
    return partner


def signed_in(membership: Membership, host: str = AURORA) -> Client:
    """A browser on ``host`` whose session belongs to the membership's login."""
    client = Client(HTTP_HOST=host)
    client.force_login(User.objects.get(pk=membership.person.user_id))
    return client
