"""Vendors themselves: made by a command of the operator, changed by their own admin."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tenants import directory
from tenants import scope as scopes
from tenants.models import Host, Vendor
from tenants.writing import Reason, Refused, action, changes, record_event

_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    r"(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_CURRENCY = re.compile(r"[A-Z]{3}")
CHANGEABLE = (
    "name",
    "accent",
    "currency",
    "time_zone",
    "reply_to",
    "second_factor",
    "second_factor_from",
)


@action(None)
def create_vendor(
    *,
    code: str,
    name: str,
    host: str,
    currency: str,
    time_zone: str,
) -> Vendor:
    """Make a vendor with its host. Commands only.

    Raises ``Refused`` (vendor_invalid) with one reason per wrong field; nothing is written then.
    """
    if (held := scopes.current_or_none()) is not None and held.origin not in {"command", "task"}:
        raise Refused("not_allowed", _("Vendors are made by a command, not from a page."))
    vendor = Vendor(code=code, name=name, currency=currency, time_zone=time_zone)
    _check(vendor)
    host = host.strip().lower()
    if not _HOST.fullmatch(host):
        raise _invalid({"host": [_("Write a host name such as partners.example.com.")]})
    if Host.objects.filter(name=host).exists():
        raise _invalid({"host": [_("This host shows another vendor already.")]})
    vendor.save()
    Host.objects.create(name=host, vendor=vendor)
    with scopes.entered_vendor(vendor.pk, origin="command"):
        record_event("vendor.created", vendor, data={"code": code, "host": host})
    transaction.on_commit(directory.forget)
    return vendor


@action("vendor.write")
def change_vendor(**fields: Any) -> Vendor:
    """Change the entered vendor's name, accent, currency, time zone, reply address, or who needs a
    second step at sign-in and from which day (the vendor's; at once where empty).

    Raises ``Refused`` (vendor_invalid) with one reason per wrong field.
    """
    vendor = Vendor.objects.select_for_update().get(pk=scopes.current().vendor_id)
    before = {field: getattr(vendor, field) for field in CHANGEABLE}
    for field in CHANGEABLE:
        setattr(vendor, field, fields.get(field, before[field]))
    _check(vendor)
    after = {field: getattr(vendor, field) for field in CHANGEABLE}
    if changed := changes(before, after):
        vendor.save(update_fields=list(changed))
        record_event("vendor.changed", vendor, data={"changes": changed})
        transaction.on_commit(directory.forget)
    return vendor


def _check(vendor: Vendor) -> None:
    wrong: dict[str, list[str]] = {}
    try:
        vendor.full_clean()
    except ValidationError as invalid:
        wrong.update(invalid.message_dict)
    if not _CURRENCY.fullmatch(vendor.currency):
        wrong.setdefault("currency", []).append(_("Write a currency code such as EUR."))
    if wrong:
        raise _invalid(wrong)


def _invalid(wrong: dict[str, list[str]]) -> Refused:
    reasons = [
        Reason("vendor_invalid", " ".join(words), pointer=field) for field, words in wrong.items()
    ]
    return Refused("vendor_invalid", reasons=reasons)
