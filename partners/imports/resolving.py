"""Which partner a row means. Ids of partners outside the scope are as unknown as made-up ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from partners.models import Partner
from programs.locks import lock_partners
from tenants.importing import Context, Planned, Row, insert_many, update_many
from tenants.rows import parse_public_id


class Companies:
    """The partners that rows of one file name, read at once."""

    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        self.default = context.partner_id
        named = {row.values.partner for row in rows if row.values.partner}
        found = _find(named, self.default)
        self.by_id = {partner.pk: partner for partner in found}
        self._by_name = {p.external_id: p for p in found if p.external_id}
        self._by_name |= {p.ref: p for p in found}

    def of(self, row: Row) -> Partner | Planned:
        """The row's partner, or the row's error."""
        name = row.values.partner
        if not name and self.default is None:
            return row.error("partner", _("Name the partner by its external id."))
        partner = self._by_name.get(name) if name else self.by_id.get(self.default or 0)
        if partner is None or (self.default not in (None, partner.pk)):
            return row.error("partner", _("There is no partner “%(name)s”.") % {"name": name})
        if partner.status == Partner.Status.EXITED:
            words = _("%(name)s left the program.") % {"name": partner.name}
            return row.error("partner", words)
        return partner


def _find(named: Iterable[str], default: int | None) -> list[Partner]:
    refs = [found for name in named if (found := parse_public_id(Partner, name))]
    wanted = Q(external_id__in=list(named)) | Q(public_id__in=refs)
    if default is not None:
        wanted |= Q(pk=default)
    return list(Partner.objects.filter(wanted))


def lock_named(named: Iterable[str], context: Context) -> None:
    """Hold all partners that the rows of a file name, before any of them is planned on."""
    lock_partners(partner.pk for partner in _find(named, context.partner_id))


def planned(
    rows: Sequence[Row], companies: Companies, each: Callable[[Row, Partner], Planned]
) -> list[Planned]:
    """Plan every row whose partner is known."""
    found = []
    for row in rows:
        partner = companies.of(row)
        found.append(partner if isinstance(partner, Planned) else each(row, partner))
    return found


def supersede_many(model: Any, todo: Sequence[Planned], rows: Sequence[Any]) -> None:
    """Insert ``rows``, each in place of its plan's target: only one of them may be current, so the
    old ones step aside first."""
    old = [one.target.pk for one in todo if one.target is not None]
    update_many(model, [{"id": pk, "superseded_by": pk} for pk in old], ["superseded_by"])
    insert_many(rows)
    pairs = [(one.target, new) for one, new in zip(todo, rows, strict=True) if one.target]
    links = [{"id": before.pk, "superseded_by": new.pk} for before, new in pairs]
    update_many(model, links, ["superseded_by"])
