"""The library's account forms with the product's word for an address."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as theirs
from django.utils.translation import gettext_lazy as _


class Worded:
    """Mixed into a form: its field for the address is called as on every other page."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("login", "email"):
            if name in self.fields:
                self.fields[name].label = _("E-mail")
                self.fields[name].widget.attrs.pop("placeholder", None)


class LoginForm(Worded, theirs.LoginForm):
    """Sign in by password."""


class RequestLoginCodeForm(Worded, theirs.RequestLoginCodeForm):
    """Ask for a code by e-mail."""


class ResetPasswordForm(Worded, theirs.ResetPasswordForm):
    """Ask for a new password."""


class NewPassword:
    """Mixed into a form: labels with one capital, as on every other page."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": _("Current password"),
            "password1": _("New password"),
            "password2": _("New password again"),
        }
        for name in labels.keys() & self.fields.keys():
            self.fields[name].label = labels[name]
            self.fields[name].widget.attrs.pop("placeholder", None)


class ChangePasswordForm(NewPassword, theirs.ChangePasswordForm):
    """Change the password."""


class SetPasswordForm(NewPassword, theirs.SetPasswordForm):
    """Set the first password."""


class ResetPasswordKeyForm(NewPassword, theirs.ResetPasswordKeyForm):
    """Set a new password by the link of a mail."""


class AddEmailForm(Worded, theirs.AddEmailForm):
    """Add an address."""
