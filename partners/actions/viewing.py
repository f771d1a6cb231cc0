"""Looking through a partner's eyes: who, when, and at which pages. All of it the partner reads."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from partners.actions.writing import fresh, refused, written
from partners.models import Partner, PartnerView
from partners.rules.relations import looked_after
from tenants import scope
from tenants.writing import action, record_event

LASTS = dt.timedelta(minutes=30)


@action("partners.view_as")
def start_view(partner: Partner, *, at: dt.datetime, on: dt.date) -> PartnerView:
    """Begin to look through the partner's eyes, for half an hour at most.

    Raises ``Refused``: ``not_in_portfolio``, ``partner_exited``.
    """
    partner = fresh(partner)
    if partner.pk not in looked_after([partner.pk], on):
        raise refused(
            "not_in_portfolio",
            _("You do not look after %(name)s.") % {"name": partner.name},
            fix=_("A channel admin assigns partners."),
        )
    if partner.status == Partner.Status.EXITED:
        raise refused("partner_exited", _("%(name)s left the program.") % {"name": partner.name})
    person_id = scope.current().person_id
    assert person_id is not None  # who looks after a partner is a person
    for other in PartnerView.objects.filter(person_id=person_id, ended_at__isnull=True):
        end_view(other, at=at)
    row = PartnerView(partner=partner, person_id=person_id, started_at=at, ends_at=at + LASTS)
    written(row)
    record_event("view.started", row, data={"until": row.ends_at})
    return row


@action("partners.view_as")
def end_view(row: PartnerView, *, at: dt.datetime) -> None:
    """It ends now, or ended when its time was over; nothing happens to one that has ended."""
    until = min(at, row.ends_at)
    if PartnerView.objects.filter(pk=row.pk, ended_at__isnull=True).update(ended_at=until):
        record_event("view.ended", row, data={"at": until})


@action("partners.view_as")
def note_page(row: PartnerView, path: str) -> None:
    """A page of the partner was shown; its address is recorded, not what was searched for."""
    record_event("view.page", row, data={"path": path[:300]})
