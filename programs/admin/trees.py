"""The page of a requirement tree. Every step goes to the server, which answers with the tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from programs import document as documents
from programs import draft_page
from programs.admin.base import ProgramPages
from programs.admin.drafts import number_in
from programs.drafts import drafted, edits_of
from programs.editing import entries, trees
from programs.editing.places import at, word
from programs.editing.shapes import kind_in, primitive
from programs.errors import ProgramError
from programs.forms import Data, Errors, Input, flat_fields, inputs, read_fields, rows_changed
from programs.forms.reading import data_of, first, is_constant
from programs.gathering import active_partners, facts_of
from programs.partner_choice import chosen_partner, partners_like
from programs.rules import Case
from programs.rules.base import Path
from programs.tree_page import Drawing, OpenForm, dom_id, palette, path_in, wrappers
from tenants.clock import today
from tenants.writing import Refused

if TYPE_CHECKING:
    from programs.admin.places import Opened

FORM = "f"
Step = Callable[[Any], Any]
_ASIDE = ("title", "id")  # what any requirement may have, asked last


class Asks(Exception):
    """The step needs a form first."""

    def __init__(self, form: OpenForm) -> None:
        super().__init__(form.key)
        self.form = form


class TreePages(ProgramPages):
    """One tree of the draft: nested cards, a form where one is open, outcomes of one partner."""

    def tree_page(self, request: HttpRequest, opened: Opened) -> HttpResponse:
        """Show the tree; or take a step and show what has become of it."""
        if request.method != "POST":
            return self._drawn(request, opened, None)
        data = data_of(request.POST)
        step, _colon, rest = first(data, "op").partition(":")
        form = _sent_form(first(data, "form"))
        tree = at(opened.values, opened.path)
        try:
            if step == "cancel":
                return self._drawn(request, opened, None)
            if step in ("refresh", "row.add", "row.remove") and form is not None:
                data = rows_changed(data, step[4:], rest) if step != "refresh" else data
                return self._drawn(request, opened, self._filled(opened, form, data))
            if step == "save" and form is not None:
                change, focus = _from_form(tree, form, data)
            else:
                change, focus = _step(tree, step, rest, data)
        except Asks as asked:
            return self._drawn(request, opened, self._blank(opened, asked.form))
        except (trees.Impossible, ValueError, KeyError):
            return self._unfit(request, opened)
        return self._taken(request, opened, change, focus, form if step == "save" else None, data)

    def _taken(
        self,
        request: HttpRequest,
        opened: Opened,
        change: Step,
        focus: Path,
        form: OpenForm | None,
        data: Data,
    ) -> HttpResponse:
        """Keep the change and show the tree, or why it was refused, with what was typed."""
        path = opened.path
        version = number_in(first(data, "lock_version"))
        try:
            self._keep(  # type: ignore[attr-defined]
                opened,
                lambda values: entries.put(values, path, change(at(values, path))),
                version,
            )
        except (trees.Impossible, trees.Incomplete):
            return self._unfit(request, opened)
        except ProgramError as error:
            shown = self._filled(opened, form, data, error) if form else None
            rows = draft_page.problem_rows(opened.values, error.problems, self._place)
            above = [] if form else rows
            return self._drawn(request, opened, shown, above=above, status=422)
        except Refused as refused:
            if refused.code != "draft_changed":
                return redirect(self._address("draft"))
            kept = self._filled(opened, form, data) if form else None
            edits = edits_of(opened.draft, after=version)
            return self._drawn(request, opened, kept, conflict=edits, status=409)
        if not request.headers.get("HX-Request"):
            return redirect(f"{request.get_full_path()}#{dom_id(focus)}")
        opened.document = drafted(opened.draft.document)
        opened.values = documents.to_dict(opened.document)
        return self._drawn(request, opened, None, focus=dom_id(focus))

    def _unfit(self, request: HttpRequest, opened: Opened) -> HttpResponse:
        """The step does not fit the tree: it was made on a page of an older one."""
        words = _("The tree was changed meanwhile. This is how it stands now.")
        return self._drawn(request, opened, None, notice=words, status=409)

    def _place(self, place: str) -> str:
        return self._address("draft_place", place)

    def _drawn(
        self,
        request: HttpRequest,
        opened: Opened,
        form: OpenForm | None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        on = max(today(), opened.draft.effective_from)
        partner = chosen_partner(request.GET.get("partner", ""), on)
        case = Case(facts_of([partner.pk], on)[partner.pk], on) if partner else None
        drawing = Drawing(opened.document, opened.values, opened.path, case, form)
        wanted = request.GET.get("q", "")
        context = {
            **self._context(opened),  # type: ignore[attr-defined]
            "tokens": drawing.tokens(),
            "palette": palette(),
            "wrappers": wrappers(),
            "form": form,
            "root_form": form if form and form.mode == "add" and not form.path else None,
            "owner": word(opened.values, opened.path[:-1]),
            "root_adds": trees.root_adds(drawing.tree),
            "partner": partner,
            "on": on,
            "wanted": wanted,
            "matches": partners_like(wanted, on) if wanted else [],
            "any_partner": bool(partner or active_partners(on)),
            "action": request.get_full_path(),
            "problems_above": more.pop("above", []),
            **more,
        }
        return self._page(request, "tree", context, status)

    # The form of one node.

    def _blank(self, opened: Opened, form: OpenForm) -> OpenForm:
        """The form as it opens: the node's own values, or those of a new one."""
        tree = at(opened.values, opened.path)
        node = at(tree, path_in(tree, form.path)) if form.mode != "add" else None
        held: dict[str, Any] = node if form.mode == "edit" and isinstance(node, dict) else {}
        if not held:
            try:
                held = trees.blank(form.kind)
            except trees.Incomplete:
                held = {}
            if isinstance(node, dict):
                held |= {key: node[key] for key in _ASIDE if key in node}
        data = flat_fields(primitive(form.kind).fields, held, FORM)
        return self._filled(opened, form, data)

    def _filled(
        self, opened: Opened, form: OpenForm, data: Data, error: ProgramError | None = None
    ) -> OpenForm:
        """The form with what was typed, and what is wrong with it beside each field."""
        path = (*opened.path, *_place_in(at(opened.values, opened.path), form))
        shown = inputs(primitive(form.kind).fields, data, FORM, path, opened.values)
        aside = [one for one in shown if one.path[-1] in _ASIDE]
        form.more = sorted(aside, key=lambda one: _ASIDE.index(str(one.path[-1])))
        main = [one for one in shown if one.path[-1] not in _ASIDE]
        alone = len(main) == 1 and main[0].widget == "group" and not main[0].alternatives
        form.inputs = main[0].inside if alone else main
        if error is not None:
            every: list[Input] = [*form.inputs, *form.more]
            rest = Errors.place(error.problems, every).above
            form.above = draft_page.problem_rows(opened.values, rest, self._place)
        return form


