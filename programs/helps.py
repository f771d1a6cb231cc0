"""What to write in each field of the program document, in a plain sentence with its unit.

The one home of these words: the forms of the admin show them, and the JSON Schema carries them.
``*`` stands for every model. A field without a sentence fails a test.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from programs.deal_helps import DEALS

HELPS: dict[str, str | Promise] = {
    **DEALS,
    "*.title": _("The name that people read. Nothing here: the code, made readable."),
    "*.id": _("A code for this requirement, for reports and the API. Usually not needed."),
    "*.was": _("The code it had before it was renamed."),
    "*.unit": _("For example seats, EUR or %."),
    "ProgramDocument.program": _("Small letters, digits, dots, hyphens. It names the program."),
    "ProgramDocument.title": _("As partners read it."),
    "ProgramDocument.edition": _("For example 2027."),
    "ProgramDocument.currency": _("Three letters, for example EUR."),
    "ProgramDocument.time_zone": _("For example Europe/Berlin. Nothing here: the vendor's own."),
    "ProgramDocument.environments": _("One code a line. The class “general” is everywhere."),
    "ProgramDocument.sources": _("Where the rules come from. One a line."),
    "ProgramDocument.notes": _("For those who keep the program. One a line."),
    "ProgramDocument.regulated_verticals": _("Which class a customer's vertical asks for."),
    "ProgramDocument.windows": _("When people are warned that something ends."),
    "ProgramDocument.publishing": _("How a new version of the program is published."),
    "ProgramDocument.country_groups": _("Each group with its countries, two letters each."),
    "ProgramDocument.metrics": _("The numbers about a partner that requirements can ask for."),
    "ProgramDocument.attestations": _("What a partner or the vendor attests, with evidence."),
    "ProgramDocument.addenda": _("What is signed besides the partner agreement."),
    "ProgramDocument.tracks": _("What people are certified in, and how long that lasts."),
    "ProgramDocument.products": _("What partners deploy, and who may."),
    "ProgramDocument.benefits": _("What levels give: discounts, funds, support, listings."),
    "ProgramDocument.support": _("Support plans with their times to the first answer."),
    "ProgramDocument.types": _("The kinds of partner, each with its tiers and their requirements."),
    "ProgramDocument.lapse": _(
        "How the gate of a product tightens after something it rested on ended."
    ),
    "ProgramDocument.gate": _(
        "How the gates of products fit life: answers, overrides, emergencies."
    ),
    "ProgramDocument.deals": _(
        "What partners register, how long that protects them, and when they get an answer."
    ),
    "ProgramDocument.mapping": _(
        "What takes the place of levels, tracks and products that this version no longer has."
    ),
    "Windows.certificate": _(
        "In days before the end, from the earliest warning down, one number a line."
    ),
    "Windows.renewal_planning": _(
        "In days before a contract is decided: from then on it is on the list of renewals."
    ),
    "Windows.renewal_decision": _(
        "In days before a contract is decided: then both account managers are told."
    ),
    "Publishing.second_person": _("Nobody then publishes what they wrote themselves."),
    "MetricRule.source": _("Where the value comes from, for example monthly statements."),
    "MetricRule.supplied_by": _("Whose task a missing value is. The partner states its own."),
    "MetricRule.fresh_months": _(
        "In months. An older value is not used; the requirement is then unknown."
    ),
    "MetricRule.about": _(
        "Whether the number is about the partner, or about something else of it."
    ),
    "MetricRule.records": _(
        "The kind of records that are counted. Nothing here: the value itself is delivered."
    ),
    "MetricRule.where": _("Only records with these values are counted."),
    "MetricRule.aggregate": _(
        "What is made of the records: their number, a sum, the number of different values."
    ),
    "MetricRule.window": _("From which time the records are counted. Nothing here: all of them."),
    "MetricRule.org": _("Whether the company's own value counts, or that of its whole family."),
    "MetricRule.minimum": _("With fewer records than this the number is unknown."),
    "MetricRule.complete": _("No row then means none. Without it, no row is unknown."),
    "MetricRule.derived": _("Computed from other metrics instead of delivered."),
    "Distinct.distinct": _("The field whose different values are counted."),
    "MetricWindow.months": _("In months up to today."),
    "MetricWindow.last": _("The kind of period, for example quarter."),
    "MetricWindow.count": _("How many of these periods."),
    "MetricWindow.year_from": _("The day on which the year begins, as MM-DD."),
    "Ratio.ratio": _("Two metrics: the first divided by the second, one a line."),
    "Ratio.percent": _("Whether the result is shown as a percentage."),
    "Ratio.minimum": _("If the second is smaller than this, the result is unknown."),
    "Multiple.metric": _("The metric that is multiplied."),
    "Multiple.times": _("The factor."),
    "Sum.sum": _("The metrics that are added up, one a line."),
    "Difference.difference": _("Two metrics: the first less the second, one a line."),
    "AttestationRule.months": _("In months. Nothing here: it counts for ever."),
    "AddendumRule.with": _("Who signs: the vendor once, or each customer."),
    "Track.kind": _("Technical certificates and sales certificates are counted apart."),
    "Track.function": _("What a certified person may do."),
    "Track.scope": _("The field of products, for example endpoint."),
    "Track.level": _("The level of the certificate, for example professional."),
    "Track.months": _("In months. Nothing here: a certificate never expires."),
    "Track.anchor": _("The day from which the months are counted."),
    "Track.pass_mark": _("In percent of the points of the exam."),
    "Track.parts": _("Parts with a result of their own; all of them make the certificate."),
    "Track.parts_within_days": _("In days between the first and the last part."),
    "Track.needs": _("Tracks that somebody must hold before this one."),
    "Track.composite": _("Whoever holds all of these holds this track, without an exam."),
    "Track.renew": _("How a certificate is carried on. Nothing here: by the exam or a delta."),
    "Track.renew_from_days": _("In days before the end. Nothing here: at any time."),
    "Track.retake": _("When somebody who failed may try again."),
    "Track.links": _("Where people learn, and where they book the exam."),
    "Track.versions": _("Editions of the course, with the day of each release."),
    "TrackPart.pass_mark": _("In percent of the points of this part."),
    "RenewalByTrack.track": _("Passing this track carries the certificate on."),
    "RenewalByTrack.months": _("In months. Nothing here: as long as a new certificate."),
    "Retake.waits_days": _("In days, the wait after the first failure first, one number a line."),
    "Retake.per_year": _("Attempts within twelve months."),
    "Equivalent.tracks": _("The tracks that the company then counts as holding."),
    "Equivalent.attestation": _("What the company attests for it."),
    "TrackVersion.code": _("For example 18.0."),
    "TrackVersion.released": _("The day on which this version came out."),
    "TrackVersion.kind": _("A whole course, or a delta for those who hold the version before."),
    "TrackVersion.recertify_by": _(
        "From this day on no certificate of an older version counts. Nothing here: they all do."
    ),
    "TrackVersion.product": _("Which release of the product it teaches, in words."),
    "TrackVersion.links": _("Where this version is learned and examined, if elsewhere."),
    "TrackVersion.curriculum": _("What to learn for this version, piece by piece."),
    "CurriculumStep.url": _("The address of the piece."),
    "CurriculumStep.minutes": _("How long it takes, in minutes."),
    "TrackLinks.course": _("The address of the course."),
    "TrackLinks.exam": _("The address at which the exam is booked."),
    "ProgramDocument.equivalents": _(
        "What makes a company count as holding tracks that none of its people holds."
    ),
    "TrackVersion.of": _("The version that a delta builds on."),
    "Product.family": _("Products that belong together: in reports, and where one is protected."),
    "Product.unit": _("What is counted and billed, for example seat."),
    "Product.counts_as": _("Whether its units count as managed seats."),
    "Product.requires": _("Products that must run at a customer before this one."),
    "Product.price_month": _("Per unit and month, in the currency of the program."),
    "Product.price_lock_months": _("In months for which the price of a running contract stays."),
    "Product.gates": _("What a partner must show to deploy it, for each class of environment."),
    "Product.lapse": _("Only where this product differs from the rest of the program."),
    "Gate.addenda": _("Signed addenda that this class asks for."),
    "Gate.operator": _("What the person must hold who carries the deployment out."),
    "Gate.add": _("What this class asks on top of the general gate."),
    "Holding.track": _("The tracks of which one is enough."),
    "Holding.level": _("Only certificates of these levels."),
    "Holding.function": _("Only certificates for these functions."),
    "Holding.scope": _("Only certificates for these fields of products."),
    "Holding.kind": _("Technical or sales certificates only."),
    "Holding.versions": _("Only certificates on these versions of the course."),
    "BenefitRule.kind": _(
        "What it is: a discount, a rebate, seats for own use, a quota, a listing …"
    ),
    "BenefitRule.base": _("What a percentage is taken of, for example list price."),
    "BenefitRule.stacking": _("What counts if a partner has it from several levels."),
    "BenefitRule.cap": _("The most that a partner gets of it, in its unit."),
    "BenefitRule.per": _("The time after which a quota begins anew."),
    "BenefitRule.from_nth": _("It begins with the nth, for example the second deal."),
    "SupportPlan.s1": _("Minutes to the first answer when everything stands still."),
    "SupportPlan.s2": _("Minutes to the first answer when much is hindered."),
    "SupportPlan.s3": _("Minutes to the first answer when little is hindered."),
    "SupportPlan.s4": _("Minutes to the first answer to a question."),
    "PartnerType.onboarding": _("What a new partner does first, and what each step opens."),
    "Onboarding.joined_from": _(
        "Only partners that join on this day or later are asked: nothing closes for the others."
    ),
    "Onboarding.steps": _("The steps in their order."),
    "Step.title": _("What is to be done, for example: Sign the agreement."),
    "Step.help": _("A sentence that says how."),
    "Step.link": _("Where it is done: https://… or, in the portal, /certifications/."),
    "Step.who": _("Who does it. A step without a requirement is ticked by them."),
    "Step.met": _("The requirement that makes it done. Nothing here: a person ticks it."),
    "Step.products": _("Products that stay closed to the partner until then, one a line."),
    "Step.levels": _(
        "Levels of this type to which the partner does not rise until then, one a line; of a ladder"
        " those above them, too. A level held stays."
    ),
    "PartnerType.summary": _("One sentence for applicants."),
    "PartnerType.max_months": _(
        "In months. How long a partner may be of this type. Nothing here: for ever."
    ),
    "PartnerType.then": _("The type that a partner moves to after that."),
    "PartnerType.inherit": _(
        "Whether a company also counts what its parent or its subsidiaries hold."
    ),
    "PartnerType.review": _("When levels are looked at again. Nothing here: only on demand."),
    "PartnerType.tiers": _("The ladder of levels, the lowest first."),
    "PartnerType.axes": _("Badges or commitments beside the tiers."),
    "Level.rank": _("The place from the bottom of its ladder."),
    "Level.promotion": _("How a partner comes in: in one of these ways, or in several."),
    "Level.lockout_months": _(
        "In months. How long after losing the level a partner cannot come back."
    ),
    "Level.entry": _("What a partner must show to reach this level."),
    "Level.retain": _("What a partner must show to keep it. Nothing here: the same as to come in."),
    "Level.benefits": _("What a partner of this level gets."),
    "Axis.kind": _("On a ladder a partner holds one level, of a set each for itself."),
    "Axis.levels": _("The levels of this axis, the lowest first."),
    "Axis.review": _(
        "When the levels of this axis are looked at again. Nothing here: as the tiers."
    ),
    "Review.clock": _("How often: all the time, on fixed days, or on any day of a yearly window."),
    "Review.day": _("The day of a yearly review, as MM-DD. Only for “Yearly”."),
    "Review.up": _("Whether a partner rises as soon as it meets a level, or only at the review."),
    "Review.down": _("Whether a partner falls at the review, on its own request, or never."),
    "Review.cure": _("Time to put right what is missing before the partner falls."),
    "Review.approve": _("A person looks at each review before anything changes."),
    "Cure.months": _("In months from the review that found something missing."),
    "Window.from": _("The first day of the window, as MM-DD."),
    "Window.until": _("The last day of the window, as MM-DD."),
    "All.all": _("Every one of them must be met."),
    "AnyOf.any": _("One of them is enough."),
    "AtLeast.at_least": _("So many of the requirements inside."),
    "Choice.n": _("How many of the requirements inside must be met."),
    "Choice.of": _("The requirements to choose from."),
    "People.people": _("How many people, and with which certificates."),
    "PeopleCount.track": _("People with one of these tracks."),
    "PeopleCount.all_of": _("People who hold all of these tracks."),
    "PeopleCount.level": _("Only certificates of these levels."),
    "PeopleCount.function": _("Only certificates for these functions."),
    "PeopleCount.scope": _("Only certificates for these fields of products."),
    "PeopleCount.kind": _("Technical or sales certificates only."),
    "PeopleCount.role": _("Only people who have this role in their company."),
    "PeopleCount.versions": _("Only certificates on these versions of the course."),
    "PeopleCount.org": _("Whether the company's own people count, or those of its whole family."),
    "PeopleCount.at_least": _("The number of different people."),
    "PeopleCount.of_them": _(
        "Of these people, so many who hold something more. One may count for several."
    ),
    "PeopleCount.disjoint": _("Groups of people, none of whom serves two of them."),
    "Selection.track": _("People with one of these tracks."),
    "Selection.all_of": _("People who hold all of these tracks."),
    "Selection.level": _("Only certificates of these levels."),
    "Selection.function": _("Only certificates for these functions."),
    "Selection.scope": _("Only certificates for these fields of products."),
    "Selection.kind": _("Technical or sales certificates only."),
    "Selection.role": _("Only people who have this role in their company."),
    "Selection.versions": _("Only certificates on these versions of the course."),
    "Selection.org": _("Whether the company's own people count, or those of its whole family."),
    "Selection.at_least": _("The number of different people."),
    "Newest.latest": _("How many of the newest versions count."),
    "ByGroup.by_group": _("The number for partners of each group of countries."),
    "ByGroup.otherwise": _("The number for partners of no group."),
    "Times.times": _("The usual number, multiplied by this."),
    "Agreed.agreed": _("The name under which the number is agreed with each partner."),
    "Agreed.from": _("The smallest number that may be agreed."),
    "Agreed.to": _("The largest number that may be agreed."),
    "Per.per": _("The metric that is counted, for example seats."),
    "Per.each": _("One is asked for each so many of it."),
    "Per.at_least": _("Never fewer than this."),
    "Per.at_most": _("Never more than this."),
    "Metric.metric": _("A metric and its bound."),
    "MetricBound.code": _("The number that is looked at."),
    "MetricBound.at_least": _("The value, in the metric's unit, that must be reached."),
    "MetricBound.at_most": _("The value, in the metric's unit, that must not be passed."),
    "Attestation.attestation": _("What must be attested and not be too old."),
    "Agreement.agreement": _("The partner agreement must be in force."),
    "Addendum.addendum": _("The addendum that must be signed."),
    "Not.not": _("The requirement that must not be met."),
    "Score.score": _("Points for several things, and how many are enough."),
    "Points.at_least": _("The points that are enough."),
    "Points.gate": _("Without this the points do not count at all."),
    "Points.parts": _("What gives points."),
    "Points.best_of": _("Several ways to points, of which a partner's best counts."),
    "Part.points": _("The points that this gives."),
    "Part.if": _("It gives its points if this is met."),
    "Part.metric": _("It gives points by the value of this metric."),
    "Part.each": _("Points are given for each so many of the metric's unit."),
    "Part.cap": _("It never gives more points than this."),
    "Part.minimum": _("With fewer points here the whole score fails."),
    "Route.parts": _("What gives points on this way."),
    "HeldBefore.held": _("A level that the partner holds or held."),
    "HeldLevel.type": _("The partner type of the level."),
    "HeldLevel.axis": _("Nothing here: the tiers."),
    "HeldLevel.level": _("One of these levels."),
    "HeldLevel.or_better": _("A higher level counts as well."),
    "HeldLevel.acquired_before": _("Only if it was reached before this day."),
    "HeldLevel.acquired_from": _("Only if it was reached on this day or later."),
    "HeldLevel.months": _("In months for which it has been held without a break."),
    "PartnerFor.partner_for": _("In months since the partner joined."),
    "OnDay.day": _("From when until when this is met."),
    "Days.from": _("Met from this day on."),
    "Days.before": _("Met until the day before this one."),
    "InCountry.country": _("Where the partner is."),
    "Places.group": _("One of these groups of countries."),
    "Places.in": _("One of these countries, two letters each, one a line."),
    "ByCountry.by_country": _("Requirements that differ by country."),
    "Sets.by_group": _("What partners of each group of countries must show."),
    "Sets.otherwise": _("What partners of no group must show."),
    "Phased.phased": _("Something new that is asked from a later day on."),
    "Change.asks": _("What is asked from then on."),
    "Change.announced": _("The day on which partners were told."),
    "Change.measured_from": _("The day from which values count for it."),
    "Change.enforced": _("The day from which it must be met."),
    "Change.until_then": _("What is asked before that day."),
    "CodeMapping.metrics": _("The old code, and the one that its figures count for."),
    "CodeMapping.attestations": _("The old code, and the one that its statements count for."),
    "CodeMapping.addenda": _("The old code, and the one that its agreements count for."),
    "CodeMapping.tracks": _("The old code, and the one that its certificates count for."),
    "CodeMapping.products": _("The old code, and the one that its deployments run under."),
    "CodeMapping.families": _("The old code, and the one in which its protections go on."),
    "CodeMapping.benefits": _("The old code, and the one that follows it."),
    "CodeMapping.types": _("The old code, and the one that its partners move to."),
    "CodeMapping.levels": _("The old level as type.level, and the one that its partners move to."),
    "*.expiry": _("When a certificate ends without being renewed."),
    "*.departure": _("When somebody who counted leaves the company."),
    "*.revocation": _("When a certificate is taken away."),
    "*.program_change": _("When a new version of the program asks more."),
    "*.agreement_end": _("When the agreement ends."),
    "Lapse.growth_tolerance": _("What may still be added at a customer while growth is blocked."),
    "LapsePolicy.block_new_after": _("In days from the lapse until no new customer may be served."),
    "LapsePolicy.block_growth_after": _(
        "In days from the lapse until running customers may not grow."
    ),
    "LapsePolicy.suspend_after": _("In days from the lapse until the authorisation is suspended."),
    "GrowthTolerance.percent": _("In percent of the seats that ran on the day of the lapse."),
    "GrowthTolerance.seats": _("In seats. The larger of the two counts."),
    "GateRules.cache": _("How long a provisioning system may rely on an answer."),
    "GateRules.on_unreachable": _("What a provisioning system does if it gets no answer."),
    "GateRules.override": _("How long somebody may allow what the gate refuses."),
    "GateRules.break_glass": _("What may be deployed in an emergency without the gate."),
    "GateRules.unconfirmed_hours": _(
        "In hours until a deployment that nobody confirmed is given up."
    ),
    "Cache.allow_minutes": _("In minutes for which a yes is kept."),
    "Cache.deny_minutes": _("In minutes for which a no is kept."),
    "OverrideRule.max_days": _("In days, at most."),
    "OverrideRule.warn_days": _("In days before its end on which people are warned."),
    "BreakGlass.hours": _("In hours for which an emergency lasts."),
    "BreakGlass.max_seats": _("In seats that may be deployed in it, at most."),
    "BreakGlass.per_quarter": _("Emergencies that a partner may have in a quarter."),
}


def help_for(model: str, field: str) -> str | Promise:
    """The sentence for a model's field, by its key in the document; empty if there is none."""
    return HELPS.get(f"{model}.{field}") or HELPS.get(f"*.{field}", "")


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON Schema of the document's models with the sentences as descriptions."""
    models = {schema.get("title", ""): schema, **schema.get("$defs", {})}
    for name, model in models.items():
        for field, value in model.get("properties", {}).items():
            if words := help_for(name, field):
                value["description"] = str(words)
    return schema
