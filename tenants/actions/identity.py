"""Who may sign in to what: invitations and memberships. Logins themselves belong to their owner.

No action here changes a login's e-mail, password or second factor: a vendor ends memberships.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import scope as scopes
from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES, Role
from tenants.directory import absolute_url, vendor_by_id
from tenants.labels import partner_is_known
from tenants.messages import send_message
from tenants.models import Invitation, Membership, Person, User, Vendor
from tenants.writing import Reason, Refused, action, record_event

INVITATION_DAYS = 7
INVITED_ROLES = (STAFF_ROLES | PARTNER_ROLES) - {Role.OPERATOR}


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@action("invitations.send")
def invite(
    *, email: str, role: str, at: dt.datetime, name: str = "", partner_id: int | None = None
) -> Invitation:
    """Offer a role by e-mail, for seven days from ``at``; the answer tells nothing about logins.

    Its ``link`` is the address that was mailed, for the caller's eyes: it is stored nowhere.
    Partner people invite into their own partner only. An open invitation of the same address to
    the same place is replaced. Raises ``Refused`` (role_unknown, partner_needed, partner_unknown,
    not_your_partner) with the field in the reason's pointer.
    """
    _check_place(role, partner_id)
    scope = scopes.current()
    email = email.strip().lower()
    for older in open_invitations(at).filter(email=email, partner_id=partner_id):
        _withdraw(older, at)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        name=name.strip(),
        role=role,
        partner_id=partner_id,
        token_digest=token_digest(token),
        invited_by_id=scope.person_id,
        created_at=at,
        expires_at=at + dt.timedelta(days=INVITATION_DAYS),
    )
    invitation.link = absolute_url(invitation.vendor_id, reverse("invitation", args=[token]))
    _mail(invitation)
    record_event(
        "invitation.sent",
        invitation,
        data={"role": role, "until": invitation.expires_at},
        private={"email": email, "name": invitation.name},
    )
    return invitation


def open_invitations(at: dt.datetime) -> QuerySet[Invitation]:
    """Invitations of the scope that can still be accepted at the instant ``at``."""
    return Invitation.objects.filter(
        accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=at
    )


def _check_place(role: str, partner_id: int | None) -> None:
    scope = scopes.current()
    if not scope.all_partners and (partner_id is None or not scope.sees_partner(partner_id)):
        raise Refused("not_your_partner", _("You can invite people into your own company only."))
    if role not in INVITED_ROLES or (role in STAFF_ROLES and not scope.all_partners):
        raise _refused("role_unknown", _("Choose one of the roles offered."), "role")
    if (role in PARTNER_ROLES) != (partner_id is not None):
        words = (
            _("Choose the partner that this role belongs to.")
            if role in PARTNER_ROLES
            else _("A role of the vendor's staff belongs to no partner.")
        )
        raise _refused("partner_needed", words, "partner_id")
    if partner_id is not None and not partner_is_known(partner_id):
        raise _refused("partner_unknown", _("There is no such partner."), "partner_id")


def _refused(code: str, words: str, pointer: str) -> Refused:
    return Refused(code, reasons=[Reason(code, words, pointer=pointer)])


def _mail(invitation: Invitation) -> None:
    vendor = vendor_by_id(invitation.vendor_id)
    sender = Person.objects.filter(pk=invitation.invited_by_id).first()
    send_message(
        "invitation",
        invitation.email,
        {
            "vendor_name": vendor.name,
            "role_words": str(Role(invitation.role).label),
            "invited_by": sender.name if sender else "",
            "days": INVITATION_DAYS,
            "url": invitation.link,
        },
        None,
        invitation.partner_id,
    )


@action("invitations.send")
def withdraw_invitation(invitation: Invitation, *, at: dt.datetime) -> None:
    """End the offer; its link says so from then on. ``Refused`` (invitation_closed) if it ended."""
    held = open_invitations(at).select_for_update().filter(pk=invitation.pk).first()
    if held is None:
        raise Refused("invitation_closed", _("This invitation is not open any more."))
    _withdraw(held, at)


def _withdraw(invitation: Invitation, at: dt.datetime) -> None:
    invitation.withdrawn_at = at
    invitation.save(update_fields=["withdrawn_at"])
    record_event("invitation.withdrawn", invitation)


@dataclass(frozen=True)
class NewLogin:
    """What somebody without a login types: the name shown to others and the password."""

    name: str
    password: str


@action(None)
def accept_invitation(
    vendor: Vendor,
    token: str,
    *,
    at: dt.datetime,
    user: User | None = None,
    new_login: NewLogin | None = None,
) -> Membership:
    """Begin the membership offered, today in the vendor's zone; whoever holds the token may.

    ``user`` is the signed-in login, else ``new_login`` makes one: the token went to the address,
    so it is verified. A login that is known to the vendor keeps its person. Raises ``Refused``:
    invitation_closed, login_exists (sign in first), password_weak.
    """
    with scopes.widen("invitation", vendor_id=vendor.pk):
        held = open_invitations(at).select_for_update().filter(token_digest=token_digest(token))
        invitation = held.first()
        if invitation is None:
            raise Refused("invitation_closed", _("This invitation no longer works."))
        if user is None:
            user = _new_user(invitation, new_login)
        person = _person_of(user, invitation, new_login.name if new_login else "")
        with scopes.enter(_as_newcomer(person, vendor)):
            invitation.accepted_at = at
            invitation.save(update_fields=["accepted_at"])
            record_event("invitation.accepted", invitation, data={"person": person.ref})
            return _begin_membership(person, invitation, vendor.day_of(at))


def _as_newcomer(person: Person, vendor: Vendor) -> scopes.Scope:
    return scopes.Scope(
        vendor_id=vendor.pk,
        partners="*",
        person_id=person.pk,
        person_ref=person.ref,
        origin="portal",
    )


def has_login(email: str) -> bool:
    """Whether somebody proved this address. Only for whoever holds a token sent to it."""
    proved = EmailAddress.objects.filter(email__iexact=email, verified=True)
    return User.objects.filter(email__iexact=email).exists() or proved.exists()


def _new_user(invitation: Invitation, new_login: NewLogin | None) -> User:
    if has_login(invitation.email):
        raise Refused("login_exists", _("You have a login already: sign in to accept."))
    if new_login is None:
        raise _refused("password_weak", _("Choose a password."), "password")
    try:
        validate_password(new_login.password, User(email=invitation.email))
    except ValidationError as wrong:
        raise _refused("password_weak", " ".join(wrong.messages), "password") from wrong
    user = User.objects.create_user(invitation.email, new_login.password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _person_of(user: User, invitation: Invitation, name: str) -> Person:
    """The login's person with this vendor: its own, the technician invited, or a new one."""
    own = Person.objects.filter(user=user).first()
    if own is not None:
        return own
    known = _technician(invitation)
    if known is not None:
        known.user = user
        known.save(update_fields=["user"])
        record_event("person.login_linked", known, partner_id=invitation.partner_id)
        return known
    person = Person.objects.create(
        user=user,
        name=name.strip() or invitation.name or invitation.email.partition("@")[0],
        email=invitation.email,
    )
    record_event(
        "person.added",
        person,
        partner_id=invitation.partner_id,
        private={"name": person.name, "email": person.email},
        private_person_id=person.pk,
    )
    return person


