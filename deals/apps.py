from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealsConfig(AppConfig):
    name = "deals"

    def ready(self) -> None:
        from alerts.calendars import register_calendar
        from deals import co_sell_words, imports, registration_words, words
        from deals.calendar import co_sell_days, registration_days
        from deals.registration_views import waiting as to_decide
        from deals.views import waiting
        from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES, capabilities_of
        from web.context import register_navigation

        words.register()
        imports.register()
        registration_words.register()
        co_sell_words.register()
        register_calendar(registration_days)
        register_calendar(co_sell_days)
        pages = ("deals:board", "deals:renewal", "deals:plan", "deals:settle")
        readers = [role for role in STAFF_ROLES if "shared.read" in capabilities_of(role)]
        for group, order, roles in (
            (_("Sell"), 60, PARTNER_ROLES),
            ("", 25, readers),
        ):
            register_navigation(
                group,
                _("Renewals"),
                "deals:renewals",
                "calendar-event",
                order=order,
                roles=roles,
                count=waiting,
                key="n",
                also_active=pages,
            )
        own = ("deals:choose", "deals:register", "deals:redraft", "deals:registration",
               "deals:extend", "deals:win", "deals:lose", "deals:appeal", "deals:approve",
               "deals:refuse", "deals:decide", "deals:reverse", "deals:transfer",
               "deals:end", "deals:recurring", "deals:transactions")  # fmt: skip
        staff = [role for role in STAFF_ROLES if "registrations.read" in capabilities_of(role)]
        for group, order, roles in ((_("Sell"), 55, PARTNER_ROLES), ("", 26, staff)):
            register_navigation(
                group,
                _("Registrations"),
                "deals:registrations",
                "shield-check",
                order=order,
                roles=roles,
                count=to_decide,
                also_active=own,
            )
        readers = [role for role in STAFF_ROLES if "accounts.read" in capabilities_of(role)]
        register_navigation(
            "",
            _("Accounts"),
            "deals:accounts",
            "building",
            order=28,
            roles=readers,
            also_active=("deals:account",),
        )
        self._together()

    def _together(self) -> None:
        """Co-sell in the menu."""
        from deals.co_sell_views import waiting
        from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES, capabilities_of
        from web.context import register_navigation

        steps = ("co_sell", "co_sell_ask", "engineers", "co_sell_accept", "co_sell_decline",
                 "co_sell_plan", "co_sell_finish", "co_sell_cancel", "co_sell_join",
                 "co_sell_book")  # fmt: skip
        readers = [role for role in STAFF_ROLES if "cosell.read" in capabilities_of(role)]
        for group, order, roles in ((_("Sell"), 65, PARTNER_ROLES), ("", 27, readers)):
            register_navigation(
                group,
                _("Co-sell"),
                "deals:co_sells",
                "heart-handshake",
                order=order,
                roles=roles,
                count=waiting,
                also_active=tuple(f"deals:{name}" for name in steps),
            )
