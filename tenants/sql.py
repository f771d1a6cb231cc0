"""SQL functions and triggers of the base, as text for migrations. Each is reversible.

``event_append`` is the only way into the log: SECURITY DEFINER with a fixed search path, it takes
the vendor from the transaction's own setting and refuses a partner outside the caller's scope.
"""

from collections.abc import Collection, Mapping

UUID7 = """
CREATE FUNCTION mainstay_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  -- 48 bits of milliseconds, then the version (7) and random bits of gen_random_uuid().
  SELECT encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
              placing substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint)
                                FROM 3) FROM 1 FOR 6),
      52, 1), 53, 1), 'hex')::uuid
$$
"""

EVENT_DIGEST = """
CREATE FUNCTION event_digest(e tenants_event) RETURNS bytea LANGUAGE sql STABLE
SET search_path = pg_catalog, public AS $$
  SELECT sha256(convert_to(jsonb_build_array(
    e.id, e.public_id, e.vendor_id, e.partner_id, extract(epoch FROM e.at)::numeric, e.txid,
    e.db_role, e.kind, e.subject_kind, e.subject_id, e.actor, e.data, e.program_version,
    encode(e.private_digest, 'hex'))::text, 'UTF8'))
$$
"""

EVENT_APPEND = """
CREATE FUNCTION event_append(
  p_kind text, p_subject_kind text, p_subject_id uuid, p_partner_id bigint,
  p_actor jsonb, p_data jsonb, p_private jsonb, p_private_person bigint, p_program_version integer
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  e tenants_event;
  v_vendor bigint := nullif(current_setting('app.vendor_id', true), '')::bigint;
  v_partners text := coalesce(current_setting('app.partner_ids', true), '');
  v_salt bytea;
BEGIN
  IF v_vendor IS NULL THEN
    RAISE EXCEPTION 'event_append: no vendor is entered' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF v_partners <> '*' AND (p_partner_id IS NULL OR NOT p_partner_id = ANY (
       coalesce(nullif(v_partners, ''), '{}')::bigint[])) THEN
    RAISE EXCEPTION 'event_append: partner % is outside the scope', p_partner_id
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  e.id := nextval(pg_get_serial_sequence('public.tenants_event', 'id'));
  e.public_id := public.mainstay_uuid7();
  e.vendor_id := v_vendor;
  e.partner_id := p_partner_id;
  e.at := clock_timestamp();
  e.txid := pg_current_xact_id()::text::bigint;
  e.db_role := session_user;
  e.kind := p_kind;
  e.subject_kind := p_subject_kind;
  e.subject_id := p_subject_id;
  e.actor := coalesce(p_actor, '{}');
  e.data := coalesce(p_data, '{}');
  e.program_version := p_program_version;
  IF p_private IS NOT NULL THEN
    v_salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    e.private_digest := sha256(v_salt || convert_to(p_private::text, 'UTF8'));
    INSERT INTO tenants_eventprivate (vendor_id, event, person_id, salt, payload)
    VALUES (v_vendor, e.id, p_private_person, v_salt, p_private);
  END IF;
  e.digest := public.event_digest(e);
  INSERT INTO tenants_event SELECT e.*;
  RETURN e.id;
END $$
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$
"""

REFUSE_TRANSITION = """
CREATE FUNCTION refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.%: % to % is not allowed', TG_TABLE_NAME, TG_ARGV[0],
    to_jsonb(OLD) ->> TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[0] USING ERRCODE = 'check_violation';
END $$
"""

CHAIN_STEP = """
CREATE FUNCTION chain_step(state bytea, previous bytea, digest bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT sha256(coalesce(state, previous) || digest) $$
"""
CHAIN_AGGREGATE = "CREATE AGGREGATE chain(bytea, bytea) (SFUNC = chain_step, STYPE = bytea)"


# Past the walls on purpose, and as narrow as can be: the rows of one login, five columns, no
# names of persons or partners. "Switch program" needs to know the other vendors, and no scope
# spans two. The caller passes the signed-in login's own id (tenants/switching.py, nowhere else).
MEMBERSHIPS_OF_USER = """
CREATE FUNCTION memberships_of_user(p_user bigint, p_at timestamptz)
RETURNS TABLE (membership_id bigint, public_id uuid, vendor_id bigint, vendor_name text,
               role text, partner_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT m.id, m.public_id, m.vendor_id, v.name, m.role, m.partner_id
  FROM tenants_person p
  JOIN tenants_membership m ON m.vendor_id = p.vendor_id AND m.person_id = p.id
  JOIN tenants_vendor v ON v.id = m.vendor_id
  WHERE p.user_id = p_user
    AND m.since <= (p_at AT TIME ZONE v.time_zone)::date
    AND (m.until IS NULL OR m.until > (p_at AT TIME ZONE v.time_zone)::date)
  ORDER BY v.name, m.id
$$
"""
DROP_MEMBERSHIPS_OF_USER = "DROP FUNCTION IF EXISTS memberships_of_user(bigint, timestamptz)"


def transitions_trigger(
    table: str, column: str, transitions: Mapping[str, Collection[str]]
) -> tuple[str, str]:
    """The trigger that lets ``column`` change only as the model's ``TRANSITIONS`` say.

    A wrong step raises ``IntegrityError``, whoever writes it. Staying in a state is no step.
    """
    steps = sorted((str(x), str(y)) for x, onward in transitions.items() for y in onward)
    listed = ", ".join(f"('{x}', '{y}')" for x, y in steps)
    name = f"{table}_{column}_transitions"
    return (
        f"CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} FOR EACH ROW "
        f"WHEN (OLD.{column} IS DISTINCT FROM NEW.{column} "
        f"AND NOT ((OLD.{column}, NEW.{column}) IN ({listed}))) "
        f"EXECUTE FUNCTION refuse_transition('{column}')",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
    )


def append_only(table: str) -> list[tuple[str, str]]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE on ``table``, for every role."""
    rows, whole = f"{table}_append_only", f"{table}_no_truncate"
    return [
        (
            f"CREATE TRIGGER {rows} BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER IF EXISTS {rows} ON {table}",
        ),
        (
            f"CREATE TRIGGER {whole} BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER IF EXISTS {whole} ON {table}",
        ),
    ]


def grants(table: str, *, app: str, ops: str) -> tuple[str, str]:
    """Replace the default DML grants on ``table`` by ``app``'s and ``ops``'s, e.g. ``SELECT``."""
    forward = (
        f"REVOKE ALL ON {table} FROM mainstay_app, mainstay_ops; "
        f"GRANT {app} ON {table} TO mainstay_app; GRANT {ops} ON {table} TO mainstay_ops"
    )
    backward = f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO mainstay_app, mainstay_ops"
    return forward, backward
