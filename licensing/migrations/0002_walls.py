"""The walls of licensing. Decisions are history: they stay with the partner that asked when a
customer moves on, and the database refuses to change them."""

from django.db import migrations

from tenants.sql import append_only
from tenants.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("licensing", "0001_base"), ("partners", "0002_walls")]

    operations = [
        Wall("Authorization", partners="partner", loose=["customer"]),
        Wall("Deployment", partners="partner", loose=["authorization"]),
        *(migrations.RunSQL(*pair) for pair in append_only("licensing_authorization")),
    ]
