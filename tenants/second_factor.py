"""The second step at sign-in: whose the vendor asks for, and what counts as one on its host."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import encryption
from tenants.capabilities import STAFF_ROLES
from tenants.models import SecondFactor, Vendor
from web import clock

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_asked_of(vendor: Vendor, role: str) -> bool:
    """Whether the vendor wants a second step of people in this role, now or from a coming day."""
    if vendor.second_factor == SecondFactor.STAFF:
        return role in STAFF_ROLES
    return vendor.second_factor == SecondFactor.EVERYBODY


def is_due(vendor: Vendor, on: dt.date) -> bool:
    """Whether the day of grace has come (the vendor's day ``on``)."""
    return vendor.second_factor_from is None or on >= vendor.second_factor_from


def has_one(user: Any) -> bool:
    """Whether the login has a second step that works on this host. One or two queries."""
    return bool(get_adapter().is_mfa_enabled(user, FACTORS))


def is_missing(request: Any, role: str) -> bool:
    """Whether the signed-in person must set one up before anything else."""
    vendor = request.vendor
    if not is_asked_of(vendor, role) or not is_due(vendor, vendor.day_of(clock.now())):
        return False
    return not has_one(request.user)


def was_proved(methods: Any) -> bool:
    """Whether a login proved itself by a second step, too (``methods``: allauth's own record)."""
    return any(method.get("method") == "mfa" for method in methods)


def passkeys_of(user: Any, host: str) -> list[Authenticator]:
    """The login's passkeys that a browser would offer on the host name: they belong to one."""
    wanted = hashlib.sha256(host.encode()).digest()
    rows = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN)
    return [row for row in rows if row.wrap().authenticator_data.rp_id_hash == wanted]


class MFAAdapter(DefaultMFAAdapter):
    """allauth's seam: passkeys count on their own host only, secrets are encrypted at rest."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "unverified_email": gettext_lazy(
            "Confirm your e-mail address first, then turn on a second step."
        ),
        "add_email_blocked": gettext_lazy(
            "Turn off the second step first: it protects the addresses of your account."
        ),
        "cannot_delete_authenticator": gettext_lazy("The second step cannot be turned off."),
        "cannot_generate_recovery_codes": gettext_lazy(
            "Recovery codes come with a second step: turn one on first."
        ),
    }

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        if user.is_anonymous:
            return False
        kinds = set(types if types is not None else Authenticator.Type.values)
        others = kinds - {Authenticator.Type.WEBAUTHN}
        if others and Authenticator.objects.filter(user_id=user.pk, type__in=others).exists():
            return True
        return Authenticator.Type.WEBAUTHN in kinds and bool(passkeys_of(user, _host()))

    def get_totp_issuer(self) -> str:
        return _vendor_name() or super().get_totp_issuer()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": _host(), "name": _vendor_name() or _host()}

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        held = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(n)s") % {"n": held + 1} if held else _("Passkey")

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text.encode())

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text).decode()


def _host() -> str:
    return str(context.request.get_host()).partition(":")[0].lower()


def _vendor_name() -> str:
    vendor = getattr(context.request, "vendor", None)
    return str(vendor.name) if vendor else ""