def _place_in(tree: Any, form: OpenForm) -> Path:
    """Where the node of a form stands, or will stand."""
    try:
        path = path_in(tree, form.path)
        if form.mode != "add" or tree is None:
            return path
        if path == ():
            return ("all", 1)
        slot = trees.slot_at(tree, path)
    except trees.Impossible:
        return ()
    held = [one for one in at(tree, path) or [] if one != trees.NOTHING]
    return (*path, len(held)) if slot.kind == "list" else path


def _sent_form(text: str) -> OpenForm | None:
    """The form that a page has open, as it sends it back."""
    parts = text.split(":", 2)
    if len(parts) != 3 or parts[0] not in ("add", "edit", "change"):
        return None
    mode, kind, path = parts
    return OpenForm(mode, kind, path) if kind in trees.kinds() else None


def _from_form(tree: Any, form: OpenForm, data: Data) -> tuple[Step, Path]:
    """The change that saving an open form makes, and the node it is about."""
    path = path_in(tree, form.path)
    before = at(tree, path) if form.mode == "edit" else {}
    found = read_fields(primitive(form.kind).fields, data, FORM, before or {})
    node = {key: value for key, value in found.items() if value is not None}
    if form.mode == "add":
        key = first(data, f"key:{form.path}")
        return (lambda held: trees.added(held, path, node, key)), _place_in(tree, form)
    return (lambda held: trees.placed(held, path, node)), path


def _step(tree: Any, step: str, rest: str, data: Data) -> tuple[Step, Path]:
    """The change that a button makes. Raises ``Asks`` where a form comes first."""
    if step in ("add", "change", "wrap"):
        kind, _colon, where = rest.partition(":")
        return _of_kind(tree, step, kind, where, data)
    path = path_in(tree, rest)
    if step == "edit":
        raise Asks(OpenForm("edit", kind_in(trees.node_at(tree, path)) or "", rest))
    if step in ("up", "down", "in", "out"):
        _found, focus = trees.moved(tree, path, step)
        return (lambda held: trees.moved(held, path, step)[0]), focus
    if step == "copy" and path:
        return (lambda held: trees.duplicated(held, path)), (*path[:-1], int(path[-1]) + 1)
    if step == "remove":
        trees.removed(tree, path)
        return (lambda held: trees.removed(held, path)), trees.owner_of(tree, path) or ()
    if step == "unwrap":
        trees.unwrapped(tree, path)
        return (lambda held: trees.unwrapped(held, path)), path
    raise trees.Impossible


def _of_kind(tree: Any, step: str, kind: str, where: str, data: Data) -> tuple[Step, Path]:
    path = path_in(tree, where)
    if kind not in trees.kinds():
        raise trees.Impossible
    if step == "add" and path:
        trees.slot_at(tree, path)
    if step == "wrap":
        return (lambda held: trees.wrapped(held, path, kind)), path
    mode = "add" if step == "add" else "change"
    form = OpenForm(mode, kind, where)
    if _has_own_fields(kind):
        if step == "change" and trees.children(tree, path):
            try:  # a group stays a group, with all that is inside
                trees.changed(tree, path, kind)
                return (lambda held: trees.changed(held, path, kind)), path
            except (trees.Incomplete, trees.Impossible):
                pass
        raise Asks(form)
    if step == "add":
        key = first(data, f"key:{where}")
        return (lambda held: trees.added(held, path, trees.blank(kind), key)), _place_in(tree, form)
    return (lambda held: trees.changed(held, path, kind)), path


def _has_own_fields(kind: str) -> bool:
    """Whether a requirement of this kind says more than what is inside it."""
    fields = [one for one in primitive(kind).fields if one.name not in _ASIDE]
    said = [one for one in fields if not is_constant(one.shape)]
    return bool(inputs(said, {}, FORM, (), {}))
