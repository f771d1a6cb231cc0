"""The admin of one vendor: who gets in, what the side bar shows, and in whose colours.

Works on plain Django as well; with django-unfold the callables at the end feed its ``UNFOLD``
setting (``config/unfold.py``). They are asked per request: the vendor is the host's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite as BaseSite

from tenants import scope as scopes
from tenants.admin_home import first_steps, link_to, waiting
from web import clock
from web.colour import accent_of

JOBS: dict[str, Any] = {
    "applications": _("Applications"),
    "partners": _("Partners"),
    "licences": _("Licences"),
    "figures": _("Figures"),
    "levels": _("Levels and benefits"),
    "people": _("People"),
    "certification": _("Certification"),
    "program": _("Program"),
    "imports": _("Imports"),
    "events": _("Events"),
    "settings": _("Settings"),
}
"""The groups of the side bar, in order. A ``VendorAdmin`` names its own in ``job``."""

_REMOVED = frozenset({"view_on_site"})


@dataclass(frozen=True)
class AdminPage:
    job: str
    label: Any
    url_name: str
    icon: str
    capability: str
    order: int
    covers: tuple[str, ...] = ()


_pages: dict[str, AdminPage] = {}


def register_admin_page(
    job: str,
    label: Any,
    url_name: str,
    icon: str = "description",
    capability: str = "admin.use",
    order: int = 100,
    covers: tuple[str, ...] = (),
) -> None:
    """Add a page that is no model's list to the side bar; ``icon`` is a Material symbol.

    ``covers``: names of pages elsewhere that belong to this entry, too.
    """
    if job not in JOBS:
        raise ValueError(f"{job!r} is none of the side bar's jobs: {', '.join(JOBS)}.")
    _pages[url_name] = AdminPage(job, label, url_name, icon, capability, order, covers)


class MainstayAdminSite(BaseSite):
    """Registers ``VendorAdmin`` classes only, and asks the scope who may come in."""

    index_title = _("Administration")
    index_template = "admin/vendor_index.html"
    empty_value_display = "–"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take vendors' pages; libraries' pages of global tables (logins, clients) stay out."""
        from tenants.vendor_admin import VendorAdmin

        if admin_class is not None and issubclass(admin_class, VendorAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def unregister(self, model_or_iterable: Any) -> None:
        """Libraries swap pages that were never taken; there is nothing to take away."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        for model in models:
            if self.is_registered(model):
                super().unregister(model)

    def has_permission(self, request: HttpRequest) -> bool:
        scope = scopes.current_or_none()
        return scope is not None and scope.can("admin.use")

    def get_urls(self) -> list[URLPattern]:
        from tenants.admin_settings import view_of

        kept = [url for url in super().get_urls() if getattr(url, "name", "") not in _REMOVED]
        return [path("settings/", view_of(self), name="vendor_settings"), *kept]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Our own sign-in; somebody signed in without the role is told so, not asked again."""
        if request.user.is_authenticated:
            raise PermissionDenied(_("The administration is open to channel admins."))
        wanted = request.GET.get("next") or reverse(f"{self.name}:index")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': wanted})}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_change_password")

    def search(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Unfold's search remembers results per login, not per vendor: not offered."""
        raise Http404

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Of one app only: the side bar has jobs and not apps, and to list all of them for it asks
        for hundreds of addresses on every page."""
        return super().get_app_list(request, app_label) if app_label else []

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "jobs": job_groups(request)}

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "subtitle": None,
            "steps": first_steps(),
            "waiting": waiting(request),
            **(extra_context or {}),
        }
        request.current_app = self.name  # type: ignore[attr-defined]
        return TemplateResponse(request, self.index_template, context)


def job_groups(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar: ``{title, items: [{title, icon, link}]}`` per job with pages to open; found
    once per request, though both the frame and the page ask."""
    held = request.__dict__.get("_job_groups")
    if held is None:
        held = request.__dict__["_job_groups"] = _job_groups(request)
    return cast(list[dict[str, Any]], held)


def _job_groups(request: HttpRequest) -> list[dict[str, Any]]:
    from django.contrib import admin

    scope = scopes.current_or_none()
    if scope is None or not scope.can("admin.use"):
        return []
    found: dict[str, list[tuple[int, str, dict[str, Any]]]] = {job: [] for job in JOBS}
    registry: dict[type[Any], Any] = dict(admin.site._registry)
    for model, page in registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        if page.has_view_permission(request) and (link := link_to(name)):
            title = capfirst(str(model._meta.verbose_name_plural))
            entry = {"title": title, "icon": page.icon, "link": link}
            found[page.job].append((page.job_order, title, entry))
    for extra in _pages.values():
        if scope.can(extra.capability) and (link := link_to(extra.url_name)):
            entry = {"title": str(extra.label), "icon": extra.icon, "link": link}
            entry["covers"] = [link, *filter(None, map(link_to, extra.covers))]
            found[extra.job].append((extra.order, entry["title"], entry))
    _mark_current([one for entries in found.values() for *_rest, one in entries], request.path)
    shown = [(job, entries) for job, entries in found.items() if entries]
    return [
        {"title": JOBS[job], "separator": place > 0, "items": _in_order(entries)}
        for place, (job, entries) in enumerate(shown)
    ]


def _mark_current(entries: list[dict[str, Any]], path: str) -> None:
    """Of the pages whose address this one begins with, the nearest is current, and no other."""

    def nearness(entry: dict[str, Any]) -> int:
        links = entry.get("covers") or [entry["link"]]
        return max((len(link) for link in links if path.startswith(link)), default=0)

    nearest = max(map(nearness, entries), default=0)
    for entry in entries:
        entry["active"] = 0 < nearness(entry) == nearest


def _in_order(entries: list[tuple[int, str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [entry for _order, _title, entry in sorted(entries, key=lambda row: row[:2])]


# What django-unfold asks for (config/unfold.py names these by path).


def site_title(request: HttpRequest) -> str:
    vendor = getattr(request, "vendor", None)
    return vendor.name if vendor else "Mainstay"


def site_subheader(request: HttpRequest) -> str:
    return str(_("Administration"))


def favicon(request: HttpRequest) -> str:
    return static("mainstay-mark.svg")


def own_style(request: HttpRequest) -> str:
    return static("admin.css")


def own_script(request: HttpRequest) -> str:
    return static("admin.js")


def portal(request: HttpRequest) -> str:
    """Where "View site" leads; the start page would lead an admin back to the administration."""
    return link_to("scorecards:portfolio") or "/"


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    return job_groups(request)


def environment(request: HttpRequest) -> list[str] | None:
    """The label in the header while the demo's clock is moved."""
    days = clock.offset_days()
    return [str(_("Clock %(days)+d days") % {"days": days}), "warning"] if days else None


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"title": _("Your account and security"), "link": reverse("security")},
        {"title": _("Your mails and calendar"), "link": link_to("alerts:settings")},
    ]


def primary_colours(request: HttpRequest) -> dict[str, str]:
    """Unfold's scale of eleven shades around the vendor's accent, safe to read on and in."""
    accent = accent_of(getattr(getattr(request, "vendor", None), "accent", None))
    lighter = {"50": 0.95, "100": 0.88, "200": 0.75, "300": 0.55, "400": 0.3}
    darker = {"700": 0.15, "800": 0.3, "900": 0.45, "950": 0.65}
    return {
        **{weight: _mixed(accent.fill_light, 255, share) for weight, share in lighter.items()},
        "500": accent.text_dark,
        "600": accent.text_light,
        **{weight: _mixed(accent.text_light, 0, share) for weight, share in darker.items()},
    }


def _mixed(colour: str, towards: int, share: float) -> str:
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (towards - part) * share):02x}" for part in parts)