def _technician(invitation: Invitation) -> Person | None:
    """The one person without a login whom the partner knows under the address invited.

    Only for partner roles: a partner writes the addresses of its own people, and must not decide
    who a new member of the vendor's staff is.
    """
    if invitation.partner_id is None:
        return None
    own = scopes.Scope(vendor_id=invitation.vendor_id, partners=frozenset({invitation.partner_id}))
    with scopes.enter(own):
        found = list(
            Person.objects.filter(user__isnull=True, email__iexact=invitation.email).values_list(
                "pk", flat=True
            )[:2]
        )
    return Person.objects.get(pk=found[0]) if len(found) == 1 else None


def _begin_membership(person: Person, invitation: Invitation, on: dt.date) -> Membership:
    held = Membership.objects.current(on).filter(
        person=person, role=invitation.role, partner_id=invitation.partner_id
    )
    if (already := held.first()) is not None:
        return already
    membership = Membership.objects.create(
        person=person, role=invitation.role, partner_id=invitation.partner_id, since=on
    )
    record_event(
        "membership.began", membership, data={"person": person.ref, "role": membership.role}
    )
    return membership


@action("memberships.end")
def end_membership(membership: Membership, *, on: dt.date) -> None:
    """End it on the day ``on`` (vendor's zone): from that day's first request it opens nothing.

    Raises ``Refused``: membership_over; last_admin for the vendor's last channel admin.
    """
    held = Membership.objects.current(on).select_for_update()
    ending = held.filter(pk=membership.pk).first()
    if ending is None:
        raise Refused("membership_over", _("This membership has ended already."))
    if ending.role == Role.CHANNEL_ADMIN:
        admins = held.filter(role=Role.CHANNEL_ADMIN).values_list("pk", flat=True)
        if len(admins) < 2:
            raise Refused(
                "last_admin",
                reasons=[
                    Reason(
                        "last_admin",
                        _("This is the last channel admin."),
                        _("Invite another one first."),
                    )
                ],
            )
    ending.until = on
    ending.save(update_fields=["until"])
    record_event(
        "membership.ended",
        ending,
        data={"person": ending.person.ref, "role": ending.role, "until": on},
    )
