"""Everybody of the vendor may read the program; nobody may change a published version."""

from django.db import migrations

from tenants.sql import append_only
from tenants.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_base"), ("tenants", "0002_walls_and_log")]

    operations = [
        Wall("ProgramVersion"),
        Wall("ProgramDraft", partners="staff"),
        Wall("PartnerType"),
        Wall("Level"),
        Wall("Product"),
        Wall("Track"),
        Wall("SweepSetting"),
        *(migrations.RunSQL(*pair) for pair in append_only("programs_programversion")),
    ]
