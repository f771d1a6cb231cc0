"""Lists of certificates, with the filters that page and API share."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from certifications.models import Certificate, CourseEnrolment
from partners.tables import person_finder
from programs.compiled import declared
from programs.models import Track
from tenants.clock import today
from web.tables import Blank, ListTable, PieceColumn

SOON_DAYS = 60
STATES = (
    ("soon", _("Ends within 60 days")),
    ("release", _("Ends by a release")),
    ("valid", _("Valid")),
    ("lapsed", _("Lapsed")),
)


def live_tracks(request: Any) -> QuerySet[Track]:
    return declared(Track.objects.all(), today())


def track_chooser() -> filters.ModelChoiceFilter:
    """The tracks of the program in force."""
    return filters.ModelChoiceFilter(
        queryset=live_tracks, to_field_name="code", label=_("Track"), empty_label=_("Any track")
    )


class CertificateFilter(filters.FilterSet):
    """By name, track and state on the vendor's day."""

    q = person_finder()
    track = track_chooser()
    state = filters.ChoiceFilter(
        choices=STATES, method="in_state", label=_("State"), empty_label=_("Any state")
    )

    class Meta:
        model = Certificate
        fields: list[str] = []

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        on = today()
        if value == "lapsed":
            return rows.filter(counts_until__lte=on)
        if value == "soon":
            soon = on + dt.timedelta(days=SOON_DAYS)
            return rows.filter(counts_until__gt=on, counts_until__lte=soon)
        if value == "release":
            earlier = Q(expires_on__isnull=True) | Q(expires_on__gt=F("counts_until"))
            return rows.filter(earlier, counts_until__gt=on)
        return rows.filter(Q(counts_until__isnull=True) | Q(counts_until__gt=on))


class CertificateTable(ListTable):
    """One line per person and track: the certificate to renew."""

    noun = ngettext_lazy("%(n)s certificate", "%(n)s certificates", "n")
    caption = _("Certifications")
    blank = Blank(
        _("No certificates yet"),
        _("Once somebody passes an exam, the certificate and its last day stand here."),
        icon="certificate",
    )

    person = PieceColumn(
        "certifications/_person_cell.html", verbose_name=_("Person"), order_by="person__name"
    )
    track = PieceColumn(
        "certifications/_track_cell.html", verbose_name=_("Track"), order_by="track__name"
    )
    expires_on = PieceColumn(
        "certifications/_expiry_cell.html", verbose_name=_("Ends"), order_by="counts_until"
    )
    stake = PieceColumn(
        "certifications/_stake_cell.html", verbose_name=_("Needed for"), orderable=False
    )
    renew = PieceColumn(
        "certifications/_renew_cell.html", verbose_name=_("How to renew"), orderable=False
    )

    def __init__(self, *args: Any, today: dt.date, staff: bool, **kwargs: Any) -> None:
        self.today, self.staff = today, staff
        super().__init__(*args, **kwargs)


class HistoryTable(ListTable):
    """Every certificate of one person, the newest first."""

    noun = ngettext_lazy("%(n)s certificate", "%(n)s certificates", "n")
    caption = _("Certificates")
    blank = Blank(_("No certificates yet"), icon="certificate")

    track = PieceColumn("certifications/_track_cell.html", verbose_name=_("Track"))
    number = tables.Column(verbose_name=_("Number"), attrs={"td": {"class": "nowrap"}})
    state = PieceColumn("certifications/_state_cell.html", verbose_name=_("State"))
    expires_on = PieceColumn("certifications/_expiry_cell.html", verbose_name=_("Ends"))

    class Meta:
        orderable = False

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)


class EnrolmentFilter(filters.FilterSet):
    """By name and track."""

    q = person_finder()
    track = track_chooser()

    class Meta:
        model = CourseEnrolment
        fields: list[str] = []


class EnrolmentTable(ListTable):
    """One line per open enrolment."""

    noun = ngettext_lazy("%(n)s exam planned", "%(n)s exams planned", "n")
    caption = _("Exams planned")
    blank = Blank(
        _("Nobody prepares for an exam"),
        _("Open a person under Certifications and add an exam to their plan."),
        icon="school",
    )

    person = PieceColumn(
        "certifications/_learner_cell.html", verbose_name=_("Person"), order_by="person__name"
    )
    track = PieceColumn(
        "certifications/_course_cell.html", verbose_name=_("Exam"), order_by="track__name"
    )
    progress = PieceColumn(
        "certifications/_progress_cell.html", verbose_name=_("Progress"), orderable=False
    )
    due = PieceColumn("certifications/_due_cell.html", verbose_name=_("Due"), orderable=False)
