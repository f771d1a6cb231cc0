"""The walls of the base and the append-only log."""

from django.db import migrations

from tenants.sql import (
    CHAIN_AGGREGATE,
    CHAIN_STEP,
    EVENT_APPEND,
    EVENT_DIGEST,
    REFUSE_CHANGE,
    REFUSE_TRANSITION,
    append_only,
    grants,
    transitions_trigger,
)
from tenants.wall import Wall

IMPORT_STATES = {"previewed": {"applied", "discarded"}}
STATEMENTS = [
    (EVENT_DIGEST, "DROP FUNCTION IF EXISTS event_digest(tenants_event)"),
    (
        EVENT_APPEND,
        "DROP FUNCTION IF EXISTS "
        "event_append(text, text, uuid, bigint, jsonb, jsonb, jsonb, bigint, integer)",
    ),
    (REFUSE_CHANGE, "DROP FUNCTION IF EXISTS refuse_change()"),
    (REFUSE_TRANSITION, "DROP FUNCTION IF EXISTS refuse_transition()"),
    transitions_trigger("tenants_importjob", "state", IMPORT_STATES),
    (CHAIN_STEP, "DROP FUNCTION IF EXISTS chain_step(bytea, bytea, bytea)"),
    (CHAIN_AGGREGATE, "DROP AGGREGATE IF EXISTS chain(bytea, bytea)"),
    *append_only("tenants_event"),
    *append_only("tenants_seal"),
    grants("tenants_event", app="SELECT", ops="SELECT"),
    # The personal part may be erased, never rewritten.
    grants("tenants_eventprivate", app="SELECT, DELETE", ops="SELECT, DELETE"),
    grants("tenants_seal", app="SELECT", ops="SELECT, INSERT"),
]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_base")]

    operations = [
        # The person's and the partner's conditions come with partners/, which knows employment.
        Wall("Person", partners="staff"),
        Wall("Membership", partners="partner"),
        Wall("Invitation", partners="partner"),
        Wall("ApiClient", partners="partner"),
        Wall("SigningKey", partners="vendor"),
        Wall("IdempotencyKey", partners="partner"),
        Wall("File", partners="partner"),
        Wall("ImportJob", partners="partner"),
        Wall("ImportRow", partners="partner"),
        Wall("Event", partners="partner"),
        Wall("EventPrivate", partners="staff"),
        Wall("Seal", partners="staff"),
        *(migrations.RunSQL(forward, backward) for forward, backward in STATEMENTS),
    ]
