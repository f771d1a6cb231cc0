"""May these partners deploy? For a set of partners or customers, in a constant number of queries.

The number of queries depends on the sources of facts, never on how many are asked about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.utils.translation import gettext as _

from licensing.rules.endings import because
from licensing.rules.gate import Verdict, is_open, judge
from licensing.rules.inputs import GRANTS, GateInputs, facts_with
from licensing.rules.lapse_words import standing_words
from licensing.rules.past import Past
from licensing.rules.reasons import Names, reasons_of
from licensing.rules.running import InForce, Running, as_named_by, exceptions_at, running_at
from partners.models import Customer, Partner
from partners.rules.onboarding import Asked, asked_steps, closing, judged, trees_of
from programs.asking import Needs, asked_by
from programs.compiled import Program, program_on
from programs.document import ProgramDocument
from programs.gathering import Kind, facts_of
from programs.rules import Facts, gate_tree, required_by
from tenants.writing import Reason

GATE_KINDS: frozenset[Kind] = frozenset({"people", "metrics", "attestations", "agreements"})
"""What every gate is given; more kinds are read where a gate of the program asks for them."""
_needs: dict[str, Needs] = {}


@dataclass(frozen=True)
class DeploymentStanding:
    """May the partner deploy the product there, why not, and until when.

    ``opens_until`` is the first day on which the gate would close if nobody acts, ``because`` the
    people and papers it hangs on.
    """

    partner: Partner
    customer: Customer | None
    inputs: GateInputs
    verdict: Verdict
    program: Program
    names: Names = field(repr=False)
    past: Past = field(repr=False)

    @property
    def open(self) -> bool:
        return self.verdict.open

    @property
    def environments(self) -> tuple[str, ...]:
        return self.verdict.environments

    @property
    def opens_until(self) -> dt.date | None:
        return self.verdict.opens_until

    @cached_property
    def reasons(self) -> list[Reason]:
        """Why it is closed, addressed to the partner itself."""
        return reasons_of(self.verdict, self.names)

    @property
    def kept_reasons(self) -> list[dict[str, str]]:
        """The reasons as they are kept for ever: people by key, so that a name can be erased."""
        return [reason.to_dict() for reason in reasons_of(self.verdict, {})]

    @cached_property
    def because(self) -> list[str]:
        return because(self.verdict, self.names, self.program.document)

    @property
    def stage_words(self) -> str:
        """Where a lapse of the gate stands, in a sentence; empty where there is none."""
        found = self.verdict.standing
        return standing_words(found, self.past.names, self.program.document) if found else ""

    @property
    def still_works(self) -> str:
        """What a closed gate leaves alone; empty where it is open or nothing runs."""
        stage = self.verdict.standing.stage if self.verdict.standing else ""
        closed = not self.open and stage != "grace" and not self.verdict.exceptions
        return still_works() if self.inputs.before and closed else ""


def still_works() -> str:
    """Running customers are never cut off by a closed gate."""
    return _("Running seats stay; shrinking and replacing are possible.")


@dataclass(frozen=True)
class Ground:
    """What the gate stands on for a set of partners on one day: read once, asked many times."""

    on: dt.date
    program: Program
    partners: Mapping[int, Partner]
    facts: Mapping[int, Facts]
    running: Mapping[int, Mapping[str, Running]]
    past: Past
    exceptions: Mapping[int, tuple[InForce, ...]] = field(default_factory=dict)
    """Per partner the overrides in force."""
    onboarding: Mapping[int, list[Asked]] = field(default_factory=dict)
    """Per partner the checklist, where its types have one."""

    @property
    def ends_at(self) -> dict[str, dt.datetime]:
        """When each exception in force ends, by its id."""
        return {one.opened.ref: one.ends_at for held in self.exceptions.values() for one in held}

    def running_of(self, customer: Customer, product: str) -> Running:
        """What runs of the product, or of one that it follows, at the customer."""
        code = self.program.document.successor("products", product) or product
        return self.running.get(customer.pk, {}).get(code, Running(0, ()))

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of the partners' people by their key in the facts."""
        return {p.key: p.name for facts in self.facts.values() for p in facts.people}

    def at_customers(self, customers: Iterable[Customer]) -> Ground:
        """The same ground with what runs at these customers."""
        asked = [customer.pk for customer in customers]
        running = {pk: as_named_by(self.program, one) for pk, one in running_at(asked).items()}
        past = replace(self.past, customers=frozenset(asked))
        return replace(self, running=running, past=past)

    def inputs(
        self,
        partner_id: int,
        product: str,
        environments: Iterable[str],
        *,
        customer: Customer | None = None,
        seats: int | None = None,
        replaces: bool = False,
        transfers: bool = False,
        operator: str = "",
    ) -> GateInputs:
        """What the verdict depends on; the customer's own classes are always added. A former code
        of a product stands for the one that follows it. Where the gate is closed, its lapse is
        looked up."""
        plain = self._today(partner_id, product, environments, customer=customer, seats=seats)
        opened = tuple(
            one.opened
            for one in self.exceptions.get(partner_id, ())
            if one.customer_id is None or (customer and one.customer_id == customer.pk)
        )
        asked = replace(
            plain, replaces=replaces, transfers=transfers, operator=operator, opened=opened
        )
        lapses = {} if replaces or transfers else self.past.lapses(partner_id, asked)
        at_lapse = None
        if customer is not None and lapses and asked.before:
            since = min(lapse.since for lapse in lapses.values())
            at_lapse = self.past.seats_at(customer.pk, asked.product, since, asked.before)
        return replace(asked, lapses=lapses, at_lapse=at_lapse)

    def _today(
        self,
        partner_id: int,
        product: str,
        environments: Iterable[str],
        *,
        customer: Customer | None = None,
        seats: int | None = None,
    ) -> GateInputs:
        product = self.program.document.successor("products", product) or product
        asked, facts = tuple(environments), self.facts[partner_id]
        status = self.partners[partner_id].status
        steps = self._steps(partner_id, product)
        if customer is None:
            return GateInputs(self.on, product, asked, facts, status=status, onboarding=steps)
        running = self.running.get(customer.pk, {})
        held = running.get(product)
        return GateInputs(
            self.on,
            product,
            asked,
            facts,
            status=status,
            customer=customer_key(customer),
            vertical=customer.vertical,
            recorded=tuple(customer.environments),
            running=held.environments if held else (),
            customer_until=customer.until,
            deployed={code: there.seats for code, there in running.items() if there.seats},
            reserved={code: there.reserved for code, there in running.items() if there.reserved},
            seats=seats,
            onboarding=steps,
        )

    def _steps(self, partner_id: int, product: str) -> tuple[tuple[str, str], ...]:
        """The open steps that keep the product, or one that it builds on, closed."""
        asked = self.onboarding.get(partner_id)
        if not asked:
            return ()
        document = self.program.document
        builds_on = required_by(document, product) if product in document.products else ()
        return closing(asked, (product, *builds_on))

    def standing(
        self,
        partner_id: int,
        product: str,
        environments: Iterable[str],
        *,
        customer: Customer | None = None,
        seats: int | None = None,
    ) -> DeploymentStanding:
        """The explained answer for one partner, or for one of its customers."""
        inputs = self.inputs(partner_id, product, environments, customer=customer, seats=seats)
        return self.judged(inputs, customer, partner_id)

    def judged(
        self, inputs: GateInputs, customer: Customer | None, partner_id: int | None = None
    ) -> DeploymentStanding:
        """The verdict on inputs already put together."""
        owner = customer.partner_id if customer else partner_id
        assert owner is not None
        return DeploymentStanding(
            partner=self.partners[owner],
            customer=customer,
            inputs=inputs,
            verdict=judge(self.program.document, inputs),
            program=self.program,
            names=self.names,
            past=self.past,
        )

    def granted(self, standing: DeploymentStanding) -> Ground:
        """The ground once the request of ``standing`` has been granted: for the next of a set."""
        inputs, customer = standing.inputs, standing.customer
        assert customer is not None and inputs.seats is not None
        changes = inputs.verb in GRANTS
        classes = standing.environments if changes else inputs.running
        there = {
            **self.running.get(customer.pk, {}),
            inputs.product: Running(inputs.seats, classes),
        }
        if not inputs.seats:
            del there[inputs.product]
        partner_id = customer.partner_id
        # Names stay in the ground's facts; the inputs' own were left out for the record.
        metrics = facts_with(self.program.document, inputs).metrics
        facts = replace(self.facts[partner_id], metrics=metrics)
        more, used = max(inputs.seats - inputs.before, 0), standing.verdict.exceptions
        held = tuple(
            one.less(more) if one.opened.ref in used else one
            for one in self.exceptions.get(partner_id, ())
        )
        return replace(
            self,
            exceptions={**self.exceptions, partner_id: held},
            facts={**self.facts, partner_id: facts},
            running={**self.running, customer.pk: there},
        )

    def is_open(
        self,
        partner_id: int,
        product: str,
        environments: Iterable[str],
        *,
        customer: Customer | None = None,
    ) -> bool:
        """The bare answer, for portfolios of thousands."""
        inputs = self._today(partner_id, product, environments, customer=customer)
        return is_open(self.program.document, inputs)


