"""Verbs: revoke a certificate, and what was built on it."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from certifications.actions.people import lock_people, settle
from certifications.models import Certificate
from certifications.rules.falling import fallen_with
from partners.models import Employment
from programs.locks import lock_partners
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.writing import NotAllowed, Reason, Refused, action, record_event


@action("certificates.revoke")
def revoke_certificate(certificate: Certificate, reason: str, *, at: dt.datetime) -> Certificate:
    """Revoke from the vendor's day of ``at`` on: it stops counting at once, everywhere.

    What was built on it falls with it: certificates that its result carried on or completed, and
    composites of which a member is then missing. Takes the lock of every partner that employs the
    person, so that no deployment is granted on it once this commits. Raises ``Refused``:
    ``reason_needed``, ``already_revoked``.
    """
    reason = reason.strip()
    if not reason:
        detail = _("Say why: the person and the partner will read it.")
        raise Refused("reason_needed", reasons=[Reason("reason_needed", detail, pointer="reason")])
    held = scope.current()
    if not held.all_partners:
        raise NotAllowed("certificates.revoke")
    on = vendor_by_id(held.vendor_id).day_of(at)
    employers = _lock_employers(certificate.person_id, on)
    lock_people([certificate.person_id])
    locked = Certificate.objects.select_related("track", "result", "person").get(pk=certificate.pk)
    if locked.revoked_on is not None:
        detail = _("It was revoked on %(day)s.") % {"day": locked.revoked_on}
        raise Refused("already_revoked", detail)
    for one in fallen_with(locked, on):
        _revoke(one, reason, locked, on, at, employers)
    settle({locked.person_id}, on)
    return locked


def _revoke(
    one: Certificate,
    reason: str,
    first: Certificate,
    on: dt.date,
    at: dt.datetime,
    employers: list[int],
) -> None:
    one.revoked_on, one.revoked_reason = on, reason[:300]
    one.updated_at = at
    one.save(update_fields=["revoked_on", "revoked_reason", "updated_at"])
    because = {} if one is first else {"because": first.number}
    record_event(
        "certificate.revoked",
        one,
        partner_id=employers[0] if employers else None,
        data={"person": first.person.ref, "number": one.number, "revoked_on": on, **because},
        private={"reason": reason},
        private_person_id=one.person_id,
    )


def _lock_employers(person_id: int, on: dt.date) -> list[int]:
    """Lock the partners that employ the person on the day or later; their ids.

    Read again under the lock: somebody may have been hired while this waited for it.
    """
    locked: list[int] = []
    while True:
        employed = Employment.objects.filter(person_id=person_id).exclude(until__lte=on)
        found = sorted(set(employed.values_list("partner_id", flat=True)))
        if found == locked:
            return locked
        lock_partners(found)
        locked = found
