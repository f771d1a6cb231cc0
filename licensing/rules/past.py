"""What was before, read only where a gate is closed: who left, former versions, former seats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from certifications.rules import PeopleHistory, people_history
from licensing.models import Authorization
from licensing.rules.inputs import GateInputs, case_of, trees_of
from licensing.rules.lapse import Era, Lapse, find
from programs.compiled import Program, program_numbered
from programs.document import ProgramDocument
from programs.models import ProgramVersion
from programs.rules import AGREEMENT, Facts, Person, required_by
from programs.rules.succession import as_named_before
from tenants import scope

Revoked = frozenset[tuple[str, str, dt.date]]


@dataclass(frozen=True)
class Past:
    """The history of some partners (with their families) and customers up to a day, each part read
    once and for all of them together."""

    on: dt.date
    program: Program
    facts: Mapping[int, Facts]
    customers: frozenset[int] = frozenset()

    def lapses(self, partner_id: int, inputs: GateInputs) -> dict[str, Lapse]:
        """Per product whose gate is closed to the request its lapse: of the product itself, and of
        those that it builds on. Empty where the program knows no stages."""
        document = self.program.document
        if document.lapse is None or inputs.product not in document.products:
            return {}
        found = {}
        for code in (inputs.product, *required_by(document, inputs.product)):
            asked = inputs if code == inputs.product else replace(inputs, product=code, seats=None)
            trees = trees_of(document, asked)
            if trees is None:
                continue
            case = case_of(document, asked)
            if all(tree.holds(case) is True for tree in trees):
                continue
            lapse = find(self._eras(partner_id, asked), self.on, inputs.customer)
            if lapse is not None:
                found[code] = lapse
        return found

    def _eras(self, partner_id: int, inputs: GateInputs) -> Iterator[Era]:
        """The versions backwards, as long as the partner had an agreement to stand on."""
        now = self.program.document
        people, revoked = self._people(partner_id)
        facts = replace(case_of(now, inputs).facts, people=people)
        yield Era(self.program.effective_from, trees_of(now, inputs), facts, revoked)
        first = min((one.from_ for one in facts.agreements.get(AGREEMENT, ())), default=self.on)
        since = self.program.effective_from
        for number, effective_from in self._versions:
            if since <= first:
                return
            before, since = program_numbered(number), effective_from
            product = _code_before(now, before.document, inputs.product)
            trees = trees_of(before.document, replace(inputs, product=product))
            own = as_named_before(now, before.document, facts)
            yield Era(before.effective_from, trees, own, revoked)

    def _people(self, partner_id: int) -> tuple[tuple[Person, ...], Revoked]:
        own = self._histories.get(partner_id, PeopleHistory())
        people, revoked = list(own.people), set(own.revoked)
        for member in self.facts[partner_id].family:
            if member.relation != "self" and (of := self._histories.get(int(member.key))):
                people += [replace(person, member=member.key) for person in of.people]
                revoked |= of.revoked
        return tuple(people), frozenset(revoked)

    @cached_property
    def _histories(self) -> dict[int, PeopleHistory]:
        family = {
            int(member.key)
            for facts in self.facts.values()
            for member in facts.family
            if member.relation != "self"
        }
        # Why a gate closed is the same for whoever asks; names are looked up in the own scope.
        with scope.widen("lapse"):
            return people_history({*self.facts, *family}, self.on)

    @cached_property
    def names(self) -> dict[str, str]:
        """Names by key of everybody who works or worked for those partners that the reader sees:
        a partner may see who left it, and never who left another company of its family."""
        seen = scope.current()
        return {
            person.key: person.name
            for pk in self.facts
            if seen.sees_partner(pk)
            for person in self._histories.get(pk, PeopleHistory()).people
        }

    @cached_property
    def _versions(self) -> list[tuple[int, dt.date]]:
        """Numbers and first days of the versions in force before the present one, the latest
        first."""
        rows = ProgramVersion.objects.filter(effective_from__lt=self.program.effective_from)
        last = rows.order_by("-effective_from", "-number").distinct("effective_from")
        return list(last.values_list("number", "effective_from"))

    def seats_at(self, customer_id: int, product: str, day: dt.date, now: int) -> int:
        """Seats of the product at the customer when the day began, as the gate's decisions tell;
        ``now`` where it decided none."""
        decided = self._decided.get((customer_id, product), [])
        before = [seats for on, _, seats in decided if on < day]
        after = [was for on, was, _ in decided if on >= day]
        return before[-1] if before else after[0] if after else now

    @cached_property
    def _decided(self) -> dict[tuple[int, str], list[tuple[dt.date, int, int]]]:
        """Per customer and product what each grant found and left, the first first."""
        document = self.program.document
        found: dict[tuple[int, str], list[tuple[dt.date, int, int]]] = {}
        rows = Authorization.objects.filter(
            partner_id__in=list(self.facts),
            customer_id__in=self.customers,
            decision=Authorization.Decision.ALLOW,
        ).order_by("pk")
        for customer_id, product, *row in rows.values_list(
            "customer_id", "product__code", "decided_on", "seats_before", "seats"
        ):
            code = document.successor("products", product) or product
            found.setdefault((customer_id, code), []).append((row[0], row[1], row[2]))
        return found


def _code_before(now: ProgramDocument, before: ProgramDocument, product: str) -> str:
    """What the former version called the product."""
    if product in before.products:
        return product
    former = (old for old, new in now.successors["products"].items() if new == product)
    return next((old for old in former if old in before.products), product)
