"""The base of every admin page: own vendor only, and nothing is saved except by an action.

Django's admin would write rows by itself, keep a log of its own and list global logins. Here a
class names the *actions* of its app; forms only shape their input, and ``Refused`` is shown as the
form's errors (or, for a button, as a message) with nothing written. State is read-only.

    @admin.register(Customer)                       # admin = django.contrib.admin
    class CustomerAdmin(VendorAdmin):
        job, icon = "partners", "apartment"         # the group in the side bar; Material symbol
        list_display = ("name", "partner", "vertical", "since")
        list_select_related = ("partner",)
        show = ("name", "partner", "vertical", "since", "until")        # detail page, read-only
        add_action = actions.add_customer           # called as add_customer(**cleaned_data)
        add_fields = ("partner", "name", "vertical")
        change_action = actions.change_customer     # change_customer(customer, **cleaned_data)
        change_fields = ("name", "vertical")
        buttons = (
            Button("release", _("Release"), actions.release_customer, form=ReleaseForm,
                   shown=lambda customer: customer.until is None, tone="danger"),
        )                                           # POST; release_customer(customer, **cleaned)
        page_links = ((_("Import"), "admin:partners_import"),)          # above the list

Without an ``add_action`` nothing can be added, and so on. A button asks for its action's own
capability. Actions that take ``at`` or ``on`` are named as ``with_now(action)`` or
``with_today(action)`` (``tenants/edges.py``). ``form``/``add_form`` may be a ModelForm with fields
that the model does not have.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets, label_for_field, unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from tenants import scope as scopes
from tenants.admin_addresses import PublicAddresses, link_column
from tenants.admin_buttons import DONE, may
from tenants.admin_buttons import Button as Button
from tenants.admin_forms import DayInput, dress, dressed
from tenants.admin_home import Waits as Waits
from tenants.admin_states import StatesAsLabels
from tenants.models import Event
from tenants.rows import VendorRow
from tenants.writing import Refused

HISTORY_SHOWN = 200
_NEVER_SHOWN = frozenset({"id", "vendor", "public_id", "user"})


class VendorInline(TabularInline):
    """Rows of another kind on an object's page: to read, never to write."""

    extra = 0
    can_delete = False
    hide_title = True  # the row's own name says nothing that its columns do not

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return tuple(self.fields or ())

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        # On a phone each row is a card that prints its labels as they come: say them as headings.
        labels = {n: capfirst(str(label_for_field(n, self.model, self))) for n in self.fields or ()}
        return super().get_formset(request, obj, labels=labels, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _entered("admin.use")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VendorAdmin(StatesAsLabels, PublicAddresses, ModelAdmin):
    """See the module's docstring."""

    job: ClassVar[str] = "settings"
    icon: ClassVar[str] = "description"
    job_order: ClassVar[int] = 100
    view_capability: ClassVar[str] = "admin.use"
    show: ClassVar[Sequence[str]] = ()
    add_action: ClassVar[Callable[..., Any] | None] = None
    add_fields: ClassVar[Sequence[str]] = ()
    add_form: ClassVar[type[forms.ModelForm] | None] = None
    change_action: ClassVar[Callable[..., Any] | None] = None
    change_fields: ClassVar[Sequence[str]] = ()
    buttons: ClassVar[Sequence[Button]] = ()
    page_links: ClassVar[Sequence[tuple[Any, str]]] = ()
    add_label: ClassVar[Any] = ""
    """What the button of the empty list and the form's page say, e.g. "Invite somebody"."""
    blank: ClassVar[Any] = ""
    """What the list is for and where its rows come from; read where it is empty."""
    waits: ClassVar[Waits | None] = None
    """Which rows wait for the vendor's decision; the start page says so."""

    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateField: {"widget": DayInput}}
    actions: Sequence[Any] | None = None  # "delete selected" would write without an event
    view_on_site = False
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    change_form_template = "admin/vendor_change_form.html"
    change_list_template = "admin/vendor_change_list.html"

    def __init__(self, model: type[Any], admin_site: Any) -> None:
        if not issubclass(model, VendorRow):
            raise ImproperlyConfigured(f"{model.__name__} is no vendor's row: no admin page.")
        if self.list_editable:
            raise ImproperlyConfigured(f"{type(self).__name__}: list_editable saves past actions.")
        super().__init__(model, admin_site)

    # What may be done: the scope says, never a flag on the login.

    def _verb(self, name: str) -> Callable[..., Any] | None:
        """The action given by the class; a function there is not to be bound as a method."""
        found = inspect.getattr_static(type(self), name)
        return found.__func__ if isinstance(found, staticmethod) else found

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _entered(self.view_capability)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _entered("admin.use") and may(self._verb("add_action"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _entered("admin.use") and may(self._verb("change_action"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # What is shown.

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        if obj is None:
            return tuple(self.add_fields)
        concrete = [f.name for f in self.model._meta.concrete_fields if f.name not in _NEVER_SHOWN]
        names = dict.fromkeys([*(self.shown_of(obj) or concrete), *self.change_fields])
        return tuple(self._shown(name) for name in names)

    def shown_of(self, obj: Any) -> Sequence[str]:
        """Of ``show`` what says something of this object."""
        return self.show

    def _shown(self, name: str) -> Any:
        """The field's name, or for a row of another kind a link to its page."""
        key = None if name in self.change_fields else self._foreign_key(name)
        return name if key is None or hasattr(type(self), name) else link_column(key)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        if obj is None:
            return ()
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))
        return tuple(name for name in shown if name not in self.change_fields)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Only declared filters: any other lookup would be a way to guess hidden columns."""
        declared = {_filtered_by(entry) for entry in self.get_list_filter(request)}
        declared.add(self.date_hierarchy or "")
        return lookup.split("__")[0] in declared and super().lookup_allowed(lookup, value, request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Choices come from the scoped manager; rows without a vendor are never listed."""
        target = db_field.remote_field.model
        if not issubclass(target, VendorRow):
            raise ImproperlyConfigured(f"{db_field} lists {target.__name__}, which has no vendor.")
        kwargs.setdefault("queryset", target.objects.all())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Without the links beside a choice: they write numbers into addresses."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def name_of(self, obj: Any) -> str:
        """What the object's pages are headed by; for kinds whose rows have no name of their own."""
        return str(obj)

    # Forms: shape only. The action writes.

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None and self.add_form is not None:
            kwargs["form"] = self.add_form
        built = super().get_form(request, obj, change, **kwargs)
        dress(built.base_fields)
        refused: Refused | None = getattr(request, "_refused", None)
        if refused is None:
            return built
        reasons = refused.reasons

        class Answered(built):  # type: ignore[misc, valid-type]
            """The same form after the action said no: its reasons are the form's errors."""

            def _post_clean(self) -> None:
                super()._post_clean()
                for reason in reasons:
                    field = reason.pointer if reason.pointer in self.fields else None
                    self.add_error(field, " ".join(filter(None, [reason.detail, reason.fix])))

        return Answered

    def _changeform_view(self, request: Any, *args: Any) -> HttpResponse:
        try:
            return super()._changeform_view(request, *args)
        except Refused as refused:
            request._refused = refused
            return super()._changeform_view(request, *args)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Never saves: calls the class's action with the cleaned data."""
        cleaned = {name: form.cleaned_data[name] for name in form.fields}
        action = self._verb("change_action" if change else "add_action")
        if action is None:
            raise PermissionDenied
        if change:
            # The form has put its values on ``obj`` already; the action compares old and new.
            action(self.get_queryset(request).get(pk=obj.pk), **cleaned)
            return
        made = action(**cleaned)
        if isinstance(made, self.model):
            obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise PermissionDenied

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        raise PermissionDenied

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """On to what was made; to the list where the action made something else."""
        if obj.pk is None:
            messages.success(request, DONE)
            return redirect(self._address("changelist"))
        words = _("Saved: %(kind)s “%(name)s”.") % {
            "kind": self.opts.verbose_name,
            "name": self.name_of(obj),
        }
        messages.success(request, words)
        return redirect(self._address("change", obj.ref))

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        messages.success(request, _("Saved."))
        return redirect(self._address("change", obj.ref))

    # The event log is the history; Django's own log would be a second, erasable one.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        return None

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        from tenants.event_words import in_words

        obj = self._object(request, object_id)
        events = Event.objects.filter(subject_id=obj.public_id).order_by("-id")[:HISTORY_SHOWN]
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": self.name_of(obj),
            "opts": self.opts,
            "original": obj,
            "events": in_words(events),
            "back": self._address("change", obj.ref),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/vendor_history.html", context)

    # Buttons.

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.button_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_button"
        own = path("<path:object_id>/do/<slug:button>/", view, name=name)
        return [own, *super().get_urls()]

    def get_buttons(self, request: HttpRequest, obj: Any) -> list[Button]:
        return [b for b in self.buttons if b.allowed and b.shown(obj)]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        context = dict(extra_context or {})
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        if obj is not None:
            context["subtitle"] = self.name_of(obj)
            context["buttons"] = [
                (button, self._address("button", obj.ref, button.name))
                for button in self.get_buttons(request, obj)
            ]
        context["show_save_and_add_another"] = context["show_save_and_continue"] = False
        return super().changeform_view(request, object_id, form_url, context)

    def get_inline_formsets(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Only the tables with rows: nothing is added in them, an empty one says nothing."""
        found = super().get_inline_formsets(request, *args, **kwargs)
        return [inline for inline in found if inline.formset.initial_forms]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        links = [(label, reverse(name)) for label, name in self.page_links]
        own = {"page_links": links, "title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**own, **(extra_context or {})})

    def button_view(self, request: HttpRequest, object_id: str, button: str) -> HttpResponse:
        obj = self._object(request, object_id)
        chosen = next((b for b in self.get_buttons(request, obj) if b.name == button), None)
        if chosen is None:
            raise Http404
        make = chosen.form_for(obj)
        if request.method != "POST" and make is None:
            return HttpResponseNotAllowed(["POST"])
        asked = request.method == "POST" and "_ask" not in request.POST
        form = make(request.POST, request.FILES) if make and asked else None
        if make and not (form and form.is_valid()):
            return self._ask(request, obj, chosen, form or make())
        try:
            chosen.action(obj, **(form.cleaned_data if form else {}))
        except Refused as refused:
            for reason in refused.reasons:
                words = " ".join(filter(None, [reason.detail, reason.fix]))
                if form is not None:
                    form.add_error(reason.pointer if reason.pointer in form.fields else None, words)
                else:
                    messages.error(request, words)
            if form is not None:
                return self._ask(request, obj, chosen, form)
        else:
            messages.success(request, chosen.done)
            if self.get_object(request, unquote(object_id)) is None:  # it was deleted
                return redirect(self._address("changelist"))
        return redirect(self._address("change", obj.ref))

    def _ask(
        self, request: HttpRequest, obj: Any, button: Button, form: forms.Form
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": button.label,
            "subtitle": self.name_of(obj),
            "opts": self.opts,
            "original": obj,
            "button": button,
            "form": dressed(form),
            "back": self._address("change", obj.ref),
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/vendor_button.html", context, status=status)

    def _object(self, request: HttpRequest, object_id: str) -> Any:
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        return obj

    def _address(self, page: str, *args: Any) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=args)


def _filtered_by(entry: Any) -> str:
    """The column or parameter that an entry of ``list_filter`` answers to."""
    named = entry[0] if isinstance(entry, (tuple, list)) else entry
    return str(getattr(named, "parameter_name", named)).split("__")[0]


def _entered(capability: str) -> bool:
    scope = scopes.current_or_none()
    return scope is not None and scope.can(capability)
