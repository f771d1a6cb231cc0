"""What the vendor's people and a partner have to do with each other: contacts and tasks."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.rows
from tenants.sql import transitions_trigger
from tenants.wall import Wall

# A frozen copy of the model's TRANSITIONS; a test compares it with the catalogue.
TASK_STATES = {"open": {"done", "dropped"}}


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0010_vetting"),
        ("tenants", "0006_second_factor"),
    ]

    operations = [
        migrations.CreateModel(
            name="Interaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        db_default=tenants.rows.NewPublicId(), editable=False, unique=True
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("call", "Call"),
                            ("visit", "Visit"),
                            ("email", "E-mail"),
                            ("note", "Note"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("people", models.JSONField(blank=True, default=list, verbose_name="present")),
                ("summary", models.TextField(max_length=4000, verbose_name="summary")),
                ("recorded_at", models.DateTimeField()),
                ("corrected_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adds_to",
                    tenants.rows.ScopedForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="additions",
                        to="partners.interaction",
                    ),
                ),
                (
                    "author",
                    tenants.rows.ScopedForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.person",
                    ),
                ),
                (
                    "partner",
                    tenants.rows.ScopedForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interactions",
                        to="partners.partner",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.vendor",
                    ),
                ),
            ],
            options={
                "verbose_name": "interaction",
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["vendor", "partner", "-at"], name="interaction_by_partner")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["call", "visit", "email", "note"])),
                        name="interaction_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("summary", ""), _negated=True),
                        name="interaction_summary",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        db_default=tenants.rows.NewPublicId(), editable=False, unique=True
                    ),
                ),
                ("for_partner", models.BooleanField(verbose_name="for the partner")),
                ("title", models.CharField(max_length=160, verbose_name="title")),
                ("detail", models.TextField(blank=True, max_length=2000, verbose_name="detail")),
                ("due_on", models.DateField(verbose_name="due")),
                ("about", models.CharField(blank=True, max_length=40, verbose_name="about")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("dropped", "Dropped")],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("remark", models.CharField(blank=True, max_length=500, verbose_name="remark")),
                ("given_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assignee",
                    tenants.rows.ScopedForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.person",
                    ),
                ),
                (
                    "given_by",
                    tenants.rows.ScopedForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.person",
                    ),
                ),
                (
                    "partner",
                    tenants.rows.ScopedForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="partners.partner",
                    ),
                ),
                (
                    "settled_by",
                    tenants.rows.ScopedForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.person",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.vendor",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "ordering": ["due_on", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["vendor", "due_on"],
                        name="task_open_by_day",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("for_partner", True), ("assignee__isnull", False), _connector="OR"
                        ),
                        name="task_assignee",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at__isnull", True), ("state", "open")),
                            models.Q(
                                ("settled_at__isnull", False), ("state__in", ["done", "dropped"])
                            ),
                            _connector="OR",
                        ),
                        name="task_settled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="task_title"
                    ),
                ],
            },
        ),
        Wall("Interaction", partners="staff"),
        Wall("Task", partners="for_partner and partner_id = {mine}"),
        migrations.RunSQL(*transitions_trigger("partners_task", "state", TASK_STATES)),
    ]
