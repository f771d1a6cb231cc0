"""The log by day: an index made beside the running system, without holding up who writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tenants", "0004_read_only_catalogues")]

    operations = [
        AddIndexConcurrently(
            "event",
            models.Index(fields=["vendor", "-at", "-id"], name="event_by_instant"),
        ),
    ]
