"""A partner holds a level on each axis of its type.

Old code keeps writing while this runs: the database fills in the axis of the tiers, and the new
unique indexes hold whatever the old one held. The table has a few rows per partner, so they are
made at once.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0003_records_and_decisions'),
        ('programs', '0003_level_axis'),
    ]

    operations = [
        migrations.AddField(
            model_name='enrolment',
            name='axis',
            field=models.SlugField(db_default='tier', db_index=False, default='tier', max_length=60, verbose_name='axis'),
        ),
        migrations.AddField(
            model_name='enrolment',
            name='of_set',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.UniqueConstraint(condition=models.Q(('of_set', False), ('until__isnull', True)), fields=('vendor', 'partner', 'partner_type', 'axis'), name='enrolment_one_open_of_ladder'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.UniqueConstraint(condition=models.Q(('of_set', True), ('until__isnull', True)), fields=('vendor', 'partner', 'partner_type', 'axis', 'level'), name='enrolment_one_open_of_set'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.CheckConstraint(condition=models.Q(('of_set', False), ('level__isnull', False), _connector='OR'), name='enrolment_of_set_level'),
        ),
        migrations.RemoveConstraint(
            model_name='enrolment',
            name='enrolment_one_open',
        ),
        # Backwards: older code knows one level per type.
        migrations.RunSQL(
            migrations.RunSQL.noop, "DELETE FROM partners_enrolment WHERE axis <> 'tier'"
        ),
    ]
