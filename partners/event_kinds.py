"""What the events of partners are called, and how a timeline draws them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "application.submitted": _("Application received"),
    "application.approved": _("Application approved"),
    "application.refused": _("Application refused"),
    "partner.added": _("Partner added"),
    "partner.approved": _("Joined the program"),
    "partner.changed": _("Company profile changed"),
    "partner.suspended": _("Partnership suspended"),
    "partner.reinstated": _("Partnership reinstated"),
    "partner.exited": _("Left the program"),
    "level.set": _("Level set"),
    "portfolio.assigned": _("Account manager assigned"),
    "employment.began": _("Person joined the team"),
    "employment.changed": _("Person's details changed"),
    "employment.ended": _("Person left the team"),
    "customer.added": _("Customer added"),
    "customer.changed": _("Customer changed"),
    "customer.ended": _("Customer ended"),
    "agreement.signed": _("Agreement signed"),
    "agreement.ended": _("Agreement ended"),
    "fact.recorded": _("Figure recorded"),
    "record.recorded": _("Record added"),
    "record.withdrawn": _("Record withdrawn"),
    "value.agreed": _("Value agreed"),
    "attestation.recorded": _("Attestation recorded"),
    "attestation.submitted": _("Attestation submitted"),
    "attestation.accepted": _("Attestation accepted"),
    "attestation.refused": _("Attestation refused"),
    "import.applied": _("Import applied"),
    "import.discarded": _("Import discarded"),
}

LOOKS = {
    "partner.approved": ("confetti", "ok"),
    "partner.added": ("confetti", "ok"),
    "partner.suspended": ("player-pause", "bad"),
    "partner.reinstated": ("player-play", "ok"),
    "partner.exited": ("door-exit", "bad"),
    "level.set": ("award", "brand"),
    "portfolio.assigned": ("user-star", "info"),
    "employment.began": ("user-plus", "ok"),
    "employment.ended": ("user-minus", "warn"),
    "customer.added": ("building", "ok"),
    "customer.ended": ("building", "warn"),
    "agreement.signed": ("writing-sign", "ok"),
    "agreement.ended": ("file-off", "warn"),
    "fact.recorded": ("chart-bar", "info"),
    "value.agreed": ("target-arrow", "info"),
    "attestation.recorded": ("rosette-discount-check", "info"),
    "attestation.submitted": ("rosette-discount-check", "info"),
    "attestation.accepted": ("rosette-discount-check", "ok"),
    "attestation.refused": ("rosette-discount-check", "warn"),
    "import.applied": ("file-import", "info"),
    "invitation.sent": ("mail", "info"),
    "membership.began": ("user-plus", "ok"),
    "membership.ended": ("user-minus", "warn"),
}
"""``kind: (Tabler icon, tone)``; others are drawn as a point."""
