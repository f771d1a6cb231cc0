"""The walls of exceptions, reservations and classes, and the states that each may take. What was
asked of a customer stays with the partner that asked when the customer moves on."""

from django.db import migrations

from tenants.sql import transitions_trigger
from tenants.wall import Wall

# Frozen copies of the models' TRANSITIONS; a test compares them with the catalogue.
OVERRIDE_STATES = {"requested": {"approved", "refused"}, "approved": {"ended"}}
RESERVATION_STATES = {"reserved": {"confirmed", "cancelled", "lapsed"}}
CLASS_STATES = {"requested": {"approved", "refused"}}


class Migration(migrations.Migration):
    dependencies = [("licensing", "0003_life")]

    operations = [
        Wall("Override", partners="partner", loose=["customer"]),
        Wall("Reservation", partners="partner", loose=["customer"]),
        Wall("ClassChange", partners="partner", loose=["customer"]),
        migrations.RunSQL(*transitions_trigger("licensing_override", "state", OVERRIDE_STATES)),
        migrations.RunSQL(
            *transitions_trigger("licensing_reservation", "state", RESERVATION_STATES)
        ),
        migrations.RunSQL(*transitions_trigger("licensing_classchange", "state", CLASS_STATES)),
    ]
