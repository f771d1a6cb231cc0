"""Pages of the base: security overview, invitation, switching program or partner, audit log."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants import scope as scopes
from tenants import second_factor
from tenants.actions.exports import export_events
from tenants.actions.identity import (
    NewLogin,
    accept_invitation,
    has_login,
    open_invitations,
    token_digest,
)
from tenants.actions.sessions import use_hand_over
from tenants.capabilities import Role
from tenants.clock import today
from tenants.directory import absolute_url, primary_host
from tenants.event_words import in_words
from tenants.finding import found
from tenants.forms import NewLoginForm
from tenants.labels import partner_names
from tenants.landing import landing_url
from tenants.middleware import SESSION_MEMBERSHIP, memberships_of, scope_of
from tenants.models import Event, Invitation, Membership, User
from tenants.pages import page_for
from tenants.switching import HandOver, hand_over_token, reachable_by, read_hand_over
from tenants.tables import EventFilter
from tenants.writing import Refused
from web import clock
from web.lists import is_filtering

_BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@login_required
def security(request: Any) -> HttpResponse:
    """What protects the login: password, second factor, sessions; each links to its page."""
    factors = Authenticator.objects.filter(user=request.user)
    kinds = set(factors.values_list("type", flat=True))
    return render(
        request,
        "tenants/security.html",
        {
            "has_password": request.user.has_usable_password(),
            "passkeys": second_factor.passkeys_of(request.user, _host_of(request)),
            "has_totp": Authenticator.Type.TOTP in kinds,
            "has_codes": Authenticator.Type.RECOVERY_CODES in kinds,
            "session_count": UserSession.objects.filter(user=request.user).count(),
        },
    )


@login_required
@require_safe
def second_step(request: Any) -> HttpResponse:
    """Where somebody who needs a second step chooses one; on to work once there is one."""
    if second_factor.has_one(request.user):
        return redirect(
            reverse("security") if request.scope is None else landing_url(request.scope)
        )
    context = {"since": request.vendor.second_factor_from, "needed": request.needs_second_factor}
    return render(request, "tenants/second_step.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: Any, token: str) -> HttpResponse:
    """Accept an invitation: as the login signed in, or with a new one."""
    found = _open_invitation(request, token)
    if found is None:
        return render(request, "account/invitation.html", {"state": "gone"}, status=404)
    context = {"state": "open", "invitation": _shown(found), "request_user": request.user}
    if request.user.is_authenticated:
        return _accept(request, token, context, NewLoginForm(), user=request.user)
    if has_login(found.email):
        back = urlencode({"next": request.path})
        return redirect(f"{reverse('account_login')}?{back}")
    form = NewLoginForm(request.POST or None, initial={"name": found.name})
    return _accept(request, token, {**context, "form": form}, form)


def _open_invitation(request: Any, token: str) -> Invitation | None:
    with scopes.widen("invitation", vendor_id=request.vendor.pk):
        return (
            open_invitations(clock.now())
            .filter(token_digest=token_digest(token))
            .select_related("invited_by")
            .first()
        )


def _shown(found: Invitation) -> dict[str, Any]:
    with scopes.widen("invitation", vendor_id=found.vendor_id):
        partner = partner_names([found.partner_id]).get(found.partner_id or 0, "")
    return {
        "email": found.email,
        "role_words": Role(found.role).label,
        "partner_name": partner,
        "invited_by": found.invited_by.name if found.invited_by else "",
        "until": found.expires_at,
    }


def _accept(
    request: Any, token: str, context: dict[str, Any], form: NewLoginForm, user: User | None = None
) -> HttpResponse:
    if request.method == "POST" and (user is not None or form.is_valid()):
        new_login = None if user else NewLogin(**form.cleaned_data)
        try:
            membership = accept_invitation(
                request.vendor, token, at=clock.now(), user=user, new_login=new_login
            )
        except Refused as refused:
            for reason in refused.reasons:
                form.errors.setdefault(reason.pointer or "__all__", form.error_class()).append(
                    reason.detail
                )
            return render(request, "account/invitation.html", {**context, "form": form}, status=422)
        if user is None:
            login(request, User.objects.get(email=context["invitation"]["email"]), backend=_BACKEND)
            UserSession.objects.create_from_request(request)
        return _act_under(request, membership)
    status = 422 if request.method == "POST" else 200
    return render(request, "account/invitation.html", context, status=status)


def _act_under(request: Any, membership: Membership) -> HttpResponse:
    """Make it the session's active membership and go where its work begins."""
    request.session[SESSION_MEMBERSHIP] = membership.pk
    return redirect(landing_url(scope_of(membership, origin="portal")))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def switch(request: Any, ref: str) -> HttpResponse:
    """Act under another own membership: here by POST, on another program's host by a link."""
    held = reachable_by(request.user.pk, clock.now())
    chosen = next((one for one in held if one.ref == ref), None)
    if chosen is None:
        raise Http404
    if chosen.vendor_id == request.vendor.pk:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        own = memberships_of(request.vendor, request.user.pk)
        return _act_under(request, next(m for m in own if m.pk == chosen.membership_id))
    host = primary_host(chosen.vendor_id)
    # A fresh confirmation of the password belongs to the host it was typed on.
    methods = [
        {key: value for key, value in one.items() if key != "reauthenticated"}
        for one in get_authentication_records(request, request.user)
    ]
    token = hand_over_token(request.user.pk, chosen.membership_id, host, methods)
    path = f"{reverse('hand_over')}?{urlencode({'t': token})}"
    return redirect(absolute_url(chosen.vendor_id, path, host=host))


