"""What breaks in a plan: ask for it, watch it come, look at it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from pledgeway.access.deciding import may
from pledgeway.access.roles import Act
from pledgeway.plans import running, stressing
from pledgeway.plans.models import Run, Sweep
from pledgeway.plans.waking import wake_the_silent
from pledgeway.portal.lists import stress as tables
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import listing


class Ask(forms.Form):
    """What a sweep needs to know."""

    kinds = forms.MultipleChoiceField(
        label="Take away in turn", choices=list(stressing.KINDS.items()), initial=["donor", "hub"],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    within = forms.FloatField(
        label="Intervals at most, % of the plan's value", min_value=0.01, max_value=100, initial=1
    )
    seconds_each = forms.FloatField(label="Seconds for each at most", min_value=1, max_value=600, initial=30)
    draws = forms.IntegerField(label="Draws of delays (0: none)", min_value=0, max_value=100_000, initial=2000)
    late = forms.FloatField(label="Departures that run late, %", min_value=0, max_value=100, initial=10)
    days_late = forms.FloatField(label="Days late then, on average", min_value=1, max_value=1000, initial=3)
    lost = forms.FloatField(label="Movements that are lost, %", min_value=0, max_value=100, initial=1)
    seed = forms.IntegerField(label="Seed", min_value=0, max_value=2**31 - 1, initial=0)

    def asked(self) -> stressing.Asked:
        """Return what was asked for, shares as fractions."""
        said = dict(self.cleaned_data)
        shares = {name: said[name] / 100 for name in ("within", "late", "lost")}
        return stressing.Asked(**{**said, **shares, "kinds": tuple(said["kinds"])})


def _run(request: HttpRequest, number: int) -> Run:
    run = running.runs_seen(reader(request)).filter(pk=number).first()
    if run is None or not running.has_plan(run):
        raise Http404
    return run


def page(request: HttpRequest, number: int) -> HttpResponse:
    """What breaks in a plan, as far as it is known; and the form that asks for it."""
    wake_the_silent()
    run, who = _run(request, number), reader(request)
    form = Ask(request.POST or None)
    if request.method == "POST":
        if not may(who, Act.PLAN):
            raise Http404
        if form.is_valid():
            if not stressing.is_under_way(stressing.newest(run)):
                stressing.ask(run, who.name, form.asked())
            return redirect("plans-stress", number=number)
    sweep = stressing.newest(run)
    return listing(
        request,
        tables.losses(run),
        tables.PARTS["stress"][1](run),
        template="portal/stress.html",
        more={
            "title": f"What breaks in {run.name}, {run.pk}", "run": run, "answer": answer(sweep), "sweep": sweep,
            "under_way": stressing.is_under_way(sweep), "form": form if may(who, Act.PLAN) else None,
            "may_go_on": sweep is not None and sweep.state in ("stopped", "failed") and may(who, Act.PLAN),
            **_shown(sweep),
        },
    )  # fmt: skip


def answer(sweep: Sweep | None) -> str:
    """Return in a sentence what breaks most, or how far the answer is."""
    if sweep is None:
        return "Nobody asked yet what this plan loses when a donor leaves or a place closes."
    drawn = sweep.found.get("pictures", {}).get("losses", {}).get("finding", "")
    return f"{drawn}." if drawn and sweep.found.get("losses") else stressing.words(sweep)


def _shown(sweep: Sweep | None) -> dict[str, Any]:
    """Return what progress and page have in common: how far it is, and the pictures there are."""
    if sweep is None:
        return {}
    drawn = sweep.found.get("pictures", {})
    return {"words": stressing.words(sweep), "figures": [drawn[name] for name in ("losses", "dependence")
                                                         if drawn.get(name, {}).get("wide")]}  # fmt: skip


def progress(request: HttpRequest, number: int) -> HttpResponse:
    """The part of the page that renews itself; when the sweep has ended the whole page is asked for anew."""
    wake_the_silent()
    run = _run(request, number)
    sweep = stressing.newest(run)
    under_way = stressing.is_under_way(sweep)
    response = render(
        request, "portal/stress_progress.html", {"run": run, "sweep": sweep, "under_way": under_way, **_shown(sweep)}
    )
    if not under_way:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Stop a sweep with what is known."""
    if (sweep := stressing.newest(_run(request, number))) is not None:
        running.want_stop(sweep)
    return redirect("plans-stress", number=number)


@require_POST
def go_on(request: HttpRequest, number: int) -> HttpResponse:
    """Let a sweep that was stopped go on where it was."""
    if not may(reader(request), Act.PLAN):
        raise Http404
    if (sweep := stressing.newest(_run(request, number))) is not None:
        stressing.go_on(sweep)
    return redirect("plans-stress", number=number)
