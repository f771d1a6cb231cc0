"""Rows of a partner are found by the key (vendor, partner, id); an index on its first two columns
beside it cost every write, and led PostgreSQL to read all of a partner's rows for each foreign key
that is checked while thousands are imported."""

from django.db import migrations

REDUNDANT = """
SELECT i.relname, i.relkind = 'I'
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = x.indrelid
WHERE i.relname = left(t.relname || '_partner_id_led', 63)
  AND EXISTS (SELECT FROM pg_constraint c
              WHERE c.conrelid = t.oid AND c.conname = t.relname || '_partner_key')
ORDER BY i.relname
"""


def drop_redundant(apps, editor):
    """Beside the running system, one by one; tables made since have none."""
    with editor.connection.cursor() as cursor:
        cursor.execute(REDUNDANT)
        for name, partitioned in cursor.fetchall():
            beside = "" if partitioned else "CONCURRENTLY"
            cursor.execute(f'DROP INDEX {beside} IF EXISTS "{name}"')


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("partners", "0016_earlier_roles")]
    operations = [migrations.RunPython(drop_redundant, migrations.RunPython.noop)]
