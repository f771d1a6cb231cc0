from collections.abc import Callable, Sequence
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DealsConfig(AppConfig):
    name = "deals"

    def ready(self) -> None:
        from alerts.calendars import register_calendar
        from deals import co_sell_words, imports, registration_words, words
        from deals.calendar import co_sell_days, registration_days
        from deals.rules.conflicts import families_in_use
        from programs.usage import register_usage

        words.register()
        imports.register()
        registration_words.register()
        co_sell_words.register()
        register_usage("families", families_in_use)
        register_calendar(registration_days)
        register_calendar(co_sell_days)
        self._menu()

    def _menu(self) -> None:
        """Of partners under *Sell*, of the vendor's people below their portfolio."""
        from deals import co_sell_views, registration_views, views

        registering = (
            "choose", "register", "redraft", "registration", "extend", "win", "lose", "appeal",
            "approve", "refuse", "decide", "reverse", "transfer", "end", "recurring",
            "transactions",
        )  # fmt: skip
        _entry(_("Registrations"), "registrations", "shield-check", (55, 26), "registrations.read",
               registering, count=registration_views.waiting)  # fmt: skip
        _entry(_("Renewals"), "renewals", "calendar-event", (60, 25), "shared.read",
               ("board", "renewal", "plan", "settle"), count=views.waiting, key="n")  # fmt: skip
        together = (
            "co_sell", "co_sell_ask", "engineers", "co_sell_accept", "co_sell_decline",
            "co_sell_plan", "co_sell_finish", "co_sell_cancel", "co_sell_join", "co_sell_book",
        )  # fmt: skip
        _entry(_("Co-sell"), "co_sells", "heart-handshake", (65, 27), "cosell.read", together,
               count=co_sell_views.waiting)  # fmt: skip
        _entry(_("Accounts"), "accounts", "building", (None, 28), "accounts.read", ("account",))


def _entry(
    title: Any,
    page: str,
    icon: str,
    order: tuple[int | None, int],
    capability: str,
    pages: Sequence[str],
    *,
    count: Callable[[Any], int] | None = None,
    key: str = "",
) -> None:
    """An entry of the menu: at its ``order`` for partners and for those of the vendor's people who
    have the capability; shown as entered on its ``pages``, too."""
    from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES, capabilities_of
    from web.context import register_navigation

    readers = [role for role in STAFF_ROLES if capability in capabilities_of(role)]
    for group, place, roles in ((_("Sell"), order[0], PARTNER_ROLES), ("", order[1], readers)):
        if place is not None:
            register_navigation(
                group, title, f"deals:{page}", icon, order=place, roles=roles, count=count,
                key=key, also_active=tuple(f"deals:{name}" for name in pages),
            )  # fmt: skip
