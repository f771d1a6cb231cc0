"""An example for every parameter of every route: whose row, and what of it stands in the address."""

from __future__ import annotations

from tests.isolation.walk import Example, Route
from tests.isolation.world import Owner, World


def ref(label: str) -> Example:
    return lambda world, owner: world.get(label, owner).ref


def constant(value: str) -> Example:
    return lambda world, owner: value


def admin_row(route: str) -> Example | None:
    """Every admin page of one object takes the owner's row of that model by its key."""
    from django.apps import apps

    for model in apps.get_models():
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        if route.startswith(stem):
            return lambda world, owner: str(world.get(model._meta.label, owner).pk)
    return None


class Examples(dict[str, Example]):
    """Named examples first, then the admin's rule for ``object_id``."""

    def get(self, key: str, default: Example | None = None) -> Example | None:  # type: ignore[override]
        found = super().get(key)
        if found is None and key.startswith("admin:") and key.endswith(" object_id"):
            return admin_row(key.removesuffix(" object_id"))
        return found or default

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None


EXAMPLES: dict[str, Example] = Examples(
    {
        # Sign-in: keys that only a mail carries; anything else is refused alike.
        "account_confirm_email key": constant("no-such-key"),
        "account_reset_password_from_key uidb36": constant("1"),
        "account_reset_password_from_key key": constant("no-such-key"),
        "admin:(unnamed (?P<url>.*)$) url": constant("nowhere/"),
    }
)


def allowed(route: Route, owner: Owner, canary: str) -> bool:
    """What anybody may meet: the public page of one certificate names its holder."""
    return route.name == "certificate_verify" and canary == owner.canary


__all__ = ["EXAMPLES", "World", "allowed"]
