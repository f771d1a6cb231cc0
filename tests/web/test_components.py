"""The pieces of the page, drawn without a database."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.http import Http404
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import override_settings
from django.utils.translation import ngettext_lazy

from tests.web.asking import asking
from web import drawing, views
from web.style_samples import samples
from web.tables import Blank, ListTable, MoneyColumn, NumberColumn
from web.templatetags import mainstay as tags

pytestmark = pytest.mark.skipif(
    not (Path(settings.BASE_DIR) / "node_modules").is_dir(), reason="npm ci has not run"
)
TEMPLATES = Path(settings.BASE_DIR) / "templates"


def draw(source: str, **values: Any) -> str:
    return Template("{% load mainstay %}" + source).render(Context(values))


# --- one page with everything on it ---------------------------------------------------


def test_style_page_draws_every_piece() -> None:
    page = views.style(asking()).content.decode()
    for name in ("todo", "blocker", "ladder", "ring", "meter", "kpi", "blank", "event", "pager"):
        assert re.search(rf'class="[^"]*\b{name}\b', page), name


def test_style_page_needs_no_inline_code() -> None:
    page = views.style(asking()).content.decode()
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(?:\bsrc=|json))", page) == []


def test_style_page_names_no_other_host() -> None:
    page = views.style(asking()).content.decode()
    assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", page) == []


def test_style_page_is_hidden_from_others() -> None:
    stranger = asking(user=SimpleNamespace(is_authenticated=False, is_staff=False))
    with override_settings(DEBUG=False), pytest.raises(Http404):
        views.style(stranger)


def test_no_template_has_inline_code() -> None:
    pattern = (
        r"<style\b|\sstyle=|\son(?:click|change|submit|load|input)="
        r"|<script(?![^>]*(?:\bsrc=|json))"  # a file, or data that nothing runs
    )
    # The admin has its own policy; letters are mail, a paper is printed, and neither is a page.
    apart = {"admin", "email", "letter.html", "paper.html"}
    ours = [p for p in TEMPLATES.rglob("*.html") if not apart & set(p.parts)]
    wrong = [str(p.relative_to(TEMPLATES)) for p in ours if re.search(pattern, p.read_text())]
    assert wrong == []


# --- tags -------------------------------------------------------------------------------


def test_icon_is_inlined_and_silent() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "lock" %}')


def test_icon_with_a_label_speaks_and_escapes() -> None:
    assert 'role="img" aria-label="a &lt;b&gt;"' in draw(
        '{% icon "lock" label=label %}', label="a <b>"
    )


@pytest.mark.parametrize("name", ["no-such-icon", "../../package", "a b"])
def test_icon_refuses_unknown_names(name: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        draw("{% icon name %}", name=name)


def test_badge_escapes_its_label() -> None:
    assert "&lt;b&gt;" in draw('{% badge label "bad" %}', label="<b>")


@pytest.mark.parametrize(
    ("days", "dash", "text", "tone"),
    [
        (None, 0, "∞", "muted"),
        (-4, 100, "-4", "bad"),
        (0, 100, "0", "bad"),
        (18, 4.93, "18", "bad"),
        (1, 3, "1", "bad"),
        (74, 20.27, "74", "warn"),
        (400, 100, "400", "ok"),
    ],
)
def test_ring_shows_the_days_left(days: int | None, dash: float, text: str, tone: str) -> None:
    assert (drawing.ring(days, 365), tags.tone_for_days(days)) == (
        {"dash": dash, "text": text},
        tone,
    )


@pytest.mark.parametrize(
    ("value", "total", "share"),
    [(6, 8, 75.0), (9, 8, 100.0), (-1, 8, 0.0), (3, 0, 0.0), (None, 8, 0.0)],
)
def test_meter_stays_within_its_track(value: Any, total: Any, share: float) -> None:
    assert drawing.share(value, total) == share


def test_meter_draws_no_bar_at_nothing() -> None:
    assert "meter-value" not in draw("{% meter 0 8 %}")


def test_numbers_in_drawings_keep_their_dot_in_every_language() -> None:
    from django.utils import translation

    with translation.override("de"):
        assert 'width="33.33%"' in draw("{% meter 1 3 %}")


@pytest.mark.parametrize("values", [[], [5]])
def test_sparkline_of_too_few_values_is_nothing(values: list[int]) -> None:
    assert draw("{% sparkline values %}", values=values).strip() == ""


def test_sparkline_of_equal_values_is_a_level_line() -> None:
    assert drawing.sparkline([4, 4], 84, 26)["line"] == "3.0,22.0 81.0,22.0"


def test_stacked_segments_never_leave_the_track() -> None:
    parts = drawing.stacked([{"value": 80}, {"value": 80}], 100)
    assert [(p["x"], p["width"]) for p in parts] == [(0.0, 80.0), (80.0, 20.0)]


def test_bar_chart_has_a_table_with_the_same_numbers() -> None:
    column = {"label": "6 Dec", "parts": [{"value": 1234, "label": "Booked", "tone": "ok"}]}
    page = draw('{% bar_chart columns "Expiries" %}', columns=[column])
    assert "<table" in page
    assert "1,234" in page


def test_bar_chart_of_nothing_draws() -> None:
    assert drawing.bar_chart([])["columns"] == []


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Priya Nair", "PN"),
        ("Alder & Finch IT", "AI"),
        ("sam@aurora.example", "SE"),
        ("Jo", "JO"),
        ("", "?"),
    ],
)
def test_initials_are_two_letters(name: str, letters: str) -> None:
    assert tags.initials(name) == letters


@pytest.mark.parametrize(
    ("days", "long", "short"),
    [
        (None, "no end", ""),
        (0, "today", "today"),
        (1, "tomorrow", "1 day"),
        (-1, "yesterday", "1 day over"),
        (18, "in 18 days", "18 days"),
        (-3, "3 days ago", "3 days over"),
        (1200, "in 1,200 days", "1,200 days"),
    ],
)
def test_days_are_said_in_words(days: int | None, long: str, short: str) -> None:
    assert (tags.days_words(days), tags.days_short(days)) == (long, short)


def test_days_until_takes_days_and_instants() -> None:
    today = date(2026, 11, 22)
    assert tags.days_until(date(2026, 12, 10), today) == 18
    assert tags.days_until(datetime(2026, 11, 20, 23, tzinfo=UTC), today) == -2


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (42000, "USD", "$42,000"),
        (-5, "EUR", "−€5"),
        (42000, "CHF", "CHF\u00a042,000"),
        (None, "USD", "–"),
    ],
)
def test_money_names_its_currency(amount: Any, currency: str, words: str) -> None:
    assert tags.money(amount, currency) == words


def test_short_money_fits_a_tile() -> None:
    assert [tags.money_short(n) for n in (4_770_000, 412_300, 950)] == ["$4.77M", "$412k", "$950"]


def test_browser_words_name_browser_and_system() -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0"
    assert tags.browser_words(agent) == "Edge on Windows"


# --- pieces ---------------------------------------------------------------------------------


def test_blocker_says_rule_values_and_way_out() -> None:
    page = render_to_string("web/_blocker.html", {"blocker": samples()["blockers"][0]})
    for words in (
        "needs 2 engineers",
        "Existing seats keep working.",
        "Needed",
        "You have",
        "See who can certify",
        "Priya Nair, partner admin",
    ):
        assert words in page


def test_todo_button_names_its_subject_for_screen_readers() -> None:
    page = render_to_string("web/_todo.html", {"item": samples()["todo"][0]})
    assert 'aria-label="Book exams: Renew 2 engineer certificates"' in page


def test_ladder_says_its_state_in_words() -> None:
    page = render_to_string("web/_ladder.html", {"steps": samples()["steps"]})
    assert [page.count(w) for w in ("reached</", "you are here", "not reached")] == [3, 1, 1]


class PartnerTable(ListTable):
    noun = ngettext_lazy("%(n)s partner", "%(n)s partners", "n")
    blank = Blank("No partners yet", "Import a list.", "Import", "/imports/")
    seats = NumberColumn()
    arr = MoneyColumn(currency="EUR")


def table(rows: int, **attributes: Any) -> PartnerTable:
    made = PartnerTable([{"seats": 1234 + n, "arr": 5000} for n in range(rows)])
    made.paginate(per_page=2)
    made.base_url = "/partners/"
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def drawn(made: PartnerTable, path: str = "/partners/?q=x") -> str:
    return render_to_string("web/table.html", {"table": made}, request=asking(path))


def test_table_keeps_filters_in_its_links() -> None:
    assert 'href="/partners/?q=x&amp;sort=seats"' in drawn(table(3))
    assert 'href="/partners/?q=x&amp;page=2"' in drawn(table(3))


def test_table_labels_its_cells_for_phones() -> None:
    assert re.findall(r'data-label="(\w+)"', drawn(table(1))) == ["Seats", "Arr"]


def test_table_counts_in_words() -> None:
    assert (table(1).counted, table(3).counted, table(3).announcement) == (
        "1 partner",
        "3 partners",
        "3 partners, page 1 of 2",
    )


def test_table_before_its_first_row_says_how_to_start() -> None:
    page = drawn(table(0))
    assert "No partners yet" in page
    assert 'href="/imports/"' in page


def test_table_with_all_rows_hidden_says_how_many() -> None:
    page = drawn(table(0, filtering=True, hidden_count=16))
    assert "No match among 16 partners" in page
    assert "Clear filters" in page


class ClientForm(forms.Form):
    name = forms.CharField(help_text="As on the agreement.")
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"class": "own"}))
    agree = forms.BooleanField()


def test_field_ties_label_help_and_error_together() -> None:
    page = str(ClientForm({"name": ""}))
    for words in (
        'for="id_name"',
        'class="form-control is-invalid"',
        'aria-invalid="true"',
        'aria-describedby="id_name_helptext id_name_error"',
        'id="id_name_error"',
    ):
        assert words in page


def test_field_keeps_a_class_of_its_own() -> None:
    assert 'class="own"' in str(ClientForm())


def test_field_draws_a_box_with_its_label_beside() -> None:
    assert re.search(r'form-check-input.*?form-check-label">Agree', str(ClientForm()), re.S)
