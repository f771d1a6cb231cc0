"""The walls of reviews. A partner sees what a run said of it once the run is applied: a preview
is the vendor's."""

from django.db import migrations

from tenants.sql import transitions_trigger
from tenants.wall import Wall

# Frozen copies of the models' TRANSITIONS; a test compares them with the catalogue.
RUN_STATES = {"preview": {"applied"}, "applied": {"undone"}}
REQUEST_STATES = {"open": {"accepted", "refused", "withdrawn"}}


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_base"), ("partners", "0002_walls")]

    operations = [
        Wall("ReviewRun", partners="staff"),
        Wall("ReviewOutcome", partners="applied_on IS NOT NULL AND partner_id = {mine}"),
        Wall("Cure", partners="partner"),
        Wall("LevelException", partners="partner"),
        Wall("Sanction", partners="partner"),
        Wall("LevelRequest", partners="partner"),
        Wall("Grant", partners="partner"),
        Wall("GrantUse", partners="partner"),
        migrations.RunSQL(*transitions_trigger("reviews_reviewrun", "state", RUN_STATES)),
        migrations.RunSQL(
            *transitions_trigger("reviews_levelrequest", "state", REQUEST_STATES)
        ),
    ]
