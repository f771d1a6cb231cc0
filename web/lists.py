"""The one list page: filter, sort and page in the address; htmx swaps the list alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.generic import TemplateView
from django_tables2 import RequestConfig

from web.tables import Blank, ListTable


class ListPage(TemplateView):
    """A page whose main part is one `ListTable`.

    Set `table_class`, `get_queryset()`, and as needed `filterset_class`, `page_size`,
    `blank` (over the table's own), `template_name` (extend web/list_page.html).
    """

    table_class: ClassVar[type[ListTable]]
    filterset_class: ClassVar[type | None] = None
    template_name = "web/list_page.html"
    region_template = "web/table.html"
    page_size = 25
    blank: Blank | None = None

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows this user may see, with all that the columns show."""
        raise NotImplementedError

    def get_table_kwargs(self) -> dict[str, Any]:
        """Return further arguments of the table."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the page, or with the list alone when the list asks for itself."""
        context = self.get_context_data(**kwargs)
        asked = self.asks_for_list(context["table"].region_id)
        name = self.region_template if asked else self.template_name
        response = self.response_class(
            request=request, template=[name], context=context, using=self.template_engine
        )
        patch_vary_headers(response, ["HX-Request"])
        return response

    def asks_for_list(self, region_id: str) -> bool:
        """Say whether htmx asks for the region only; htmx 4 sends "div#list" for "list"."""
        htmx = getattr(self.request, "htmx", None)
        if not htmx or htmx.history_restore_request:
            return False
        return str(htmx.target or "").split("#")[-1] == region_id

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Build filter and table; every query of the page is asked here."""
        rows, chosen, picked = self.get_queryset(), None, False
        everything = rows
        if self.filterset_class is not None:
            chosen = self.filterset_class(self.request.GET, queryset=rows, request=self.request)
            rows, picked = chosen.qs, is_filtering(chosen)
        table = self.table_class(rows, **self.get_table_kwargs())
        paging = {"per_page": self.page_size, "silent": True}
        RequestConfig(self.request, paginate=paging).configure(table)
        table.base_url, table.filtering = self.request.path, picked
        table.sorted_by_user = table.prefixed_order_by_field in self.request.GET
        if self.blank is not None:
            table.blank = self.blank
        if picked and not table.total:
            table.hidden_count = everything.count()
        table.fetch()
        return super().get_context_data(table=table, filter=chosen, **kwargs)


def is_filtering(chosen: Any) -> bool:
    """Say whether a FilterSet narrows anything: some valid field has a value."""
    form = chosen.form
    if not form.is_bound:
        return False
    form.is_valid()
    return any(form.cleaned_data.get(name) not in (None, "", [], False) for name in form.fields)