def ground_for(
    partners: Iterable[Partner],
    on: dt.date,
    *,
    customers: Iterable[Customer] = (),
    at: dt.datetime | None = None,
) -> Ground:
    """Read all that the gate needs. Exceptions are those in force at the instant ``at``, none
    where it is left out. ``Refused("no_program")`` where no program is in force."""
    held = {partner.pk: partner for partner in partners}
    program, asked = program_on(on), [customer.pk for customer in customers]
    kinds, records = needs_of(program)
    facts = facts_of(held, on, kinds=kinds, records=records)
    return Ground(
        on=on,
        program=program,
        partners=held,
        facts=facts,
        running={pk: as_named_by(program, there) for pk, there in running_at(asked).items()},
        past=Past(on, program, facts, frozenset(asked)),
        exceptions=exceptions_at(held, at, program) if at else {},
        onboarding=judged(asked_steps(program, list(held), on), facts, on),
    )


def needs_of(program: Program) -> Needs:
    """The kinds of facts, and the codes of the records, that the gates of a program look at; found
    once for each document."""
    found = _needs.get(program.digest)
    if found is None:
        if len(_needs) >= 64:
            _needs.clear()
        found = _needs[program.digest] = _needs_of(program.document)
    return found


def _needs_of(document: ProgramDocument) -> Needs:
    trees = [
        tree
        for product in document.products
        if (tree := gate_tree(document, product, document.environments)) is not None
    ]
    kinds, records = asked_by((tree, document) for tree in (*trees, *trees_of(document)))
    return kinds | GATE_KINDS, records


