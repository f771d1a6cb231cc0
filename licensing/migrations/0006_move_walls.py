"""The walls of moves and merges, and the states that each may take."""

from django.db import migrations

from tenants.sql import transitions_trigger
from tenants.wall import Wall

# Frozen copies of the models' TRANSITIONS; a test compares them with the catalogue.
MOVE_STATES = {"scheduled": {"done", "cancelled"}}
MERGE_STATES = {"planned": {"merged", "discarded"}}


class Migration(migrations.Migration):
    dependencies = [("licensing", "0005_moves")]

    operations = [
        Wall("CustomerMove", partners="staff"),
        Wall("PartnerMerge", partners="staff"),
        migrations.RunSQL(*transitions_trigger("licensing_customermove", "state", MOVE_STATES)),
        migrations.RunSQL(*transitions_trigger("licensing_partnermerge", "state", MERGE_STATES)),
    ]
