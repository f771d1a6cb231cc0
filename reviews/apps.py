from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        from django.db.models import Q

        from alerts.calendars import register_calendar
        from programs.gathering import register_decisions
        from programs.usage import register_usage
        from reviews import sentences, words
        from reviews.calendar import review_days
        from reviews.decisions import decided_about
        from reviews.usage import grants_in_use
        from tenants.scope import Scope, register_visibility

        def told(scope: Scope) -> Q:
            """A partner reads what an applied review said of it, never a preview."""
            return Q(partner_id__in=list(scope.partner_ids), applied_on__isnull=False)

        register_visibility("reviews.ReviewOutcome", told)
        register_usage("benefits", grants_in_use)
        register_decisions(decided_about)
        register_calendar(review_days)
        words.register()
        sentences.register()
        self._navigation()

    def _navigation(self) -> None:
        from tenants.capabilities import PARTNER_ROLES
        from web.context import register_navigation

        register_navigation(
            "", _("Benefits"), "reviews:benefits", "gift", order=25, roles=PARTNER_ROLES, key="b"
        )
