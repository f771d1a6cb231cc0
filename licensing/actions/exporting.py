"""The exceptions report leaves the house: that is an event."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from licensing.report import exceptions_on
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.importing.writing import write_csv
from tenants.writing import action, record_event


@action("exceptions.read")
def export_exceptions(*, on: dt.date) -> str:
    """The report of the day as CSV."""
    rows = exceptions_on(on)
    vendor = vendor_by_id(scope.current().vendor_id)
    record_event("exceptions.exported", vendor, data={"rows": len(rows), "day": on})
    header = [
        _("Kind"), _("Partner"), _("Customer"), _("Product"), _("Seats"), _("Since"), _("Until"),
        _("Why"),
    ]  # fmt: skip
    return write_csv(
        header,
        (
            [
                row.kind_words,
                row.partner,
                row.customer,
                row.product,
                "" if row.seats is None else row.seats,
                row.since or "",
                row.until or "",
                row.why,
            ]
            for row in rows
        ),
    )
