"""allauth's seams: nobody signs up by themselves, and mail speaks in the vendor's name."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "incorrect_password": _("The password is not right."),
        "incorrect_code": _("The code is not right."),
        "enter_current_password": _("The current password is not right."),
        "too_many_login_attempts": _("Too many failed attempts. Try again in a few minutes."),
        "rate_limited": _("Too many tries. Wait a little, then try again."),
        "duplicate_email": _("This address is on your account already."),
        "email_taken": _("This address belongs to another account."),
        "cannot_remove_primary_email": _("The first address cannot be removed."),
        "unverified_primary_email": _("Confirm the first address before you change it."),
        "max_email_addresses": _("At most %d addresses."),
        "same_as_current": _("It is the same as before."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Logins come from invitations only."""
        return False

    def get_from_email(self) -> str:
        vendor = getattr(self.request, "vendor", None)
        base = super().get_from_email()
        address = base[base.find("<") + 1 : base.rfind(">")] if "<" in base else base
        return f"{vendor.name} <{address}>" if vendor else base

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        context.setdefault("vendor", getattr(self.request, "vendor", None))
        super().send_mail(template_prefix, email, context)


def client_address(request: HttpRequest) -> str:
    """The visitor's address for limits, behind ``MAINSTAY_TRUSTED_PROXIES`` proxies as well."""
    return str(get_adapter().get_client_ip(request))