def customer_key(customer: Customer) -> str:
    """The customer as the facts name it."""
    return customer.ref


def deployment_standing(
    partners: Iterable[Partner],
    product: str,
    environments: Iterable[str],
    *,
    on: dt.date,
    customers: Mapping[int, Customer] | None = None,
) -> dict[int, DeploymentStanding]:
    """Per partner id whether it may deploy ``product`` in ``environments`` on the day ``on``.

    With ``customers`` (by partner id) the answer is for that customer: its own classes join, its
    addenda count. Without, it is for the partner alone. ``Refused("no_program")`` before the
    vendor's first program.
    """
    asked, chosen = tuple(environments), dict(customers or {})
    ground = ground_for(partners, on, customers=chosen.values())
    return {
        pk: ground.standing(pk, product, asked, customer=chosen.get(pk)) for pk in ground.partners
    }


def customer_standing(
    partner: Partner,
    customers: Iterable[Customer],
    product: str,
    environments: Iterable[str] = (),
    *,
    on: dt.date,
) -> dict[int, DeploymentStanding]:
    """The same for many customers of one partner, by customer id."""
    asked, listed = tuple(environments), list(customers)
    ground = ground_for([partner], on, customers=listed)
    return {
        customer.pk: ground.standing(partner.pk, product, asked, customer=customer)
        for customer in listed
    }
