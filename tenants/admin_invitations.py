"""The form that offers a role: to the vendor's own staff, or to a partner's people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES, Role
from tenants.labels import partners_listed
from tenants.models import Invitation


def _roles() -> list[tuple[Any, Any]]:
    def group(roles: frozenset[Role]) -> list[tuple[str, str]]:
        return [(role.value, str(role.label)) for role in Role if role in roles]

    return [
        ("", _("Choose a role")),
        (_("Your own staff"), group(STAFF_ROLES - {Role.OPERATOR})),
        (_("A partner’s people"), group(PARTNER_ROLES)),
    ]


def _partners() -> list[tuple[str, Any]]:
    none = ("", _("None: one of your own staff"))
    return [none, *((one.ref, one.name) for one in partners_listed())]


def _key_of(ref: str) -> int:
    return next(one.pk for one in partners_listed() if one.ref == ref)


class InvitationForm(forms.ModelForm):
    """Shape only: which role goes with a partner is the action's to say."""

    role = forms.ChoiceField(label=_("role"), choices=_roles)
    partner_id = forms.TypedChoiceField(
        label=_("partner"),
        choices=_partners,
        coerce=_key_of,
        empty_value=None,
        required=False,
        help_text=_("Only for a partner’s people. Its first partner admin invites the others."),
    )

    class Meta:
        model = Invitation
        fields = ("email", "name")
        help_texts = {
            "email": _("The offer is sent there and is good for seven days."),
            "name": _("As others will see it; the invited person can correct it."),
        }
