"""Candidates of a search by name: an index that the walls would keep out of reach.

Row-level security lets only leakproof operators use an index ahead of it, and ``&&`` of arrays is
not one. So this function looks past the walls and is as narrow as they are: it answers only whoever
sees all partners of the vendor entered, and with that vendor's accounts only. No plan but the
bitmap of the index is allowed: with a LIMIT the planner may think that reading along is cheaper.
"""

from django.db import migrations

SEARCH = """
CREATE FUNCTION account_candidates(p_groups text[], p_beside text[], p_most integer)
RETURNS TABLE (id bigint, folded text, aliases text[], country text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
DECLARE
  v_vendor bigint := nullif(current_setting('app.vendor_id', true), '')::bigint;
  v_group integer[];
  v_beside integer[];
BEGIN
  IF v_vendor IS NULL OR current_setting('app.partner_ids', true) IS DISTINCT FROM '*' THEN
    RETURN;
  END IF;
  FOR n IN 1 .. coalesce(array_length(p_groups, 1), 0) LOOP
    v_group := p_groups[n]::integer[];
    IF p_beside[n] = '{}' THEN
      RETURN QUERY SELECT f.id, f.folded::text, f.aliases::text[], f.country::text FROM (
        SELECT a.* FROM public.deals_account a WHERE a.grams && v_group LIMIT p_most
      ) f WHERE f.vendor_id = v_vendor AND f.merged_into_id IS NULL;
    ELSE
      v_beside := p_beside[n]::integer[];
      RETURN QUERY SELECT f.id, f.folded::text, f.aliases::text[], f.country::text FROM (
        SELECT a.* FROM public.deals_account a
        WHERE a.grams && v_group AND a.grams && v_beside LIMIT p_most
      ) f WHERE f.vendor_id = v_vendor AND f.merged_into_id IS NULL;
    END IF;
  END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("deals", "0002_registrations")]

    operations = [
        migrations.RunSQL(
            SEARCH, "DROP FUNCTION IF EXISTS account_candidates(text[], text[], integer)"
        ),
        migrations.RunSQL(
            "REVOKE ALL ON FUNCTION account_candidates(text[], text[], integer) "
            "FROM PUBLIC, mainstay_ops; GRANT EXECUTE ON FUNCTION "
            "account_candidates(text[], text[], integer) TO mainstay_app",
            migrations.RunSQL.noop,
        ),
    ]
