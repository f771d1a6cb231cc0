"""Which partner a row means. Ids of partners outside the scope are as unknown as made-up ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from partners.models import Partner
from programs.locks import lock_partners
from tenants import scope
from tenants.importing import Context, Planned, Row, insert_many, update_many
from tenants.rows import parse_public_id
from web.statements import Keys


class Companies:
    """The partners that rows of one file name, read at once."""

    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        self.default = context.partner_id
        named = {row.values.partner for row in rows if row.values.partner}
        self._by_name = _by_name(named, context)
        self.by_id = {p.pk: p for p in self._by_name.values() if p is not None}

    def of(self, row: Row) -> Partner | Planned:
        """The row's partner, or the row's error."""
        name = row.values.partner
        if not name and self.default is None:
            return row.error("partner", _("Name the partner by its external id."))
        partner = self._by_name[name]
        if partner is None or (self.default not in (None, partner.pk)):
            return row.error("partner", _("There is no partner “%(name)s”.") % {"name": name})
        if partner.status == Partner.Status.EXITED:
            words = _("%(name)s left the program.") % {"name": partner.name}
            return row.error("partner", words)
        return partner


def _by_name(named: Iterable[str], context: Context) -> dict[str, Partner | None]:
    """The partners that are named, and by no name the one that the file is for; each is read once
    in a run."""
    wanted = {*named} if context.partner_id is None else {*named, ""}
    fresh = [name for name in wanted if ("partner", name) not in context.known]
    if fresh:
        found = list(_find(fresh, context.partner_id))
        names: dict[str, Partner | None] = {p.external_id: p for p in found}
        names |= {p.ref: p for p in found}
        names[""] = next((p for p in found if p.pk == context.partner_id), None)
        context.known.update({("partner", name): names.get(name) for name in fresh})
    return {name: context.known["partner", name] for name in wanted}


def _find(named: Iterable[str], default: int | None) -> QuerySet[Partner]:
    refs = [str(found) for name in named if (found := parse_public_id(Partner, name))]
    wanted = Q(external_id__any=Keys(named, "text")) | Q(public_id__any=Keys(refs, "uuid"))
    if default is not None:
        wanted |= Q(pk=default)
    return Partner.objects.filter(wanted)


def lock_named(named: Iterable[str], context: Context) -> None:
    """Hold all partners that the rows of a file name, before any of them is planned on."""
    lock_partners(_find(named, context.partner_id).values_list("pk", flat=True))


def seen_in(rows: Mapping[Any, str]) -> Callable[..., Hashable]:
    """``ImportKind.seen`` for rows that are judged by these: by model, which rows of the partners
    ``%(ids)s``. PostgreSQL keeps with each row which transaction wrote it: their sum changes with
    any of them, and reads no column."""
    each = (
        f"SELECT count(*), sum(xmin::text::bigint) FROM {model._meta.db_table}"
        f" WHERE vendor_id = %(vendor)s AND {which}"
        for model, which in rows.items()
    )
    statement = " UNION ALL ".join(each)

    def seen(named: Iterable[str], context: Context, cursor: Any) -> Hashable:
        ids = list(_find(named, context.partner_id).values_list("pk", flat=True))
        cursor.execute(statement, {"vendor": scope.current().vendor_id, "ids": ids})
        return tuple(cursor.fetchall())

    return seen


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
