"""Imports that a worker reads and applies. Old code keeps writing: new columns have a default."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.rows
from tenants.sql import transitions_trigger
from tenants.wall import ScopedKey

TABLE = "tenants_importjob"
BEFORE = {"previewed": {"applied", "discarded"}}
# A frozen copy of the model's TRANSITIONS; a test compares it with the catalogue.
STATES = {
    "uploaded": {"reading", "cancelled", "failed"},
    "reading": {"previewed", "cancelled", "failed"},
    "previewed": {"reading", "applying", "applied", "discarded"},
    "applying": {"applied", "reading", "cancelled", "failed"},
}
OLD, DROP = transitions_trigger(TABLE, "state", BEFORE)
NEW, _ = transitions_trigger(TABLE, "state", STATES)


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0006_second_factor"),
    ]

    operations = [
        migrations.AddField(
            model_name="importjob",
            name="asked_as",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="importjob",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="importjob",
            name="cancel_asked",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="importjob",
            name="cleared_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="importjob",
            name="done",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="rows done"),
        ),
        migrations.AddField(
            model_name="importjob",
            name="file",
            field=tenants.rows.ScopedForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.file",
            ),
        ),
        migrations.AddField(
            model_name="importjob",
            name="header",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="importjob",
            name="moved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="importjob",
            name="note",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="importjob",
            name="total",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="importrow",
            name="key",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="importrow",
            name="target",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="importjob",
            name="state",
            field=models.CharField(
                choices=[
                    ("uploaded", "Waiting"),
                    ("reading", "Being read"),
                    ("previewed", "Previewed"),
                    ("applying", "Being applied"),
                    ("applied", "Applied"),
                    ("discarded", "Discarded"),
                    ("cancelled", "Cancelled"),
                    ("failed", "Failed"),
                ],
                max_length=12,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="importjob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("finished_at__isnull", True),
                        ("state__in", ("uploaded", "reading", "previewed", "applying")),
                    ),
                    models.Q(
                        ("finished_at__isnull", False),
                        ("state__in", ("applied", "discarded", "cancelled", "failed")),
                    ),
                    _connector="OR",
                ),
                name="importjob_finished",
            ),
        ),
        migrations.AddConstraint(
            model_name="importjob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "failed"), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="importjob_failed_says_why",
            ),
        ),
        ScopedKey("ImportJob", "file"),
        migrations.RunSQL([DROP, NEW], [DROP, OLD]),
    ]
