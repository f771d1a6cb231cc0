"""What each method of a resource needs; what is not listed is refused."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants import scope as scopes
from tenants.writing import NotAllowed


class HasCapability(BasePermission):
    """The token was granted what ``capabilities`` of the view names for the method or action."""

    def has_permission(self, request: Request, view: Any) -> bool:
        # An unknown method must not get as far as a view that never expected it (TRACE, QUERY).
        method = str(request.method)
        if method.lower() not in view.http_method_names or not hasattr(view, method.lower()):
            raise MethodNotAllowed(method)
        if request.auth is None:
            raise NotAuthenticated()
        needed = view.needed_capability()
        if needed is None:
            return False
        if not scopes.current().can(needed):
            raise NotAllowed(needed)
        return True
