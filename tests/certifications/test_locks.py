"""Revoking meets whoever else decides on the partner."""

from __future__ import annotations

import pytest
from django.db import connection, connections, transaction
from django.db.utils import OperationalError

from certifications.actions import revoke_certificate
from certifications.models import Certificate
from tenants import scope
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import noon


def test_a_revocation_waits_for_the_lock_of_the_employer(committed_db: str) -> None:
    vendor = make.VendorFactory()
    world.publish(vendor, world.small_program())
    person = world.engineer(make.PartnerFactory(vendor=vendor))
    held = world.pass_exam(person, "basics", "2024-01-01")
    with transaction.atomic(using="ops"), connections["ops"].cursor() as other:
        other.execute("SELECT id FROM partners_partner FOR NO KEY UPDATE")
        with (
            scope.entered_vendor(person.vendor_id),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                revoke_certificate(held, "Race", at=noon("2024-02-01"))
    with scope.entered_vendor(person.vendor_id):
        assert Certificate.objects.get().revoked_on is None


def test_two_parts_recorded_at_once_wait_for_each_other(committed_db: str) -> None:
    vendor = make.VendorFactory()
    parts = {"months": 12, "parts": {"theory": {}, "practice": {}}}
    world.publish(vendor, world.small_program(basics=parts))
    person = world.engineer(make.PartnerFactory(vendor=vendor))
    with transaction.atomic(using="ops"), connections["ops"].cursor() as other:
        other.execute("SELECT id FROM tenants_person FOR NO KEY UPDATE")
        with (
            scope.entered_vendor(person.vendor_id),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                world.take(person, "basics", "2026-01-10", part="theory")
    with scope.entered_vendor(person.vendor_id):
        assert Certificate.objects.count() == 0
