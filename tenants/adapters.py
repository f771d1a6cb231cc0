"""allauth's seams: nobody signs up by themselves, and mail speaks in the vendor's name."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
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
