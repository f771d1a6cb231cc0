"""``Resource``: the base every app's resource derives from; enters the scope, asks the rights."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from contextlib import ExitStack
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from tenants import clock as vendor_clock
from tenants import scope as scopes
from tenants.api.authentication import TokenAuthentication
from tenants.api.idempotency import once
from tenants.api.permissions import HasCapability
from tenants.writing import NotAllowed, Refused
from web.api import rates
from web.api.problems import Problem, translate
from web.api.resource import ResourceView


class ScopedView:
    """Mixin for a DRF view of the API: door, rate limit, permissions, Idempotency-Key.

    ``capabilities`` maps a method (``"GET"``) or the name of an extra action (``"approve"``) to
    the capability it needs. A method without one is refused.
    """

    authentication_classes: ClassVar[list[Any]] = [TokenAuthentication]
    permission_classes: ClassVar[list[Any]] = [HasCapability]
    capabilities: ClassVar[Mapping[str, str]] = {}

    def needed_capability(self) -> str | None:
        """What this request needs, or ``None``, which refuses everybody."""
        action, method = getattr(self, "action", None), self.request.method  # type: ignore[attr-defined]
        found = self.capabilities.get(action or "")
        return found or self.capabilities.get("GET" if method == "HEAD" else method or "")

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """DRF's dispatch, inside the scope that the token gives and with POSTs done once.

        The answer is rendered before the scope is left.
        """
        self.args, self.kwargs = args, kwargs
        self.request = request = self.initialize_request(request, *args, **kwargs)  # type: ignore[attr-defined]
        self.headers = self.default_response_headers  # type: ignore[attr-defined]
        self._told: tuple[rates.Standing, ...] = ()
        with ExitStack() as self._stack:
            try:
                self.initial(request, *args, **kwargs)  # type: ignore[attr-defined]
                if request.method == "POST":
                    return once(request, self._answer)
                return self._answer()
            except Exception as error:
                return self._finished(self.handle_exception(error))  # type: ignore[attr-defined]

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)  # type: ignore[misc]
        if request.auth is not None:
            grant: Any = request.auth
            request_id = getattr(request._request, "request_id", "")
            self._stack.enter_context(scopes.enter(grant.scope(request_id)))

    def check_throttles(self, request: Request) -> None:
        grant: Any = request.auth
        if grant is None:
            return
        standings = (
            rates.count("client", grant.client_id, settings.API_RATE_PER_MINUTE),
            rates.count("vendor", grant.vendor_id, settings.API_VENDOR_RATE_PER_MINUTE),
        )
        # How much all clients of the vendor ask is no partner's to know.
        self._told = standings if grant.partner_id is None else standings[:1]
        for standing in standings:
            if standing.exceeded:
                raise Throttled(wait=standing.reset)

    def _answer(self) -> HttpResponse:
        """The handler's answer, errors included, rendered."""
        try:
            handler = getattr(self, str(self.request.method).lower())
            return self._finished(handler(self.request, *self.args, **self.kwargs))
        except Exception as error:
            return self._finished(self.handle_exception(error))  # type: ignore[attr-defined]

    def _finished(self, response: Any) -> HttpResponse:
        response = self.finalize_response(self.request, response, *self.args, **self.kwargs)  # type: ignore[attr-defined]
        if self._told:
            for name, value in rates.headers(self._told).items():
                response[name] = value
        if isinstance(response, Response) and not response.is_rendered:
            response.render()
        return response


class Resource(ScopedView, ResourceView):  # type: ignore[misc]
    """One kind of thing in the API. See ``web/api/__init__.py`` for how to write one."""

    def scope_key(self) -> Hashable:
        """The whole scope but for who asked when, and the vendor's day."""
        held = scopes.current()
        return (
            held.vendor_id, held.partners, held.role, held.person_id, held.client_id,
            held.api_scopes, vendor_clock.today(),
        )  # fmt: skip


def _refused(error: Refused) -> Problem:
    blockers = [reason.to_dict() for reason in error.reasons]
    return Problem(409, error.code, error.detail, title="Refused", blockers=blockers)


def _not_allowed(error: NotAllowed) -> Problem:
    return Problem(
        403, "not_allowed",
        f"This token does not include “{error.capability}”.", capability=error.capability,
    )  # fmt: skip


translate(Refused, _refused)
translate(NotAllowed, _not_allowed)
