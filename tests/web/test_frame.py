"""The frame around pages: navigation, facts, the vendor's colours, the policy."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http import HttpResponse

from tests.web.asking import asking
from web import context, views
from web.colour import DARK_SURFACE, LIGHT_SURFACE, accent_of, contrast
from web.middleware import ContentSecurityPolicy, policy_for


@pytest.fixture
def navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_items", {})
    monkeypatch.setattr(context, "_providers", [])
    context.register_navigation("Sell", "Deals", "web:brand", "home", 20, roles={"cam"})
    context.register_navigation("", "Style", "web:style", "home", 10, count=lambda r: 2)
    context.register_navigation("", "Gone", "no-such-name", "home", 11)


def test_navigation_shows_what_the_role_may_open(navigation: None) -> None:
    groups = context.navigation_for(asking(role="technician"))
    assert [(g["label"], [i["label"] for i in g["items"]]) for g in groups] == [("", ["Style"])]


def test_navigation_puts_the_unnamed_group_first(navigation: None) -> None:
    assert [g["label"] for g in context.navigation_for(asking(role="cam"))] == ["", "Sell"]


def test_navigation_lights_up_the_entry_above_a_detail_page(navigation: None) -> None:
    items = context.navigation_for(asking("/style/42/", role="cam"))[0]["items"]
    assert [(i["label"], i["active"], i["count"]) for i in items] == [("Style", True, 2)]


def test_navigation_check_names_an_entry_without_an_address(navigation: None) -> None:
    from web.checks import navigation_resolves

    assert [e.id for e in navigation_resolves()] == ["web.E001"]


def test_frame_asks_for_its_counts_once(navigation: None) -> None:
    asked: list[int] = []
    context.register_shell(lambda request: {"unread_count": asked.append(1) or 4})
    request = asking()
    assert [context.shell(request)["unread_count"] for _ in range(3)] == [4, 4, 4]
    assert asked == [1]


def test_fragment_asks_for_no_counts(navigation: None) -> None:
    part = SimpleNamespace(boosted=False, history_restore_request=False)
    assert context.shell(asking(htmx=part))["navigation"] == []


def test_a_refusal_shows_the_way_back_and_asks_for_no_counts(navigation: None) -> None:
    request = asking("/nowhere/", role="cam")
    assert views.page_not_found(request).status_code == 404
    (style,) = context.navigation_for(request)[0]["items"]
    assert (style["label"], style["count"]) == ("Style", 0)


@pytest.mark.parametrize("accent", ["#4263eb", "#ffe066", "#000000", "#ffffff", "#12b886", "rouge"])
def test_accent_is_readable_in_both_themes(accent: str) -> None:
    look = accent_of(accent)
    assert contrast(look.base, look.on_base) >= 4.5
    assert contrast(look.text_light, LIGHT_SURFACE) >= 4.5
    assert contrast(look.text_light, look.soft_light) >= 4.5
    assert contrast(look.text_dark, DARK_SURFACE) >= 4.5
    assert contrast(look.text_dark, look.soft_dark) >= 4.5


def test_brand_sheet_carries_the_vendors_accent_only_when_it_is_a_colour() -> None:
    for accent, shown in (("#ff0000", "#ff0000"), ("red;}body{display:none", "#4263eb")):
        sheet = views.brand(asking(vendor=SimpleNamespace(accent=accent))).content.decode()
        assert f"--tblr-primary: {shown};" in sheet
        assert "display" not in sheet


def test_policy_is_strict_outside_the_admin() -> None:
    answer = ContentSecurityPolicy(lambda request: HttpResponse())(asking("/partners/"))
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "script-src 'self';" in answer["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy_for("/admin/")
