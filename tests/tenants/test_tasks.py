from __future__ import annotations

from pathlib import Path
from typing import Any

from tenants import audit, scope
from tenants.capabilities import Role
from tenants.models import Person, Seal
from tenants.tasks import seal_events, vendor_task
from tenants.writing import acting, record_event
from tests.factories import prepared
from tests.tenants.world import make_vendor


@vendor_task(name="tests.look")
def look(vendor_id: int, words: str) -> tuple[int, str, str]:
    entered = scope.current()
    return entered.vendor_id, str(entered.role), words


def test_a_task_enters_its_vendor_as_the_system() -> None:
    assert look.run(7, words="hello") == (7, Role.SYSTEM, "hello")
    assert scope.current_or_none() is None


def test_sealing_also_anchors_once_a_day(committed_db: str, tmp_path: Path, settings: Any) -> None:
    settings.MAINSTAY_HOME = tmp_path
    vendor = make_vendor("aurora")
    with scope.entered_vendor(vendor.pk), acting():
        record_event("person.added", Person.objects.create(name="Ana"))
    assert (seal_events(), seal_events()) == (1, 0)
    with prepared(vendor):
        seal = Seal.objects.get()
    assert [a.chain for a in audit.read_anchors(audit.anchor_file())] == [bytes(seal.chain).hex()]
