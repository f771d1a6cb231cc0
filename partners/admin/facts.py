"""What is known of partners in the admin: attestations to decide, figures, records, agreements on
numbers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners import actions
from partners.admin.forms import AgreedForm, ReasonForm, RecordForm, titled
from partners.figures import amount_words
from partners.models import AgreedValue, Attestation, Fact, Record
from partners.rules.tags import tags_text
from tenants.admin_filters import ChoiceFilter
from tenants.edges import with_now
from tenants.vendor_admin import Button, VendorAdmin, Waits
from web.codes import words_of


def _waiting(row: Attestation) -> bool:
    return row.state == Attestation.State.PENDING


@admin.register(Attestation)
class AttestationAdmin(VendorAdmin):
    """What partners state, with what shows it. Only accepted ones count; a decision is final."""

    job, icon, job_order = "figures", "verified", 40
    blank = _("What partners state with evidence, such as a business plan, waits here for you.")
    waits = Waits(
        {"state__exact": "pending"},
        ngettext_lazy(
            "%d attestation waits for your decision", "%d attestations wait for your decision"
        ),
    )
    list_display = ("what", "partner", "state", "attested_by", "since", "until")
    list_select_related = ("partner", "document")
    list_filter = ("state",)
    search_fields = ("partner__name", "attested_by", "evidence")
    show = (
        "what",
        "partner",
        "amount",
        "evidence",
        "link",
        "file",
        "document_sha256",
        "attested_by",
        "since",
        "until",
        "external_id",
        "state",
        "reason",
        "submitted_at",
        "decided_at",
        "decided_by",
    )
    buttons = (
        Button(
            "accept",
            _("Accept"),
            with_now(actions.accept_attestation),
            shown=_waiting,
            tone="primary",
            done=_("Accepted. It counts from its first day on."),
        ),
        Button(
            "refuse",
            _("Refuse"),
            with_now(actions.refuse_attestation),
            form=ReasonForm,
            shown=_waiting,
            tone="danger",
            done=_("Refused."),
        ),
        Button(
            "withdraw",
            _("Withdraw"),
            with_now(actions.withdraw_attestation),
            form=ReasonForm,
            shown=lambda row: row.state == Attestation.State.ACCEPTED and not row.withdrawn,
            tone="danger",
            note=_("It was wrong: from now on it counts on no day."),
        ),
    )

    @admin.display(description=_("statement"), ordering="code")
    def what(self, row: Attestation) -> str:
        return titled("attestations" if row.value is None else "metrics", row.code)

    @admin.display(description=_("value"))
    def amount(self, row: Attestation) -> str:
        return "" if row.value is None else amount_words(row.value, "")

    @admin.display(description=_("document"))
    def file(self, row: Attestation) -> str:
        if row.document is None:
            return ""
        address = reverse("partners:attestation_document", args=[row.ref])
        return format_html('<a href="{}">{}</a>', address, row.document.name)

    def name_of(self, obj: Attestation) -> str:
        return f"{self.what(obj)} · {obj.partner}"


@admin.register(Fact)
class FactAdmin(VendorAdmin):
    """Values that no row of ours gives; recorded on the partner's page or imported."""

    job, icon, job_order = "figures", "monitoring", 50
    blank = _("Values that no row of ours gives: record them on a partner’s page or import them.")
    list_display = ("what", "partner", "period", "amount", "source")
    list_select_related = ("partner",)
    list_filter = ("source",)
    search_fields = ("partner__name", "metric")
    show = (
        "what",
        "partner",
        "period",
        "amount",
        "source",
        "recorded_at",
        "superseded_by",
    )
    buttons = (
        Button(
            "withdraw",
            _("Withdraw"),
            actions.withdraw_fact,
            form=ReasonForm,
            shown=lambda row: row.superseded_by_id is None,
            tone="danger",
            note=_("It was wrong: from now on the figure of an earlier day counts, or none."),
        ),
    )

    @admin.display(description=_("figure"), ordering="metric")
    def what(self, row: Fact) -> str:
        return titled("metrics", row.metric)

    @admin.display(description=_("value"), ordering="value")
    def amount(self, row: Fact) -> str:
        return amount_words(row.value, row.unit)

    def name_of(self, obj: Fact) -> str:
        return f"{self.what(obj)} · {obj.partner}"


class RecordKindFilter(ChoiceFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = Record.objects.order_by("kind").values_list("kind", flat=True).distinct()
        return [(kind, words_of(kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Record)
class RecordAdmin(VendorAdmin):
    """Dated rows that metrics count and sum; mostly imported."""

    job, icon, job_order = "figures", "event_note", 60
    blank = _("Dated rows that the program counts and sums, such as deals or courses held.")
    list_display = ("what", "partner", "on", "amount", "external_id", "source")
    list_select_related = ("partner",)
    list_filter = (RecordKindFilter, "source")
    search_fields = ("partner__name", "external_id")
    show = (
        "what",
        "partner",
        "on",
        "until",
        "amount",
        "tag_words",
        "external_id",
        "source",
        "recorded_at",
        "superseded_by",
    )
    add_action = with_now(actions.record_happening)
    add_form = RecordForm
    add_fields = (
        "partner",
        "kind",
        "on",
        "until",
        "value",
        "currency",
        "tags",
        "external_id",
        "source",
    )
    buttons = (
        Button(
            "withdraw",
            _("Withdraw"),
            actions.withdraw_record,
            form=ReasonForm,
            shown=lambda row: row.superseded_by_id is None,
            tone="danger",
            note=_("It was wrong: from now on it counts on no day."),
        ),
    )

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, row: Record) -> str:
        return words_of(row.kind)

    @admin.display(description=_("value"), ordering="value")
    def amount(self, row: Record) -> str:
        return "" if row.value is None else amount_words(row.value, row.currency)

    @admin.display(description=_("tags"))
    def tag_words(self, row: Record) -> str:
        return tags_text(row.tags)

    def name_of(self, obj: Record) -> str:
        return f"{self.what(obj)} · {obj.partner}"


@admin.register(AgreedValue)
class AgreedValueAdmin(VendorAdmin):
    """Numbers agreed with one partner, in place of a number in the program."""

    job, icon, job_order = "figures", "price_check", 70
    blank = _("Where the program leaves a number to an agreement, agree it here per partner.")
    list_display = ("what", "partner", "amount", "since", "last", "agreed_by")
    list_select_related = ("partner",)
    search_fields = ("partner__name", "agreed_by")
    show = ("what", "partner", "amount", "since", "last", "agreed_by", "recorded_at")
    add_action = with_now(actions.agree_value)
    add_form = AgreedForm
    add_fields = ("partner", "code", "value", "since", "until", "agreed_by")
    buttons = (
        Button(
            "withdraw",
            _("Withdraw"),
            actions.withdraw_value,
            form=ReasonForm,
            shown=lambda row: not row.withdrawn,
            tone="danger",
            done=_("Withdrawn. It counts on no day."),
            note=_(
                "It was wrong: from now on it counts on no day. A number agreed before it does not "
                "come back by itself; agree it again."
            ),
        ),
    )

    @admin.display(description=_("number"), ordering="code")
    def what(self, row: AgreedValue) -> str:
        return words_of(row.code)

    @admin.display(description=_("until"), ordering="until")
    def last(self, row: AgreedValue) -> Any:
        return _("Withdrawn") if row.withdrawn else row.until

    @admin.display(description=_("value"), ordering="value")
    def amount(self, row: AgreedValue) -> str:
        return amount_words(row.value, "")

    def name_of(self, obj: AgreedValue) -> str:
        return f"{self.what(obj)} · {obj.partner}"
