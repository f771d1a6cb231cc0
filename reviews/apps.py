from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        from django.db.models import Q

        from reviews import words
        from tenants.scope import Scope, register_visibility

        def told(scope: Scope) -> Q:
            """A partner reads what an applied review said of it, never a preview."""
            return Q(partner_id__in=list(scope.partner_ids), applied_on__isnull=False)

        register_visibility("reviews.ReviewOutcome", told)
        words.register()
