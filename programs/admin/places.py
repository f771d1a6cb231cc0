"""The pages of the draft's places: a list of entries, the form of one, a requirement tree.

Every page is drawn from the shape of its place. A step that only changes the form (another row,
another alternative) is answered with the form as it was typed; saving is one action.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _

from programs import actions, draft_page
from programs import document as documents
from programs.admin.base import View, back_to
from programs.admin.drafts import number_in
from programs.admin.trees import TreePages
from programs.compiled import program_or_none
from programs.document import ProgramDocument
from programs.drafts import drafted, edits_of
from programs.editing import entries, words
from programs.editing.places import at, own_fields, path_of, place_of, word
from programs.editing.references import codes_of, keys_refer, section_of
from programs.editing.shapes import ROOT, Shape, shape_at
from programs.errors import Problem, ProgramError
from programs.fields import CODE
from programs.forms import Data, Errors, Input, flat_fields, inputs, read_fields, rows_changed
from programs.forms.reading import data_of, first
from programs.models import ProgramDraft
from programs.rules.base import Path
from tenants.clock import today
from tenants.writing import Refused
from web import clock

FORM = "f"
Edit = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Opened:
    """A place of the draft as it stands now."""

    draft: ProgramDraft
    document: ProgramDocument
    values: dict[str, Any]
    path: Path
    shape: Shape

    @property
    def place(self) -> str:
        return place_of(self.path)


class PlacePages(TreePages):
    """``draft/at/<place>/``: one address for every place a document can have."""

    def own_pages(self) -> list[tuple[str, View, str]]:
        return [
            *super().own_pages(),
            ("draft/at/<path:place>/", self.place_view, "draft_place"),
        ]

    def place_view(self, request: HttpRequest, place: str) -> HttpResponse:
        """Whatever stands there; 404 where no document can have anything."""
        self._require_publisher()
        draft = self._draft()
        if draft is None:
            messages.info(request, _("There is no draft. Start one first."))
            return redirect(self._address("draft"))
        try:
            document = drafted(draft.document)
        except ProgramError:  # the start page says what is wrong and how to put it right
            return redirect(self._address("draft"))
        opened = self._opened(draft, document, place)
        if opened.shape.entries:
            return self._entries(request, opened)
        if opened.shape.kind == "tree":
            return self.tree_page(request, opened)
        return self._form(request, opened)

    def _opened(self, draft: ProgramDraft, document: ProgramDocument, place: str) -> Opened:
        try:
            path = path_of(place)
        except KeyError:
            raise Http404 from None
        values = documents.to_dict(document)
        shape = shape_at(path) if path else ROOT
        parents = [path[:end] for end in range(2, len(path))]
        if len(path) > 1 and shape_at(path[:-1]).entries:
            parents.append(path)
        if any(at(values, one) is None for one in parents if not shape_at(one).entries):
            raise Http404
        return Opened(draft, document, values, path, shape)

    # The list of a section.

    def _entries(self, request: HttpRequest, opened: Opened) -> HttpResponse:
        if request.method == "POST":
            return self._list_step(request, opened)
        if "add" in request.GET:
            return self._added(request, opened)
        if (code := request.GET.get("rename")) is not None:
            return self._renamed(request, opened, code)
        item = opened.shape.item
        context = {
            **self._context(opened),
            "about": words.about(item.type),
            "rows": draft_page.entry_rows(
                opened.document, opened.values, opened.path, self._place_address
            ),
            "ordered": draft_page.in_order(item),
        }
        return self._page(request, "entries", context)

    def _list_step(self, request: HttpRequest, opened: Opened) -> HttpResponse:
        """Add, rename, or one of the buttons of a row: ``remove:code``, ``up:code`` ..."""
        if "add" in request.GET:
            return self._added(request, opened)
        step, _colon, code = request.POST.get("op", "").partition(":")
        if step == "rename":
            return self._renamed(request, opened, code)
        path = opened.path
        edits: dict[str, Edit] = {
            "remove": lambda values: entries.without_entry(values, path, code),
            "up": lambda values: entries.moved_entry(values, path, code, -1),
            "down": lambda values: entries.moved_entry(values, path, code, 1),
        }
        if step not in edits:
            raise Http404
        name = word(opened.values, (*path, code))
        version = number_in(request.POST.get("lock_version", ""))
        try:
            self._keep(opened, edits[step], version)
            if step == "remove":
                said = _(
                    "“%(name)s” is removed. “Undo the last change” under “Edit the program” "
                    "brings it back."
                )
                messages.success(request, said % {"name": name})
        except entries.Gone:
            messages.error(request, _("It is gone already."))
        except ProgramError as error:
            messages.error(request, self._still_used(opened, name, error.problems))
        except Refused as refused:
            messages.error(request, self._conflict_words(refused, opened, version))
        return redirect(back_to(request, request.path))

    def _still_used(self, opened: Opened, name: str, problems: tuple[Problem, ...]) -> str:
        """Why an entry cannot go: what else says so, by place."""
        rows = draft_page.problem_rows(opened.values, problems, self._place_address)
        said = "; ".join(dict.fromkeys(f"{row['where']}: {row['words']}" for row in rows[:5]))
        return _("“%(name)s” was not changed. %(why)s.") % {"name": name, "why": said}

    def _conflict_words(self, refused: Refused, opened: Opened, version: int) -> str:
        if refused.code != "draft_changed":
            return refused.detail
        edits = edits_of(opened.draft, after=version)
        who = ", ".join(dict.fromkeys(edit.who for edit in edits))
        return _("%(who)s changed the draft meanwhile. Look at it and do it again.") % {
            "who": who or _("Somebody")
        }

    # The form of one place.

    def _form(self, request: HttpRequest, opened: Opened) -> HttpResponse:
        path, shape = opened.path, opened.shape
        fields = draft_page.form_fields(path)
        holder = path if shape.kind == "model" else path[:-1]
        before = (at(opened.values, holder) if holder else opened.values) or {}
        step = request.POST.get("op", "save") if request.method == "POST" else ""
        data = data_of(request.POST) if step else flat_fields(fields, before, FORM)
        data = _changed_rows(data, step)
        errors, status = Errors(), 200
        shown = inputs(fields, data, FORM, holder, opened.values)
        if step == "save":
            found = read_fields(fields, data, FORM, before)
            try:
                self._keep(
                    opened,
                    lambda values: entries.put_fields(values, holder, found),
                    number_in(first(data, "lock_version")),
                )
                messages.success(request, _("Saved in the draft."))
                return redirect(self._after(opened))
            except ProgramError as error:
                errors, status = Errors.place(error.problems, shown), 422
            except Refused as refused:
                return self._conflict(request, opened, shown, refused, data)
        context = {
            **self._context(opened),
            **self._form_context(opened, shown, errors),
            "nested": draft_page.nested(opened.document, opened.values, path, self._place_address),
        }
        return self._page(request, "entry", context, status)

    def _form_context(self, opened: Opened, shown: list[Input], errors: Errors) -> dict[str, Any]:
        above = draft_page.problem_rows(opened.values, errors.above, self._place_address)
        return {"inputs": shown, "above": above, "code": _own_code(opened)}

    def _after(self, opened: Opened) -> str:
        """Where saving leads: to the list, unless there is more to do on this page."""
        path = opened.path
        is_entry = len(path) > 1 and shape_at(path[:-1]).entries
        if not is_entry:
            return self._address("draft")
        if draft_page.has_pages(opened.shape):
            return self._place_address(opened.place)
        return self._place_address(place_of(path[:-1]))

    def _conflict(
        self,
        request: HttpRequest,
        opened: Opened,
        shown: list[Input],
        refused: Refused,
        data: Data,
        **more: Any,
    ) -> HttpResponse:
        """Somebody else was faster: who changed what, with everything that was typed."""
        if refused.code != "draft_changed":
            messages.error(request, refused.detail)
            return redirect(self._address("draft"))
        context = {
            **self._context(opened),
            **self._form_context(opened, shown, Errors()),
            "conflict": edits_of(opened.draft, after=number_in(first(data, "lock_version"))),
            **more,
        }
        return self._page(request, "entry", context, status=409)

    # A new entry.

    def _added(self, request: HttpRequest, opened: Opened) -> HttpResponse:
        item = opened.shape.item
        fields = own_fields(item, (*opened.path, "new"))
        step = request.POST.get("op", "save") if request.method == "POST" else ""
        data = data_of(request.POST) if step else flat_fields(fields, {}, FORM)
        data = _changed_rows(data, step)
        code = first(data, "code") or slugify(first(data, f"{FORM}.title"))[:60]
        path = (*opened.path, code)
        shown = inputs(fields, data, FORM, path, opened.values)
        asked = self._code_input(opened, first(data, "code"))
        more = {"adds": True, "code_input": asked, "title": _new_title(opened)}
        errors, status = Errors(), 200
        if step == "save":
            found = read_fields(fields, data, FORM, {})
            asked.errors = _code_errors(code)
            status = 422
            try:
                if not asked.errors:
                    self._keep(
                        opened,
                        lambda values: entries.with_entry(values, opened.path, code, found),
                        number_in(first(data, "lock_version")),
                        place=place_of(path),
                    )
                    messages.success(request, _("Added to the draft."))
                    pages = draft_page.has_pages(item)
                    return redirect(self._place_address(place_of(path if pages else opened.path)))
            except entries.Taken:
                asked.errors = [_("This code stands here already. Choose another.")]
            except ProgramError as error:
                errors = Errors.place(error.problems, shown)
            except Refused as refused:
                return self._conflict(request, opened, shown, refused, data, **more)
        context = {**self._context(opened), **self._form_context(opened, shown, errors), **more}
        return self._page(request, "entry", context, status)

    def _code_input(self, opened: Opened, value: str) -> Input:
        """The code: free, or one of another section's where the entries are named by it."""
        made = Input("code", ("code",), _("Code"), "text", value=value)
        parent = shape_at(opened.path[:-1]) if opened.path[:-1] else ROOT
        field = parent.field(str(opened.path[-1])) if parent.kind == "model" else None
        section = section_of(field) if field and keys_refer(field) else None
        if section:
            held = at(opened.values, opened.path) or {}
            known = codes_of(section, opened.values)
            made.widget, made.label = "select", words.singular(section)
            made.options = [(code, title) for code, title in known if code not in held]
            return made
        made.help = _(
            "It stays for ever and names this in imports and the API. Left empty, it is made from "
            "the title."
        )
        return made

    # Another code.

    def _renamed(self, request: HttpRequest, opened: Opened, code: str) -> HttpResponse:
        held = at(opened.values, opened.path) or {}
        if code not in held:
            raise Http404
        new = request.POST.get("code", code).strip()
        asked = Input("code", ("code",), _("New code"), "text", value=new, required=True)
        asked.help = _("Everything that names it follows. Partners keep what they hold.")
        status = 200
        if request.method == "POST":
            asked.errors, status = _code_errors(new), 422
            version = number_in(request.POST.get("lock_version", ""))
            try:
                if not asked.errors:
                    published = self._published(opened.path, code)
                    self._keep(
                        opened,
                        lambda values: entries.renamed_entry(
                            values, opened.path, code, new, published
                        ),
                        version,
                    )
                    messages.success(request, _("The code is changed everywhere."))
                    return redirect(self._place_address(opened.place))
            except entries.Taken:
                asked.errors = [_("This code stands here already. Choose another.")]
            except ProgramError as error:
                asked.errors = [str(problem) for problem in error.problems[:3]]
            except Refused as refused:
                messages.error(request, self._conflict_words(refused, opened, version))
                return redirect(request.path)
        title = _("Rename “%(name)s”") % {"name": word(opened.values, (*opened.path, code))}
        context = {**self._context(opened), "title": title, "code_input": asked, "code": code}
        return self._page(request, "rename", context, status)

    def _published(self, path: Path, code: str) -> bool:
        """Whether the version in force has this code, so that partners may hold it."""
        program = program_or_none(today())
        values = documents.to_dict(program.document) if program else {}
        return code in (at(values, path) or {})

    # What all of them share.

    def _keep(
        self, opened: Opened, edit: Edit, lock_version: int, place: str | None = None
    ) -> None:
        """Change the draft, and take what it is then for everything that follows."""
        opened.draft = actions.edit_draft(
            edit, place=place or opened.place, lock_version=lock_version, at=clock.now()
        )

    def _place_address(self, place: str) -> str:
        return self._address("draft_place", place)

    def _context(self, opened: Opened) -> dict[str, Any]:
        """What every page of a place shows."""
        return {
            "title": word(opened.values, opened.path) if opened.path else words.label("basics"),
            "crumbs": draft_page.crumbs(opened.values, opened.path, self._place_address),
            "draft": opened.draft,
            "problems_here": draft_page.problems_here(
                opened.values, opened.path, self._place_address
            ),
            "place": opened.place,
            "here": self._place_address(opened.place),
            "about": words.about(opened.shape.type) if opened.shape.kind == "model" else "",
            "comments": draft_page.comments(opened.draft, opened.place),
            "addresses": self._addresses(),
        }

    def _addresses(self) -> dict[str, str]:
        pages = ("draft", "draft"), ("comment", "draft_comment"), ("settle", "draft_settle")
        return {name: self._address(page) for name, page in pages}


def _own_code(opened: Opened) -> str:
    """The entry's code, for pages of entries."""
    path = opened.path
    return str(path[-1]) if len(path) > 1 and shape_at(path[:-1]).entries else ""


def _changed_rows(data: Data, step: str) -> Data:
    """The form after ``row.add:name`` or ``row.remove:name``."""
    kind, _colon, name = step.partition(":")
    return rows_changed(data, kind.removeprefix("row."), name) if kind.startswith("row.") else data


def _code_errors(code: str) -> list[str]:
    if re.fullmatch(CODE, code):
        return []
    if not code:
        return [_("Write a code or a title.")]
    return [
        _(
            "A code begins with a small letter or digit; dots, hyphens and underscores may follow, "
            "at most 60 characters in all."
        )
    ]


def _new_title(opened: Opened) -> str:
    return _("Add to %(section)s") % {"section": word(opened.values, opened.path)}
