"""The walls of alerts. ``alerts_sweep`` is global: it holds names and instants of sweeps only."""

from django.db import migrations

from tenants.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_base"), ("partners", "0002_walls")]

    operations = [
        Wall("Alert", partners="partner"),
        Wall("Notification", partners="partner"),
        Wall("Delivery", partners="partner"),
    ]
