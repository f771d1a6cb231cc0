"""Checks before a company is approved: which there are, and who did them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from partners.actions.writing import fresh, needs_reason, refused, written
from partners.models import Application, CheckRule, VettingCheck
from tenants import scope
from tenants.writing import Reason, action, changes, record_event

Outcome = VettingCheck.Outcome
OPEN = (Application.State.SUBMITTED, Application.State.ASKED)
CHANGEABLE = ("title", "help", "mandatory", "partner_types", "order")


@action("vendor.write")
def define_check(*, title: str, **more: Any) -> CheckRule:
    """Add a check to the vetting of applications; ``more`` are the other columns."""
    rule = CheckRule(title=title.strip(), **more)
    written(rule)
    record_event("check.defined", rule, data={"title": rule.title})
    return rule


@action("vendor.write")
def change_check(rule: CheckRule, **values: Any) -> CheckRule:
    """Change a check; what was done stays done."""
    rule = fresh(rule)
    wanted = {name: value for name, value in values.items() if name in CHANGEABLE}
    found = changes({name: getattr(rule, name) for name in wanted}, wanted)
    for name in found:
        setattr(rule, name, wanted[name])
    if found:
        written(rule, only=found)
        record_event("check.changed", rule, data={"title": rule.title, "changes": found})
    return rule


@action("vendor.write")
def archive_check(rule: CheckRule, *, at: dt.datetime) -> CheckRule:
    """Nobody is asked for it any more. ``Refused("wrong_state")`` if it is archived."""
    rule = fresh(rule)
    if rule.archived_at is not None:
        raise refused("wrong_state", _("It is archived already."))
    rule.archived_at = at
    written(rule, only=["archived_at"])
    record_event("check.archived", rule, data={"title": rule.title})
    return rule


@action("applications.decide")
def do_check(
    application: Application, *, rule: CheckRule, at: dt.datetime, remark: str = ""
) -> VettingCheck:
    """Record that the check was done, by whom and with what result.

    Raises ``Refused``: ``already_decided``, ``already_checked``.
    """
    return _checked(application, rule, Outcome.DONE, at, remark.strip())


@action("applications.decide")
def override_check(
    application: Application, *, rule: CheckRule, at: dt.datetime, reason: str
) -> VettingCheck:
    """Approve without this check, for a reason. Raises ``Refused`` as ``do_check``, and
    ``reason_missing``."""
    return _checked(application, rule, Outcome.OVERRIDDEN, at, needs_reason(reason))


@action("applications.decide")
def reopen_check(application: Application, *, rule: CheckRule, reason: str) -> None:
    """The check was recorded by mistake: it is open again. Raises ``Refused``:
    ``already_decided``, ``reason_missing``, ``not_found``."""
    reason = needs_reason(reason)
    held = _open(application)
    found = VettingCheck.objects.filter(application=held, rule=rule).first()
    if found is None:
        raise refused("not_found", _("This check is open."), pointer="rule")
    data = {"check": rule.title, "before": found.outcome, "reason": reason}
    record_event("application.check_reopened", held, data=data)
    found.delete()


def _checked(
    application: Application, rule: CheckRule, outcome: Outcome, at: dt.datetime, remark: str
) -> VettingCheck:
    held = _open(application)
    if VettingCheck.objects.filter(application=held, rule=rule).exists():
        raise refused("already_checked", _("This check is recorded already."), pointer="rule")
    check = VettingCheck(
        application=held,
        rule=rule,
        outcome=outcome,
        remark=remark,
        by_id=scope.current().person_id,
        at=at,
    )
    written(check)
    kind = "application.checked" if outcome == Outcome.DONE else "application.check_overridden"
    record_event(kind, held, data={"check": rule.title, "remark": remark})
    return check


def _open(application: Application) -> Application:
    found = Application.objects.select_for_update().filter(pk=application.pk).first()
    if found is None or found.state not in OPEN:
        raise refused("already_decided", _("This application is decided."))
    return found


def checks_of(application: Application) -> list[tuple[CheckRule, VettingCheck | None]]:
    """The checks of the application's type in their order, each with what was recorded."""
    done = {row.rule_id: row for row in application.checks.select_related("rule", "by")}
    code = application.partner_type.code
    rules: Sequence[CheckRule] = [
        rule
        for rule in CheckRule.objects.all()
        if rule.pk in done
        or (rule.archived_at is None and (not rule.partner_types or code in rule.partner_types))
    ]
    return [(rule, done.get(rule.pk)) for rule in rules]


def open_checks(application: Application) -> list[Reason]:
    """A reason for each mandatory check that is open."""
    return [
        Reason(
            "check_open",
            _("%(check)s: not checked yet.") % {"check": rule.title},
            fix=_("Record that it was done, or set it aside with a reason."),
        )
        for rule, done in checks_of(application)
        if done is None and rule.mandatory
    ]
