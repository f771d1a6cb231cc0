"""What each person wants to be told by mail, and in which words."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from tenants.models import Membership, Person
from tenants.rows import ScopedForeignKey, VendorRow

LANGUAGES: list[tuple[str, str]] = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
]
"""Languages that mails can be written in; where the vendor wrote none, they are English."""


class MailChoice(models.TextChoices):
    NOW = "now", _("At once")
    DIGEST = "digest", _("In the weekly digest")
    OFF = "off", _("No mail")


class MailSettings(VendorRow):
    """One person's wishes, as somebody of ``partner`` (none: as the vendor's staff).

    ``choices`` maps a kind of alert to a ``MailChoice``; a kind that is missing is told at once.
    """

    wall: ClassVar[str] = "partner"
    prefix = "mls"

    partner = ScopedForeignKey(Partner, null=True, related_name="+")
    person = ScopedForeignKey(Person, related_name="+")
    language = models.CharField(
        _("language of mails"), max_length=5, choices=LANGUAGES, default="en"
    )
    choices = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("mail settings")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "person", "partner"],
                nulls_distinct=False,
                name="mailsettings_once",
            ),
        ]


class Digest(VendorRow):
    """That a person got the digest of a week, which begins on ``week``, a Monday of the vendor."""

    wall: ClassVar[str] = "partner"
    prefix = "dig"

    partner = ScopedForeignKey(Partner, null=True, related_name="+")
    person = ScopedForeignKey(Person, related_name="+")
    week = models.DateField()
    alerts = models.JSONField(default=list)
    """Public ids of what stood in it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "person", "partner", "week"],
                nulls_distinct=False,
                name="digest_once",
            ),
        ]


class CalendarFeed(VendorRow):
    """A secret address under which a calendar reads what a membership may see, for as long as that
    is held. Only a digest of the address is kept."""

    wall: ClassVar[str] = "partner"
    prefix = "cal"

    partner = ScopedForeignKey(Partner, null=True, related_name="+")
    membership = ScopedForeignKey(Membership, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("calendar feed")
        constraints = [
            models.UniqueConstraint(fields=["vendor", "membership"], name="calendarfeed_once"),
        ]


class MailText(VendorRow):
    """A vendor's own words for mails about one kind of alert, in one language."""

    wall: ClassVar[str] = "staff"
    prefix = "mlt"

    kind = models.CharField(_("alert"), max_length=60)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), max_length=5000)

    class Meta:
        ordering = ["kind", "language"]
        verbose_name = _("mail text")
        constraints = [
            models.UniqueConstraint(fields=["vendor", "kind", "language"], name="mailtext_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.get_language_display()}"
