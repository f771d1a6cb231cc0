"""The house's rules that a reader of the source can check: doors, sizes, and where writing is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tenants.scope import WIDENINGS

HOUSE = Path(__file__).resolve().parent.parent
APPS = (
    "config", "demo", "scorecards", "deals", "licensing", "certifications", "reviews", "alerts",
    "partners", "programs", "tenants", "web", "runtime",
)  # fmt: skip
LONGEST_FILE = 400
LONGEST_FUNCTION = 50

WIDENED = {
    ("alerts/setting_views.py", "calendar feed"),
    ("deals/actions/registrations.py", "conflict check"),
    ("deals/rules/co_sell.py", "conflict check"),
    ("deals/rules/conflicts.py", "conflict check"),
    ("deals/rules/ledger.py", "account ledger"),
    ("deals/rules/registering.py", "conflict check"),
    ("licensing/actions/holding.py", "family"),
    ("licensing/rules/past.py", "lapse"),
    ("programs/gathering.py", "family"),
    ("certifications/pages.py", "public certificate"),
    ("partners/actions/fields.py", "duplicate"),
    ("partners/actions/people.py", "new person"),
    ("partners/imports/people.py", "new person"),
    ("partners/sources.py", "session door"),
    ("partners/views/applying.py", "application"),
    ("tenants/actions/identity.py", "invitation"),
    ("tenants/api/grants.py", "api door"),
    ("tenants/api/tokens.py", "api door"),
    ("tenants/keys.py", "signing key"),
    ("tenants/middleware.py", "session door"),
    ("tenants/switching.py", "session door"),
    ("tenants/views.py", "invitation"),
}
"""Every place that looks wider than its caller may, with its reason. Think before adding one."""

DOORS = {
    "alerts/setting_views.py": "a feed is read as its membership; a mail's link ends such mails",
    "alerts/letters.py": "a waiting message is written in its vendor's name",
    "demo/management/commands/demo.py": "command",
    "demo/scenes.py": "people of the demo break glass, ask and approve as themselves",
    "licensing/replay_command.py": "command",
    "partners/tasks.py": "a take-out is made in its partner's own scope",
    "partners/viewing.py": "the partner's scope, for somebody of the vendor who looks through it",
    "programs/management/commands/program.py": "command",
    "reviews/management/commands/review.py": "command",
    "tenants/actions/identity.py": "whoever accepts an invitation acts as the person it makes",
    "tenants/actions/vendors.py": "a new vendor's first event and invitation",
    "tenants/api/views.py": "the API's door",
    "tenants/importing/working.py": "a file is read and applied as who uploaded it",
    "tenants/management/commands/api_client.py": "command",
    "tenants/management/commands/import.py": "command",
    "tenants/management/commands/keys.py": "command",
    "tenants/management/commands/vendor.py": "command",
    "tenants/middleware.py": "the portal's door",
    "tenants/scope.py": "where scopes are made",
    "tenants/tasks.py": "the task base",
}
"""Files that enter a scope. Nothing else does (docs/decisions/0001-the-base.md)."""

WRITERS = {
    "tenants/api/idempotency.py": "answers kept for 24 hours, in a transaction of their own",
    "tenants/importing/staging.py": "staging rows of an import, written by its actions",
    "tenants/keys.py": "signing keys, made and retired by actions of this module",
    "tenants/models/identity.py": "the manager of logins, called by actions",
    "tenants/rows.py": "the base of save()",
}
"""Files outside the actions that call a writing method, each with its reason."""

_WRITES = frozenset(
    {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
)


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of ours by its path, without migrations (which are written by Django)."""
    return {
        str(file.relative_to(HOUSE)): ast.parse(file.read_text(encoding="utf-8"))
        for app in APPS
        for file in sorted((HOUSE / app).rglob("*.py"))
        if "migrations" not in file.parts
    }


def calls(name: str | frozenset[str]) -> Iterator[tuple[str, ast.Call]]:
    wanted = {name} if isinstance(name, str) else name
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in wanted:
                    yield path, node


def test_a_scope_is_widened_at_listed_places_only() -> None:
    found = {
        (path, ast.literal_eval(call.args[0]))
        for path, call in calls("widen")
        if path != "tenants/scope.py"
    }
    assert found == WIDENED


def test_every_reason_to_widen_is_used() -> None:
    assert {reason for _path, reason in WIDENED} == set(WIDENINGS)


def test_a_scope_is_entered_at_listed_doors_only() -> None:
    found = {path for path, _call in calls("entered_vendor")}
    found |= {
        path
        for path, call in calls("enter")
        if ast.unparse(call.func) in {"enter", "scope.enter", "scopes.enter"}
    }
    assert found == set(DOORS)


def test_rows_are_written_by_actions_only() -> None:
    found = {
        path
        for path, call in calls(_WRITES)
        if isinstance(call.func, ast.Attribute)
        and "actions" not in path
        and not path.startswith("demo/")
    }
    assert found == set(WRITERS)


@pytest.mark.parametrize("app", APPS)
def test_files_and_functions_stay_short(app: str) -> None:
    too_long = []
    for path, tree in sources().items():
        if not path.startswith(f"{app}/"):
            continue
        lines = len((HOUSE / path).read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE:
            too_long.append(f"{path}: {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    too_long.append(f"{path}: {node.name} has {length} lines")
    assert too_long == []


def test_nobody_asks_the_machines_clock() -> None:
    """One clock: ``web.clock.now()`` and ``tenants.clock.today()``, or the demo would not move."""
    asked = {
        path
        for path, call in calls(frozenset({"now", "today", "utcnow"}))
        if ast.unparse(call.func)
        in {
            "timezone.now", "dt.datetime.now", "datetime.now", "dt.date.today", "date.today",
            "datetime.date.today", "dt.datetime.utcnow",
        }
    }  # fmt: skip
    assert asked <= {"web/clock.py"}


def test_rules_and_actions_do_not_ask_for_the_day() -> None:
    asked = {
        path
        for path, call in calls(frozenset({"now", "today"}))
        if ("/rules" in path or "/actions" in path)
        and ast.unparse(call.func) in {"clock.now", "clock.today", "today", "now"}
    }
    assert asked <= {"tenants/actions/clients.py", "alerts/actions/messages.py"}
