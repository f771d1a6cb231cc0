"""``manage.py vendor create|invite|list``: the operator's way to open a vendor."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import scope
from tenants.actions.identity import invite
from tenants.actions.vendors import create_vendor
from tenants.capabilities import Role
from tenants.models import Host, Vendor
from tenants.writing import Refused
from web import clock


class Command(BaseCommand):
    help = "Open a vendor (create), invite a channel admin (invite), list the vendors (list)."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="open a vendor and invite its first admin")
        create.add_argument("code", help="short name, for ever, e.g. aurora")
        create.add_argument("--name", required=True)
        create.add_argument("--host", required=True, help="e.g. partners.aurora.example")
        create.add_argument("--currency", default="USD")
        create.add_argument("--time-zone", default="UTC")
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

    def _create(self, options: dict[str, Any]) -> None:
        vendor = create_vendor(
            code=options["code"],
            name=options["name"],
            host=options["host"],
            currency=options["currency"],
            time_zone=options["time_zone"],
            admin_email=options["admin"],
            at=clock.now(),
        )
        told = f" An invitation is on its way to {options['admin']}." if options["admin"] else ""
        self.stdout.write(f"{vendor.name} is open on {options['host']}.{told}")

    def _invite(self, options: dict[str, Any]) -> None:
        vendor = Vendor.objects.filter(code=options["code"]).first()
        if vendor is None:
            raise CommandError(f"There is no vendor {options['code']}; see: manage.py vendor list")
        with scope.entered_vendor(vendor.pk, origin="command"):
            invite(email=options["email"], role=Role.CHANNEL_ADMIN, at=clock.now())
        self.stdout.write(f"An invitation is on its way to {options['email']}.")

    def _list(self, options: dict[str, Any]) -> None:
        for vendor in Vendor.objects.order_by("code"):
            hosts = ", ".join(Host.objects.filter(vendor=vendor).values_list("name", flat=True))
            self.stdout.write(f"{vendor.code}\t{vendor.name}\t{hosts}")
