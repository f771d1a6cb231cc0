"""Verbs on an object's admin page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants import scope as scopes

DONE = _("Done.")


def _always(obj: Any) -> bool:
    return True


@dataclass(frozen=True)
class Button:
    """One verb on an object's page: calls ``action(obj, **cleaned_data)`` by POST.

    With ``form`` the button opens a page that asks for it first. ``shown`` hides the button where
    the verb makes no sense; whether it is allowed stays with the action. ``done`` is the message.
    ``form_of`` gives the form for one object, where it asks for different things of each.
    """

    name: str
    label: Any
    action: Callable[..., Any]
    form: type[forms.Form] | None = None
    shown: Callable[[Any], bool] = _always
    tone: str = "default"
    done: Any = DONE
    note: Any = ""
    form_of: Callable[[Any], Callable[..., forms.Form]] | None = None

    @property
    def asks(self) -> bool:
        """Whether a form comes before the action."""
        return self.form is not None or self.form_of is not None

    def form_for(self, obj: Any) -> Callable[..., forms.Form] | None:
        """What makes the form that the button asks with, or ``None``."""
        return self.form_of(obj) if self.form_of is not None else self.form

    @property
    def allowed(self) -> bool:
        return may(self.action)


def may(action: Callable[..., Any] | None) -> bool:
    """Whether the current scope holds the capability that the action asks for."""
    if action is None:
        return False
    capability = getattr(action, "capability", None)
    scope = scopes.current_or_none()
    return scope is not None and (capability is None or scope.can(capability))
