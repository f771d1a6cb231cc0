from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES


class CertificationsConfig(AppConfig):
    name = "certifications"

    def ready(self) -> None:
        from alerts.calendars import register_calendar
        from certifications import imports, words
        from certifications.calendar import certificate_ends
        from certifications.rules import people_facts
        from certifications.rules.concerned import concerned
        from certifications.usage import certificates_in_use
        from partners.visibility import earned_with_us
        from programs.gathering import register_source
        from programs.releases import register_concerned
        from programs.usage import register_usage
        from tenants.scope import register_visibility

        register_visibility(
            "certifications.Certificate", lambda scope: earned_with_us(scope, "earned_on")
        )
        register_visibility(
            "certifications.Result", lambda scope: earned_with_us(scope, "passed_on")
        )
        register_visibility(
            "certifications.CourseEnrolment", lambda scope: earned_with_us(scope, "since")
        )
        register_source("people", people_facts, precedence=10)
        register_usage("tracks", certificates_in_use)
        register_concerned(concerned)
        register_calendar(certificate_ends)
        words.register()
        imports.register()
        self._navigation()

    def _navigation(self) -> None:
        from certifications.pages import expiring_count
        from web.context import register_navigation

        pages = ("certifications:certificate", "certifications:person")
        register_navigation(
            "",
            _("Certifications"),
            "certifications:list",
            "certificate",
            order=40,
            roles=PARTNER_ROLES,
            count=expiring_count,
            key="e",
            also_active=pages,
        )
        register_navigation(
            _("Program"),
            _("Certifications"),
            "certifications:list",
            "certificate",
            order=110,
            roles=STAFF_ROLES,
            key="e",
            also_active=pages,
        )
