"""``manage.py api_client create|list|revoke|renew``: integrations of a vendor."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import scope as scopes
from tenants.actions.clients import (
    NewSecret,
    create_api_client,
    renew_api_client_secret,
    revoke_api_client,
)
from tenants.api.grants import issuer
from tenants.capabilities import API_SCOPES
from tenants.models import ApiClient, Vendor
from tenants.writing import Refused

SHOWN_ONCE = """\
Client id:     {client_id}
Client secret: {secret}
The secret is shown this once.

TOKEN=$(curl -s {base}/api/v1/token -u '{client_id}:{secret}' \\
  -d grant_type=client_credentials | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
curl -s '{base}{example}' -H "Authorization: Bearer $TOKEN"
"""
_EXAMPLES = (
    ("certificates.read", "/api/v1/certificates?limit=2"),
    ("partners.read", "/api/v1/partners?limit=2"),
    ("customers.read", "/api/v1/customers?limit=2"),
    ("events.read", "/api/v1/events?limit=2"),
)


class Command(BaseCommand):
    help = "Make, list and revoke the API clients of a vendor."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb in ("create", "list", "revoke", "renew"):
            sub = verbs.add_parser(verb)
            sub.add_argument("--vendor", required=True, help="the vendor's code, e.g. aurora")
            if verb != "list":
                sub.add_argument("--name", required=True)
            if verb == "create":
                sub.add_argument(
                    "--scopes",
                    required=True,
                    help=f"comma-separated: {', '.join(sorted(API_SCOPES))}",
                )
                sub.add_argument("--partner", default="", help="only this partner (prt_…)")

    def handle(self, *args: Any, **options: Any) -> None:
        vendor = Vendor.objects.filter(code=options["vendor"]).first()
        if vendor is None:
            known = ", ".join(Vendor.objects.order_by("code").values_list("code", flat=True))
            raise CommandError(f"There is no vendor “{options['vendor']}”. Known: {known}.")
        with scopes.entered_vendor(vendor.pk, origin="command"):
            try:
                VERBS[options["verb"]](self, options)
            except Refused as refused:
                raise CommandError(
                    " ".join(f"{r.detail} {r.fix}" for r in refused.reasons)
                ) from None

    def create(self, options: dict[str, Any]) -> None:
        partner_id = _partner_id(options["partner"]) if options["partner"] else None
        names = [name.strip() for name in options["scopes"].split(",") if name.strip()]
        made = create_api_client(name=options["name"], capabilities=names, partner_id=partner_id)
        self._show(made, names)

    def show_all(self, options: dict[str, Any]) -> None:
        for client in ApiClient.objects.all():
            state = f"revoked {client.revoked_at:%Y-%m-%d}" if client.revoked_at else "active"
            self.stdout.write(
                f"{client.name}\t{client.oidc_client_id}\t{state}\t{','.join(client.scopes)}"
            )

    def revoke(self, options: dict[str, Any]) -> None:
        revoke_api_client(_client(options["name"]))
        self.stdout.write("Revoked. Its tokens stop within half a minute.")

    def renew(self, options: dict[str, Any]) -> None:
        client = _client(options["name"])
        self._show(renew_api_client_secret(client), client.scopes)

    def _show(self, made: NewSecret, names: list[str]) -> None:
        example = next((path for name, path in _EXAMPLES if name in names), "/api/v1/openapi.json")
        base = issuer(made.client.vendor_id)
        words = {"client_id": made.client_id, "secret": made.secret, "base": base}
        self.stdout.write(SHOWN_ONCE.format(**words, example=example))


def _client(name: str) -> ApiClient:
    found = ApiClient.objects.filter(name=name).first()
    if found is None:
        raise CommandError(f"There is no API client “{name}” (api_client list shows them).")
    return found


def _partner_id(ref: str) -> int:
    # The partner's table belongs to a higher app; a client only names it.
    from django.apps import apps

    partner = apps.get_model("partners.Partner").objects.with_public_id(ref).first()
    if partner is None:
        raise CommandError(f"There is no partner {ref} with this vendor.")
    return int(partner.pk)


VERBS = {
    "create": Command.create,
    "list": Command.show_all,
    "revoke": Command.revoke,
    "renew": Command.renew,
}
