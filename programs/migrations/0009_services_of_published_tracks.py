"""Versions published before sweeps joined a track's service say it too: the specialist for it is
told from the assignment on, not from the vendor's next publication."""

from django.db import migrations

_SAY = """
INSERT INTO programs_sweepsetting (vendor_id, version, kind, key, value)
SELECT DISTINCT v.vendor_id, v.number, 'track_scope', c.code, t.value ->> 'scope'
FROM programs_programversion v
CROSS JOIN LATERAL jsonb_each(coalesce(v.document::jsonb -> 'tracks', '{}')) t
CROSS JOIN LATERAL unnest(ARRAY[t.key, t.value ->> 'was']) c (code)
WHERE t.value ->> 'scope' IS NOT NULL AND c.code IS NOT NULL
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0008_longer_sweep_keys")]

    # What a version says stays true on the way back, where no sweep reads it.
    operations = [migrations.RunSQL(_SAY, migrations.RunSQL.noop)]
