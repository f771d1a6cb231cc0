"""The one thing the demo writes that no app's action does: a login with a known password."""

from __future__ import annotations

import datetime as dt
import functools

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from partners.models import Partner
from tenants.models import Membership, Person, User
from tenants.writing import action, record_event


@action("invitations.send")
def open_login(
    person: Person, email: str, password: str, *, role: str, since: dt.date, partner: Partner | None
) -> Membership:
    """Give the person a login and a membership at once, without the invitation's mail.

    A login that another vendor's demo made before is used again: one person, two programs.
    """
    user = User.objects.filter(email=email).first() or User.objects.create(
        email=email, password=_hashed(password)
    )
    EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    if person.user_id is None:
        person.user = user
        person.email = email
        person.save(update_fields=["user", "email"])
    membership = Membership(
        person=person, role=role, partner_id=partner.pk if partner else None, since=since
    )
    membership.save()
    record_event(
        "membership.began",
        membership,
        partner_id=partner.pk if partner else None,
        data={"person": person.ref, "role": role},
    )
    return membership


@functools.cache
def _hashed(password: str) -> str:
    """Hashing is slow on purpose, and all of the demo's logins share one published password."""
    return make_password(password)


@action("invitations.send")
def add_staff(name: str, email: str) -> Person:
    """A person of the vendor's own staff."""
    person = Person(name=name, email=email)
    person.save()
    record_event("person.added", person, private={"name": name, "email": email})
    return person
