"""The walls of people's own settings, and of the vendor's own words."""

from django.db import migrations

from tenants.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_settings"), ("partners", "0002_walls")]

    operations = [
        Wall("MailSettings", partners="partner"),
        Wall("Digest", partners="partner"),
        Wall("CalendarFeed", partners="partner", loose=["membership"]),
        Wall("MailText", partners="staff"),
    ]
