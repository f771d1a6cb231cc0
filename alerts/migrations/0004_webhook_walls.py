"""The walls of webhooks: the vendor's staff alone, what was told of a partner the partner too."""

from django.db import migrations

from tenants.wall import Wall


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_webhooks"), ("partners", "0002_walls")]

    operations = [
        Wall("WebhookEndpoint", partners="staff"),
        Wall("WebhookMessage", partners="staff"),
        Wall("LastTold", partners="partner"),
    ]
