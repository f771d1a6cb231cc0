"""``manage.py vendor create|invite|list``: the operator's way to open a vendor."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify

from tenants import openings, scope
from tenants.actions.identity import INVITATION_DAYS, invite
from tenants.actions.vendors import create_vendor
from tenants.capabilities import Role
from tenants.directory import absolute_url
from tenants.models import Host, Vendor
from tenants.writing import Refused
from web import clock


class Command(BaseCommand):
    help = "Open a vendor (create), invite a channel admin (invite), list the vendors (list)."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="open a vendor and invite its first admin")
        create.add_argument(
            "code", help="short name, for ever, e.g. aurora; or a name to make one of"
        )
        create.add_argument("--name", default="", help="the name that people read")
        create.add_argument(
            "--host", default="", help="e.g. partners.aurora.example; in a trial CODE.localhost"
        )
        create.add_argument("--currency", default="USD", help="ISO code; USD if left out")
        create.add_argument("--time-zone", default="UTC", help="e.g. Europe/Berlin")
        create.add_argument(
            "--template", help=f"publish this program at once: {', '.join(openings.templates())}"
        )
        create.add_argument("--admin", default="", help="e-mail of the first channel admin")
        invited = verbs.add_parser("invite", help="invite one more channel admin")
        invited.add_argument("code")
        invited.add_argument("email")
        verbs.add_parser("list", help="codes, names and hosts")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except Refused as refused:
            words = (f"{r.pointer}: {r.detail}" if r.pointer else r.detail for r in refused.reasons)
            raise CommandError("; ".join(words)) from refused

    @transaction.atomic
    def _create(self, options: dict[str, Any]) -> None:
        """The vendor, its program and its first admin: all of it or nothing."""
        given, code = options["code"], slugify(options["code"])
        template, admin, at = options["template"], options["admin"], clock.now()
        known = openings.templates()
        if template and template not in known:
            raise CommandError(f"There is no template {template!r}; there are {', '.join(known)}.")
        vendor = create_vendor(
            code=code,
            name=options["name"] or (given.title() if given == code else given),
            host=options["host"] or _trial_host(code),
            currency=options["currency"],
            time_zone=options["time_zone"],
        )
        with scope.entered_vendor(vendor.pk, origin="command"):
            said = [f"{vendor.name} is open: {absolute_url(vendor.pk, '/')}"]
            if template:
                said.append(f"Program: {openings.open_with(vendor, template, at)}.")
            if admin:
                sent = invite(email=_address(admin), role=Role.CHANNEL_ADMIN, at=at)
                said.append(f"Invitation for {sent.email}, {INVITATION_DAYS} days: {sent.link}")
        self.stdout.write("\n".join(said))

    def _invite(self, options: dict[str, Any]) -> None:
        vendor = Vendor.objects.filter(code=options["code"]).first()
        if vendor is None:
            raise CommandError(f"There is no vendor {options['code']}; see: manage.py vendor list")
        with scope.entered_vendor(vendor.pk, origin="command"):
            sent = invite(email=_address(options["email"]), role=Role.CHANNEL_ADMIN, at=clock.now())
        self.stdout.write(f"Invitation for {sent.email}, {INVITATION_DAYS} days: {sent.link}")

    def _list(self, options: dict[str, Any]) -> None:
        for vendor in Vendor.objects.order_by("code"):
            hosts = ", ".join(Host.objects.filter(vendor=vendor).values_list("name", flat=True))
            self.stdout.write(f"{vendor.code}\t{vendor.name}\t{hosts}")


def _trial_host(code: str) -> str:
    """A browser finds every name under localhost on its own machine; nobody else does."""
    if settings.PRODUCTION:
        raise CommandError("Name the host that shows the vendor: --host partners.example.com")
    return f"{code}.localhost"


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise CommandError(f"{text!r} is not an e-mail address.") from None
    return text