@never_cache
@require_http_methods(["GET", "POST"])
def hand_over(request: Any) -> HttpResponse:
    """The other end of a switch. A page asks first, so that no link signs anybody in unseen."""
    token = request.POST.get("t") or request.GET.get("t", "")
    host = _host_of(request)
    said = read_hand_over(token, host)
    membership = _handed(request, said) if said else None
    user = User.objects.filter(pk=said.user_id, is_active=True).first() if said else None
    if said is None or membership is None or user is None:
        return render(request, "tenants/hand_over.html", {"state": "gone"}, status=400)
    if second_factor.has_one(user) and not second_factor.was_proved(said.methods):
        # The other host did not ask for the passkey of this one.
        return redirect("account_login")
    if request.method == "GET":
        context = {"state": "open", "token": token, "email": user.email}
        return render(request, "tenants/hand_over.html", context)
    if not use_hand_over(said.nonce, at=clock.now()):
        return render(request, "tenants/hand_over.html", {"state": "gone"}, status=400)
    login(request, user, backend=_BACKEND)
    # How and when the login proved itself holds here too: allauth asks again after its time.
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = list(said.methods)
    request.session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
    UserSession.objects.create_from_request(request)
    return _act_under(request, membership)


def _host_of(request: Any) -> str:
    return str(request.get_host()).rsplit(":", 1)[0].lower()


AUDIT_PAGE = 50


@page_for("audit.read")
@require_safe
def audit(request: Any) -> HttpResponse:
    """The vendor's log, newest first, in words; one page at a time by ``before``, so that its
    thousandth page costs what the first does."""
    chosen = EventFilter(request.GET, queryset=_newest_first(), request=request)
    rows = chosen.qs
    if before := Event.objects.by_ref(request.GET.get("before")):
        rows = rows.filter(
            Q(at__lt=before.at) | Q(at=before.at, pk__lt=before.pk), at__lte=before.at
        )
    shown = list(rows[: AUDIT_PAGE + 1])
    state = request.GET.copy()
    state.pop("before", None)
    older = state.copy()
    if len(shown) > AUDIT_PAGE:
        older["before"] = shown[AUDIT_PAGE - 1].ref
    context = {
        "filter": chosen,
        "table": {"region_id": "list", "filter_id": "filter", "base_url": request.path},
        "events": in_words(shown[:AUDIT_PAGE]),
        "narrowed": is_filtering(chosen),
        "later": before is not None,
        "state": state.urlencode(),
        "older": older.urlencode() if len(shown) > AUDIT_PAGE else "",
        "zone": request.vendor.time_zone,
    }
    part = request.htmx and not request.htmx.history_restore_request
    page = render(request, f"tenants/{'_audit_list' if part else 'audit'}.html", context)
    patch_vary_headers(page, ["HX-Request"])
    return page


@page_for("audit.read")
@require_POST
def audit_export(request: Any) -> HttpResponse:
    """The events that the address's filters leave, as CSV."""
    chosen = EventFilter(request.GET, queryset=_newest_first(), request=request)
    filters = {name: value for name, value in request.GET.items() if value}
    text = export_events(chosen.qs, filters=filters)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    day = today().isoformat()
    answer["Content-Disposition"] = f'attachment; filename="audit-log-{day}.csv"'
    return answer


def _newest_first() -> Any:
    return Event.objects.order_by("-at", "-pk")


def _handed(request: Any, said: HandOver) -> Membership | None:
    """The membership named, if the login still holds it with this host's vendor."""
    held = memberships_of(request.vendor, said.user_id)
    return next((m for m in held if m.pk == said.membership_id), None)


@require_safe
@page_for(*Role.values)
def search(request: Any) -> HttpResponse:
    """What begins with ``q`` among the rows that the reader may open, for the palette."""
    return render(request, "tenants/_hits.html", {"hits": found(request.GET.get("q", ""))})
