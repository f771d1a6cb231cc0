"""``manage.py keys rotate|list``: the keys by which a vendor signs receipts and tokens."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import keys
from tenants import scope as scopes
from tenants.models import SigningKey, Vendor


class Command(BaseCommand):
    help = "List a vendor's signing keys, or sign with a new one from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb in ("rotate", "list"):
            sub = verbs.add_parser(verb)
            sub.add_argument("--vendor", required=True, help="the vendor's code, e.g. aurora")

    def handle(self, *args: Any, **options: Any) -> None:
        vendor = Vendor.objects.filter(code=options["vendor"]).first()
        if vendor is None:
            known = ", ".join(Vendor.objects.order_by("code").values_list("code", flat=True))
            raise CommandError(f"There is no vendor “{options['vendor']}”. Known: {known}.")
        with scopes.entered_vendor(vendor.pk, origin="command"):
            if options["verb"] == "rotate":
                made = keys.rotate()
                self.stdout.write(f"From now on {vendor.code} signs with {made.kid}.")
                self.stdout.write(
                    "Keys used before stay at /.well-known/jwks.json: receipts signed by them "
                    "verify for ever. Running processes follow within half a minute."
                )
            for row in SigningKey.objects.order_by("-id"):
                until = row.retired_at.isoformat() if row.retired_at else "signs now"
                self.stdout.write(f"{row.kid}  {row.created_at.isoformat()}  {until}")
