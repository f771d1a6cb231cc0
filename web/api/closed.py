"""What a view of the API may do unless it says otherwise: nothing."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission


class Nobody(BasePermission):
    """The default: a view that forgot to name its door and its rights answers nobody."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False
