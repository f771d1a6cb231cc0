"""What the base tells the page frame: who you are, where else you may go, which day it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import second_factor
from tenants.capabilities import STAFF_ROLES, Role, capabilities_of
from tenants.switching import Reachable, own_partner_names, reachable_by
from web import clock
from web.context import register_navigation, register_shell


def register() -> None:
    register_shell(frame_facts)
    register_navigation(
        "",
        gettext_lazy("Administration"),
        "admin:index",
        "settings",
        order=10,
        roles=[Role.CHANNEL_ADMIN],
    )
    register_navigation(
        gettext_lazy("Program"),
        gettext_lazy("Audit log"),
        "audit",
        "history",
        order=190,
        roles=[role for role in STAFF_ROLES if "audit.read" in capabilities_of(role)],
        key="l",
    )


def frame_facts(request: HttpRequest) -> dict[str, Any]:
    """``person_name``, ``person_role``, ``person_is_staff``, ``programs_of_user``,
    ``search_url`` and ``clock_banner``."""
    facts: dict[str, Any] = {}
    user, vendor = getattr(request, "user", None), getattr(request, "vendor", None)
    if days := clock.offset_days():
        today = vendor.day_of(clock.now()) if vendor else clock.now().date()
        facts["clock_banner"] = _("The demo's clock stands at %(day)s (%(days)+d days).") % {
            "day": date_format(today, "j M Y"),
            "days": days,
        }
    if vendor is None or user is None or not user.is_authenticated:
        return facts
    membership = getattr(request, "membership", None)
    held = reachable_by(user.pk, clock.now())
    partners = own_partner_names(vendor.pk, held)
    facts["programs_of_user"] = programs(request, held, partners)
    if membership is not None:
        facts["search_url"] = reverse("search")
        if words := _second_step_words(vendor, membership.role, user):
            facts["second_step_banner"] = words
        facts["person_is_staff"] = membership.role in STAFF_ROLES
        partner = partners.get(membership.partner_id, "")
        facts["person_name"] = membership.person.name
        facts["person_role"] = " · ".join(filter(None, [membership.get_role_display(), partner]))
    return facts


def _second_step_words(vendor: Any, role: str, user: Any) -> str:
    """What reminds of a second step until the day from which it is needed."""
    day, today = vendor.second_factor_from, vendor.day_of(clock.now())
    if day is None or day <= today or not second_factor.is_asked_of(vendor, role):
        return ""
    if second_factor.has_one(user):
        return ""
    words = _("From %(day)s you need a second step to sign in to %(vendor)s.")
    return words % {"day": date_format(day, "j M Y"), "vendor": vendor.name}


def programs(request: Any, held: list[Reachable], partners: dict[int, str]) -> list[dict[str, Any]]:
    """One line per membership here, one per other vendor; empty where there is no choice."""
    here = request.vendor.pk
    active = request.membership.pk if getattr(request, "membership", None) else None
    lines: dict[Any, dict[str, Any]] = {}
    for one in held:
        same = one.vendor_id == here
        where = partners.get(one.partner_id or 0, "") or str(one.role.label)
        lines.setdefault(
            one.membership_id if same else ("vendor", one.vendor_id),
            {
                "name": f"{one.vendor_name} · {where}" if same else one.vendor_name,
                "url": reverse("switch", args=[one.ref]),
                "current": one.membership_id == active,
                "post": same,
            },
        )
    return list(lines.values()) if len(lines) > 1 or active is None else []
