"""Decisions and what runs, to read. The gate is asked in the portal and the API, not here."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from licensing.models import Authorization, Deployment
from licensing.rules import Verdict, reasons_of
from licensing.tree_view import sections_of
from licensing.views import names_of
from partners.requirements import RequirementView
from partners.words import words_of_all
from tenants.vendor_admin import VendorAdmin

MARKS = {True: "✓", False: "✗", None: "?"}


@admin.register(Authorization)
class AuthorizationAdmin(VendorAdmin):
    """Every answer of the gate, explained, with its receipt."""

    job, icon, job_order = "partners", "verified_user", 40
    list_display = (
        "decided_at",
        "partner",
        "customer",
        "product",
        "verb",
        "seats_before",
        "seats",
        "decision",
    )
    list_filter = ("decision", "verb", "product")
    list_select_related = ("partner", "customer", "product")
    show = (
        "ref",
        "decision",
        "decided_at",
        "partner",
        "customer",
        "product",
        "classes",
        "verb",
        "seats_before",
        "seats",
        "program_version",
        "why",
        "explained",
        "cache_until",
        "inputs_digest",
        "inputs_shown",
        "receipt",
    )

    @admin.display(description=_("environment classes"))
    def classes(self, obj: Authorization) -> str:
        return words_of_all(obj.environments) or "–"

    def name_of(self, obj: Authorization) -> str:
        return f"{obj.product} · {obj.customer or obj.partner}"

    @admin.display(description=_("id"))
    def ref(self, obj: Authorization) -> str:
        return obj.ref

    @admin.display(description=_("reasons"))
    def why(self, obj: Authorization) -> Any:
        verdict = Verdict.from_dict(obj.result)
        if verdict.allowed:
            return "–"
        reasons = reasons_of(verdict, names_of(obj), holder=obj.partner.name)
        return format_html_join("", "<p>{}</p>", ((r.detail,) for r in reasons))

    @admin.display(description=_("what counted"))
    def explained(self, obj: Authorization) -> Any:
        found = sections_of(Verdict.from_dict(obj.result), names_of(obj))
        return format_html_join(
            "",
            "<p><strong>{} {}</strong></p>{}",
            ((MARKS[section.met], section.title, _lines(section.lines)) for section in found),
        )

    @admin.display(description=_("inputs"))
    def inputs_shown(self, obj: Authorization) -> SafeString:
        text = json.dumps(obj.inputs, indent=2, ensure_ascii=False)
        return format_html("<details><summary>{}</summary><pre>{}</pre></details>", _("Show"), text)


@admin.register(Deployment)
class DeploymentAdmin(VendorAdmin):
    """Seats that run at customers."""

    job, icon, job_order = "partners", "apps", 41
    list_display = ("partner", "customer", "product", "seats", "since", "updated_at")
    list_filter = ("product",)
    list_select_related = ("partner", "customer", "product")
    show = (
        "partner",
        "customer",
        "product",
        "classes",
        "seats",
        "since",
        "authorization",
        "updated_at",
    )

    @admin.display(description=_("environment classes"))
    def classes(self, obj: Deployment) -> str:
        return words_of_all(obj.environments) or "–"

    def name_of(self, obj: Deployment) -> str:
        return f"{obj.product} · {obj.customer}"


def _lines(lines: tuple[RequirementView, ...]) -> SafeString:
    inner = format_html_join(
        "",
        "<li>{} {} {}{}{}</li>",
        (
            (
                MARKS[line.met],
                line.label,
                line.note,
                _records(line),
                _lines(line.children) if line.children else "",
            )
            for line in lines
        ),
    )
    return format_html("<ul>{}</ul>", inner)


def _records(line: RequirementView) -> SafeString:
    return format_html_join(
        "",
        "<br><small>{} {} · {}</small>",
        (
            (record["name"], record["number"], record["until"] or _("no end"))
            for record in line.records
        ),
    )
