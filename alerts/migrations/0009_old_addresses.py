"""Finding messages whose address is old enough to go: made beside the running system."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("alerts", "0008_dropped_deliveries")]

    operations = [
        AddIndexConcurrently(
            "delivery",
            models.Index(
                fields=["next_attempt_at"],
                condition=~models.Q(state="pending") & ~models.Q(address=""),
                name="delivery_addressed",
            ),
        ),
    ]
