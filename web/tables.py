"""Base of every list table: columns that align, words for counts and empty lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import django_tables2 as tables
from django import forms
from django.core.paginator import Page
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from web.templatetags import mainstay as words

NO_VALUE = "–"


@dataclass(frozen=True)
class Blank:
    """What an empty list says: what would be here and how to start; `kind` see _empty.html."""

    title: Any
    text: Any = ""
    button_label: Any = ""
    button_url: str = ""
    icon: str = ""
    kind: str = "first"


class ListTable(tables.Table):
    """A list with sorting, paging and a card form on phones; see `web.lists.ListPage`.

    `noun` is an `ngettext_lazy("%(n)s partner", "%(n)s partners", "n")`; `blank` is what the
    list says before its first row exists.
    """

    noun: Any = ngettext_lazy("%(n)s row", "%(n)s rows", "n")
    blank = Blank(_("Nothing here yet"))
    caption: Any = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("template_name", "web/table.html")
        kwargs.setdefault("default", NO_VALUE)
        super().__init__(*args, **kwargs)
        self.region_id = f"{self.prefix}list"
        self.filter_id = f"{self.prefix}filter"
        self.base_url = ""
        self.filtering = False
        self.hidden_count = 0
        self.sorted_by_user = False

    @property
    def total(self) -> int:
        """Rows on all pages, after filters."""
        page: Page | None = getattr(self, "page", None)
        return page.paginator.count if page else len(self.rows)

    @property
    def counted(self) -> str:
        """The count in words: "16 partners"."""
        return self.words_for(self.total)

    @property
    def hidden_words(self) -> str:
        """The count that the filters hide: "16 partners"."""
        return self.words_for(self.hidden_count)

    def words_for(self, count: int) -> str:
        """Return a count with its noun, thousands grouped."""
        text = str(self.noun % {"n": count})
        return text.replace(str(count), words.number(count), 1)

    @property
    def announcement(self) -> str:
        """What a screen reader hears after the list changed."""
        page: Page | None = getattr(self, "page", None)
        if page is None or page.paginator.num_pages < 2:
            return self.counted
        place = _("page %(page)s of %(pages)s") % {
            "page": page.number,
            "pages": page.paginator.num_pages,
        }
        return f"{self.counted}, {place}"

    @property
    def sort_options(self) -> list[dict[str, Any]]:
        """The orders a phone user may choose, where no column heads are shown."""
        current = ",".join(self.order_by or ()) if self.sorted_by_user else ""
        options = [
            {"value": value, "label": label, "selected": value == current}
            for column in self.columns
            if column.orderable and column.visible
            for value, label in (
                (column.name, format_html("{} ↑", column.header)),
                (f"-{column.name}", format_html("{} ↓", column.header)),
            )
        ]
        if current and not any(option["selected"] for option in options):
            options.insert(0, {"value": current, "label": _("As chosen"), "selected": True})
        return options

    def fetch(self) -> None:
        """Read this page's rows now, so that the template asks the database nothing."""
        rows = self.paginated_rows if getattr(self, "page", None) else self.rows
        for _row in rows:
            pass


def finding(words: Any) -> forms.TextInput:
    """The field of a filter that finds rows by a name; ``words`` say what it finds."""
    return forms.TextInput(attrs={"type": "search", "data-find": "", "placeholder": words})


NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}


class NumberColumn(tables.Column):
    """Right-aligned, tabular figures, grouped thousands."""

    def __init__(self, *args: Any, places: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", NUMBER)
        super().__init__(*args, **kwargs)
        self.places = places

    def render(self, value: Any) -> str:
        """Write the number; an empty one is a dash by django-tables2 itself."""
        return words.number(value, self.places)


class MoneyColumn(NumberColumn):
    """Whole units of one currency; the accessor `currency_of` names the row's currency."""

    def __init__(
        self, *args: Any, currency: str = "USD", currency_of: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.currency_of = currency, currency_of

    def render(self, value: Any, record: Any = None) -> str:
        """Write the amount with its currency."""
        own = tables.A(self.currency_of).resolve(record) if self.currency_of else self.currency
        return words.money(value, own)


class DayColumn(tables.Column):
    """A day as "10 Dec 2026"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"td": {"class": "num nowrap"}, "th": {"class": "num"}})
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> str:
        """Write the day."""
        return words.short_date(value)


class PieceColumn(tables.Column):
    """A cell drawn by a small template: `PieceColumn("partners/_health_cell.html")`.

    The template gets `record`, `value`, `today` of the table (if set) and `table`.
    """

    def __init__(self, template_name: str, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("empty_values", ())
        super().__init__(*args, **kwargs)
        self.template_name = template_name

    def render(self, value: Any, record: Any, table: tables.Table) -> str:
        """Draw the cell."""
        from django.template.loader import get_template

        context = {"record": record, "value": value, "table": table}
        context["today"] = getattr(table, "today", None)
        return get_template(self.template_name).render(context)
