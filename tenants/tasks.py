"""Background work of the base, and the door through which all tasks enter a vendor.

A message only says "look": ids in, the vendor entered, one action called. Nothing may depend on
a message arriving, so a task that is run twice or late does no harm.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from celery import shared_task

from tenants import scope as scopes
from tenants.actions.answers import sweep_old_answers
from tenants.actions.sealing import sweep_event_seal
from tenants.audit import anchor_daily
from tenants.importing import working
from tenants.models import Vendor
from web import clock

R = TypeVar("R")


def vendor_task(**options: Any) -> Callable[[Callable[..., R]], Any]:
    """Make a function a task whose first argument is a vendor's id, entered as the system.

    ``@vendor_task()`` above ``def send_statement(vendor_id: int, statement_id: int)``: called as
    ``send_statement.delay(vendor.pk, statement.pk)``, the body runs inside that vendor and calls
    one action. Arguments are ids and other plain JSON, never rows.
    """

    def decorate(function: Callable[..., R]) -> Any:
        @functools.wraps(function)
        def entered(vendor_id: int, *args: Any, **kwargs: Any) -> R:
            with scopes.entered_vendor(vendor_id, origin="task"):
                return function(vendor_id, *args, **kwargs)

        return shared_task(**options)(entered)

    return decorate


@shared_task
def seal_events() -> int:
    """Seal what is finished, and once a day note the newest links outside the database."""
    at = clock.now()
    sealed = sweep_event_seal(at=at)
    anchor_daily(at)
    return sealed


@shared_task
def drop_old_answers() -> int:
    """Forget answers kept for ``Idempotency-Key`` a day ago; late only means kept longer."""
    return sweep_old_answers(at=clock.now())


@shared_task
def imports_due() -> int:
    """Give every waiting import to a worker; returns how many."""
    count = 0
    for vendor_id in _vendors():
        with scopes.entered_vendor(vendor_id, origin="task"):
            waiting = working.hand_out()
        for job_id in waiting:  # expires before it is given out again
            work_on_import.apply_async([vendor_id, job_id], expires=working.QUIET.seconds - 10)
        count += len(waiting)
    return count


@vendor_task()
def work_on_import(vendor_id: int, job_id: int) -> None:
    """Read or apply one import."""
    working.work_on_import(job_id, at=clock.now())


@shared_task
def drop_old_imports() -> int:
    """Delete files and rows of imports that ended long ago."""
    count = 0
    for vendor_id in _vendors():
        with scopes.entered_vendor(vendor_id, origin="task"):
            count += working.drop_old_imports(at=clock.now())
    return count


def _vendors() -> list[int]:
    return list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
