from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScorecardsConfig(AppConfig):
    name = "scorecards"

    def ready(self) -> None:
        from scorecards import case_words, handover_alerts, subjects, task_alerts
        from tenants.capabilities import PARTNER_ROLES
        from tenants.finding import register_look
        from web.context import register_navigation

        case_words.register()
        handover_alerts.register()
        subjects.register()
        task_alerts.register()
        register_look("portfolio.read", subjects.partners_found)
        register_navigation(
            "", _("Home"), "scorecards:home", "home", 10, roles=PARTNER_ROLES, key="h"
        )
        register_navigation(
            "",
            _("Our level"),
            "scorecards:level",
            "stairs-up",
            20,
            roles=PARTNER_ROLES,
            key="v",
            also_active=["scorecards:coming"],
        )
        register_navigation(
            "",
            _("Runway"),
            "scorecards:runway",
            "calendar-exclamation",
            25,
            roles=PARTNER_ROLES,
            key="w",
        )
        self._staff_navigation()

    def _staff_navigation(self) -> None:
        from tenants.capabilities import STAFF_ROLES, capabilities_of
        from web.context import register_navigation

        register_navigation(
            "",
            _("Portfolio"),
            "scorecards:portfolio",
            "layout-dashboard",
            10,
            roles=[role for role in STAFF_ROLES if "portfolio.read" in capabilities_of(role)],
            key="p",
            also_active=["scorecards:partner", "scorecards:cases", "scorecards:case_settle"],
        )
        register_navigation(
            "",
            _("Runway"),
            "scorecards:portfolio_runway",
            "calendar-exclamation",
            15,
            roles=[role for role in STAFF_ROLES if "portfolio.read" in capabilities_of(role)],
            key="w",
            also_active=["scorecards:partner_runway"],
        )
