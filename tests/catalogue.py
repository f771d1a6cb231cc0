"""What the walls must look like, written down once for the tests of the catalogue."""

from __future__ import annotations

GLOBAL_TABLES = {
    "account_emailaddress": "allauth: addresses of a login, which is global",
    "account_emailconfirmation": "allauth: confirmation keys of those addresses",
    "alerts_sweep": "when each sweep last ran: one row per sweep, nothing of any vendor",
    "allauth_idp_oidc_client": "allauth: client id and secret's hash; the vendor is in ApiClient",
    "allauth_idp_oidc_token": "allauth: tokens' hashes, found by hash before any vendor is known",
    "auth_group": "Django's; always empty, read only",
    "auth_group_permissions": "Django's; always empty, read only",
    "auth_permission": "Django's list of models' permissions, read only",
    "django_admin_log": "Django's; always empty: events are the log, read only",
    "django_content_type": "Django's list of models, read only",
    "django_migrations": "which migrations ran, read only",
    "django_session": "sessions: read before the host's vendor and its membership are known",
    "mfa_authenticator": "allauth: second factors of a login, which is global",
    "tenants_host": "the host decides the vendor, before any scope",
    "tenants_usedhandover": "random numbers of used links, met before any vendor is entered",
    "tenants_user": "credentials only; what a login may do stands in Membership",
    "tenants_vendor": "the vendor decides the scope",
    "usersessions_usersession": "allauth: where a login is signed in; belongs to the login",
}
"""Tables without row-level security, each with its reason. A new one fails until it has one."""

READ = frozenset({"SELECT"})
ROWS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
GRANTS = {
    # table: (mainstay_app, mainstay_ops); every other table: rows and rows.
    "tenants_event": (READ, READ),
    "tenants_eventprivate": (READ | {"DELETE"}, READ | {"DELETE"}),
    "tenants_seal": (READ, READ | {"INSERT"}),
    "tenants_usedhandover": (READ | {"INSERT", "DELETE"}, READ | {"DELETE"}),
    "auth_group": (READ, READ),
    "auth_group_permissions": (READ, READ),
    "auth_permission": (READ, READ),
    "django_admin_log": (READ, READ),
    "django_content_type": (READ, READ),
    "django_migrations": (READ, READ),
}

DEFINER_FUNCTIONS = {
    "account_candidates": "names alike, by an index that no wall leaves in reach; staff only",
    "event_append": "the only way into the log; takes the vendor from the transaction",
    "memberships_of_user": "switch program: the rows of one login over all vendors",
}
"""Functions that act as the owner, past the walls."""

NOT_TIED_TO_A_PARTNER = {
    "tenants_event": "the log outlives whatever it speaks of, and is written by a function",
}
"""Tables with ``partner_id`` and no foreign key to the partner."""
