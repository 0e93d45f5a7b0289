"""What a user keeps: the own page, and tokens, made, shown once, and taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pledgeway.access.models import Token, User
from pledgeway.access.roles import ALLOWED, MEANINGS, Role
from pledgeway.access.tokens import make_token


def me(request: HttpRequest) -> HttpResponse:
    """The user's own page: what the role may do, and where password, second factor and tokens are kept."""
    if not isinstance(request.user, User):
        raise Http404
    role = Role(request.user.role)
    acts = [(act.value, scopes[role].value) for act, scopes in ALLOWED.items() if role in scopes]
    more = {"user": request.user, "acts": acts, "meaning": MEANINGS[role]}
    return render(request, "portal/me.html", {"title": request.user.username, **more})


def page(request: HttpRequest) -> HttpResponse:
    """The user's tokens, and the form that makes one."""
    if not isinstance(request.user, User):
        raise Http404
    made = ""
    if "revoke" in request.POST:
        number = request.POST["revoke"]
        Token.objects.filter(
            user=request.user, pk=int(number) if number.isdecimal() and len(number) < 18 else 0
        ).delete()
        messages.success(request, "Taken back: nothing can read with it any more.")
        return redirect("tokens")
    if request.method == "POST":
        name = request.POST.get("name", "").strip()[:100]
        if name:
            made = make_token(request.user, name)
        else:
            messages.warning(request, "A token needs a name that says what uses it.")
    tokens = Token.objects.filter(user=request.user).order_by("-created")
    return render(request, "portal/tokens.html", {"title": "Tokens", "tokens": tokens, "made": made})
