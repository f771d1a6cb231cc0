"""Which state follows which: the database's table is the model's, and it is held."""

from __future__ import annotations

import re

import pytest
from django.db import DatabaseError, connection, transaction

from licensing.models import ClassChange, CustomerMove, Override, PartnerMerge, Reservation
from tests import factories as make
from tests.licensing import world as w
from tests.licensing.test_exceptions import PROGRAM, smash

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Override, Reservation, ClassChange, CustomerMove, PartnerMerge])
def test_the_catalogue_holds_the_models_table(model) -> None:
    name = f"{model._meta.db_table}_state_transitions"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s", [name])
        (held,) = cursor.fetchone()
    pair = r"old\.state\)::text = '(\w+)'::text\) AND \(\(new\.state\)::text = '(\w+)'"
    steps = {(str(x), str(y)) for x, onward in model.TRANSITIONS.items() for y in onward}
    assert set(re.findall(pair, held, re.I)) == steps


def test_no_other_step_of_an_override_is_possible() -> None:
    partner = w.new_partner(w.new_vendor(program=PROGRAM))
    row = smash(partner)
    for after in Override.State.values:
        if after in {*Override.TRANSITIONS["approved"], "approved"}:
            continue
        with pytest.raises(DatabaseError), make.prepared(partner.vendor), transaction.atomic():
            Override.objects.filter(pk=row.pk).update(state=after)
