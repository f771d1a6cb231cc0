"""Verbs on one's own mails and calendar, and on the vendor's own words."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from alerts.kinds import registered_kinds
from alerts.models import CalendarFeed, MailChoice, MailSettings, MailText
from alerts.models.settings import LANGUAGES
from alerts.words import PLACEHOLDERS, unknown_placeholders
from tenants import scope
from tenants.models import Membership
from tenants.writing import Reason, Refused, action, record_event


@action("alerts.read")
def choose_mails(*, language: str, choices: Mapping[str, str]) -> None:
    """The reader's own wishes, for the company acted for: per kind ``now``, ``digest`` or ``off``.

    Raises ``Refused``: ``unknown_choice``, ``cannot_be_off`` (a kind that everybody is told).
    """
    held, kinds = scope.current(), {kind.kind: kind for kind in registered_kinds()}
    wrong = language not in dict(LANGUAGES)
    for kind, choice in choices.items():
        wrong = wrong or kind not in kinds or choice not in MailChoice.values
    if wrong or held.person_id is None:
        raise Refused("unknown_choice", _("There is no such choice."))
    for kind, choice in choices.items():
        if kinds[kind].always == "all" and choice != MailChoice.NOW:
            words = _("“%(kind)s” is always told at once: it cannot be switched off.")
            detail = words % {"kind": kinds[kind].name}
            raise Refused("cannot_be_off", reasons=[Reason("cannot_be_off", detail, pointer=kind)])
    said = {kind: choice for kind, choice in choices.items() if choice != MailChoice.NOW}
    MailSettings.objects.update_or_create(
        person_id=held.person_id,
        partner_id=Membership.objects.get(pk=held.membership_id).partner_id,
        defaults={"language": language, "choices": said},
    )


@action(None)
def stop_mails(person_id: int, partner_id: int | None, what: str) -> bool:
    """End one person's mails of a kind, or its digest (``digest``: every kind in it).

    Decided by a signed link that only the mail carried (``alerts.stopping``). What cannot be
    switched off stays; whether anything changed comes back.
    """
    row = (
        MailSettings.objects.select_for_update()
        .filter(person_id=person_id, partner_id=partner_id)
        .first()
    ) or MailSettings(person_id=person_id, partner_id=partner_id)
    before = dict(row.choices)
    if what == MailChoice.DIGEST:
        ended = [kind for kind, choice in before.items() if choice == MailChoice.DIGEST]
    else:
        ended = [
            kind.kind for kind in registered_kinds() if kind.kind == what and kind.always != "all"
        ]
    row.choices = {**before, **dict.fromkeys(ended, str(MailChoice.OFF))}
    if row.choices == before:
        return False
    row.save()
    return True


@dataclass(frozen=True)
class NewFeed:
    """A calendar feed with the only copy of its secret part."""

    feed: CalendarFeed
    token: str


def feed_digest(token: str) -> str:
    """What is kept of a feed's secret part: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


@action("alerts.read")
def make_feed(*, at: dt.datetime) -> NewFeed:
    """Give the reader's calendar an address; a former one ends at once."""
    held, token = scope.current(), secrets.token_urlsafe(32)
    membership = Membership.objects.get(pk=held.membership_id)
    feed, _made = CalendarFeed.objects.update_or_create(
        membership=membership,
        defaults={
            "partner_id": membership.partner_id,
            "token_digest": feed_digest(token),
            "created_at": at,
        },
    )
    feed.refresh_from_db()
    record_event("calendar_feed.made", feed, data={"person": held.person_ref})
    return NewFeed(feed, token)


@action("alerts.read")
def revoke_feed() -> None:
    """End the reader's own feed; without one nothing happens."""
    held = scope.current()
    feed = CalendarFeed.objects.filter(membership_id=held.membership_id).first()
    if feed is not None:
        record_event("calendar_feed.revoked", feed, data={"person": held.person_ref})
        feed.delete()


@action("vendor.write")
def write_mail_text(*, kind: str, language: str, subject: str, body: str) -> MailText:
    """Use the vendor's own words for mails about one kind in one language.

    Raises ``Refused``: ``unknown_kind``, ``unknown_placeholder`` (named, with the list), ``empty``.
    """
    if kind not in {one.kind for one in registered_kinds()} or language not in dict(LANGUAGES):
        raise Refused("unknown_kind", _("There is no such kind of alert, or no such language."))
    for field, text in (("subject", subject), ("body", body)):
        if not text.strip():
            words = _("Write something here.")
            raise Refused("empty", reasons=[Reason("empty", words, pointer=field)])
        if unknown := unknown_placeholders(text):
            words = _("There is no placeholder %(unknown)s. Known: %(known)s.") % {
                "unknown": ", ".join(f"{{{name}}}" for name in unknown),
                "known": ", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
            }
            reason = Reason("unknown_placeholder", words, pointer=field)
            raise Refused("unknown_placeholder", reasons=[reason])
    text, _made = MailText.objects.update_or_create(
        kind=kind, language=language, defaults={"subject": subject.strip(), "body": body.strip()}
    )
    text.refresh_from_db()
    record_event("mail_text.written", text, data={"kind": kind, "language": language})
    return text


@action("vendor.write")
def reset_mail_text(text: MailText) -> None:
    """Back to the built-in words."""
    record_event("mail_text.reset", text, data={"kind": text.kind, "language": text.language})
    text.delete()
