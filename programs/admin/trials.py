"""Trying the draft on one partner or on all. Nothing is kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from programs import trial_page
from programs.admin.base import ProgramPages, View
from programs.asking import facts_for, level_trees
from programs.compiled import program_or_none
from programs.document import ProgramDocument
from programs.drafts import drafted
from programs.errors import ProgramError
from programs.gathering import Kind, active_partners, decided, partner_refs
from programs.models import ProgramDraft
from programs.partner_choice import chosen_partner, partners_like
from programs.plan import CHUNK
from programs.trial import try_all, try_partner
from tenants.clock import today

HELD: tuple[Kind, ...] = ("held",)  # who is of the type


class TrialPages(ProgramPages):
    """The two trials, reached from the start page and from every tree."""

    def own_pages(self) -> list[tuple[str, View, str]]:
        return [
            *super().own_pages(),
            ("draft/test/", self.test_view, "draft_test"),
            ("draft/test/all/", self.test_all_view, "draft_test_all"),
        ]

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Every level of the draft for one partner, with what is missing."""
        self._require_publisher()
        found = self._document()
        if found is None:
            return redirect(self._address("draft"))
        draft, document = found
        on = max(today(), draft.effective_from)
        partner = chosen_partner(request.GET.get("partner", ""), on)
        tried = []
        if partner:
            facts = facts_for(level_trees(document), [partner.pk], on, besides=HELD)
            tried = try_partner(document, facts[partner.pk], on)
        wanted = request.GET.get("q", "")
        context = {
            "title": _("Test on one partner"),
            "partner": partner,
            "on": on,
            "axes": [trial_page.axis(one) for one in tried],
            "wanted": wanted,
            "matches": partners_like(wanted, on) if wanted else [],
            "any_partner": bool(partner or active_partners(on)),
            "addresses": self._trial_addresses(),
        }
        return self._page(request, "test", context)

    def test_all_view(self, request: HttpRequest) -> HttpResponse:
        """How many pass, fail or are unknown per level, before and after; who would move."""
        self._require_publisher()
        found = self._document()
        if found is None:
            return redirect(self._address("draft"))
        draft, document = found
        on = max(today(), draft.effective_from)
        current = program_or_none(on)
        names = active_partners(on)
        old = current.document if current else None
        trees = [tree for one in (old, document) if one for tree in level_trees(one)]
        ids = list(names)
        chunks = (
            (
                facts_for(trees, ids[start : start + CHUNK], on, besides=HELD),
                decided(ids[start : start + CHUNK], on),
            )
            for start in range(0, len(ids), CHUNK)
        )
        tried = try_all(old, document, chunks, names, on)
        refs = partner_refs({mover.partner_id for one in tried for mover in one.movers})
        test = self._address("draft_test")
        context: dict[str, Any] = {
            "title": _("Test on all partners"),
            "on": on,
            "current": current,
            "partners": len(names),
            "axes": [
                trial_page.for_all(one, lambda pk: f"{test}?partner={refs[pk]}")
                for one in sorted(tried, key=lambda one: not one.movers)
            ],
            "addresses": self._trial_addresses(),
        }
        return self._page(request, "test_all", context)

    def _document(self) -> tuple[ProgramDraft, ProgramDocument] | None:
        draft = self._draft()
        if draft is None:
            return None
        try:
            return draft, drafted(draft.document)
        except ProgramError:
            return None

    def _trial_addresses(self) -> dict[str, str]:
        names = ("draft", "draft_test", "draft_test_all", "plan")
        return {name: self._address(name) for name in names}
