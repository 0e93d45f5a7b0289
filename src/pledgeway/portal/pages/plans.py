"""Plans: ask for a run, watch it, look at what it found, compare two, adopt one."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from pledgeway.access.deciding import Reader, may
from pledgeway.access.roles import Act
from pledgeway.pictures import value_and_bound
from pledgeway.pictures.drawing import HALF
from pledgeway.pictures.words import limit_percent, percent
from pledgeway.planning.plan import Plan, TracePoint
from pledgeway.plans import adopting, comparing, running, stressing
from pledgeway.plans.models import RUNNING, STATES, WAITING, Run
from pledgeway.plans.snapshot import Wanted
from pledgeway.plans.waking import wake_the_silent
from pledgeway.portal.lists import plans as tables
from pledgeway.portal.middleware import POLICY, reader
from pledgeway.portal.pages import stress
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.tables import Table
from pledgeway.portal.tables.declaration import Column
from pledgeway.portal.words import exact, spoken_day

TYPES = {"json": "application/json", "html": "text/html; charset=utf-8",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip
LONGEST_SECONDS = 1800
STILL = 10
"""Seconds without a sign of its worker from which a run's page says so."""
OPEN_DAYS = 7
MOST_BACK = 100
"""How many of what adopting takes back its page shows."""


class Ask(forms.Form):
    """What a run needs to know."""

    name = forms.CharField(label="Name", max_length=200, initial="Plan of the record")
    start = forms.DateField(label="First day", initial=date.today, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    days = forms.IntegerField(label="Days", min_value=1, max_value=3660, initial=90)
    transport_weight = forms.FloatField(label="Value lost per unit of transport cost", min_value=0, initial=0.002)
    change_weight = forms.FloatField(
        label="Points a change of an allocation costs", min_value=0, required=False,
        widget=forms.NumberInput({"placeholder": "a tenth of its worth"}),
    )  # fmt: skip
    gap = forms.FloatField(label="Be content within, %", min_value=0, max_value=100, initial=1)
    seconds = forms.FloatField(label="Seconds at most", min_value=1, max_value=LONGEST_SECONDS, initial=60)
    seed = forms.IntegerField(label="Seed", min_value=0, max_value=2**31 - 1, initial=0)
    pledged_too = forms.BooleanField(label="Count what is only pledged too", required=False)


def index(request: HttpRequest) -> HttpResponse:
    """All runs, and the form that asks for one."""
    who = reader(request)
    if who.role is None:
        raise Http404
    wake_the_silent()
    form = Ask(request.POST or None)
    if request.method == "POST":
        if not may(who, Act.PLAN):
            raise Http404
        if form.is_valid():
            return _ask(request, who, form)
    return listing(request, tables.RUNS, running.runs_seen(who), "{total} plans that you may see.", "portal/plans.html",
                   {"form": form if may(who, Act.PLAN) else None})  # fmt: skip


def _ask(request: HttpRequest, who: Reader, form: Ask) -> HttpResponse:
    said = form.cleaned_data
    wanted = Wanted(said["start"], said["days"], said["transport_weight"], said["pledged_too"],
                    adopting.declined_pairs(), said["name"], said["change_weight"])  # fmt: skip
    try:
        run = running.ask(wanted, who, said["gap"] / 100, said["seconds"], said["seed"])
    except running.NothingToPlanError as failure:
        messages.warning(request, str(failure))
        return redirect("plans")
    return redirect("plans-one", number=run.pk)


def _run(request: HttpRequest, number: int) -> Run:
    run = running.runs_seen(reader(request)).filter(pk=number).first()
    if run is None:
        raise Http404
    return run


def page(request: HttpRequest, number: int) -> HttpResponse:
    """The page of a run: its progress while it is planned, then what it found."""
    wake_the_silent()
    run, who = _run(request, number), reader(request)
    return listing(
        request,
        tables.allocations(run),
        comparing.lines(run),
        template="portal/plan.html",
        more={
            "title": f"{run.name}, {run.pk}",
            "run": run,
            "answer": answer(run),
            "under_way": run.state in (WAITING, RUNNING),
            "progress": progress_of(run),
            "tiles": tiles(run),
            "files": run.files.values_list("name", flat=True),
            "may_adopt": running.has_plan(run) and may(who, Act.ADOPT),
            "expires": date.today() + timedelta(days=OPEN_DAYS),
            "newer": adopting.since_snapshot(run).count(),
            "others": running.runs_seen(who).exclude(pk=run.pk).exclude(found={}).order_by("-pk")[:10],
            "state": STATES[run.state],
            "sweep": (sweep := stressing.newest(run)),
            "stressed": stress.answer(sweep),
        },
    )


def part(name: str) -> Callable[[HttpRequest, int], HttpResponse]:
    """Return the page of one of the tables of a run, by its name in ``tables.PARTS``."""
    table_of, rows_of, sentence = tables.PARTS[name]

    def page(request: HttpRequest, number: int) -> HttpResponse:
        run = _run(request, number)
        return listing(request, table_of(run), rows_of(run), sentence, more={"title": table_of(run).title})

    return page


def answer(run: Run) -> str:
    """Return in a sentence what came of a run."""
    gap = tables.gap_of(run)
    if running.has_plan(run) and gap is not None:
        served = run.found.get("share_on_time")
        share = f"{percent(served)} of the need, by worth, is served on time; " if served is not None else ""
        return f"{share}no plan can be worth more than {limit_percent(max(gap, 0.0))} above this one."
    if (silent := silence(run)) is not None:
        return f"It was being planned; {silent}."
    return f"It {STATES[run.state]}." if not run.message else f"It {STATES[run.state]}. {run.message}"


def silence(run: Run) -> str | None:
    """Return in words since when the worker of a run gives no sign; None where it gave one a moment ago."""
    seconds = running.silence(run)
    if seconds < STILL:
        return None
    last = run.seen or run.began
    assert last is not None
    taken_up = exact(int(running.SILENT.total_seconds()))
    return (
        f"its worker last gave a sign at {last:%H:%M:%S} UTC, {exact(seconds)} s ago, and may have ended: after "
        f"{taken_up} s without one another worker takes it up"
    )


def progress_of(run: Run) -> dict[str, Any]:
    """Return what is drawn while a run is planned: value, bound and gap closing."""
    trace = tuple(
        TracePoint(seconds, -math.inf if value is None else value, math.inf if bound is None else bound)
        for seconds, value, bound in run.trace
    )
    light = Plan(run.name, -math.inf if run.value is None else run.value, math.inf if run.bound is None else run.bound)
    figure = value_and_bound.figure(replace(light, trace=trace), HALF)
    seconds = (datetime.now(UTC) - run.began).total_seconds() if run.began else 0
    gap = tables.gap_of(run)
    return {
        "figure": figure,
        "value": None if run.value is None else exact(round(run.value)),
        "bound": None if run.bound is None else exact(round(run.bound)),
        "gap": None if gap is None else limit_percent(max(gap, 0.0)),
        "seconds": round(run.trace[-1][0] if run.trace else seconds),
        "phase": run.phase or STATES[run.state],
        "silence": silence(run),
    }


def tiles(run: Run) -> list[tuple[str, str, str]]:
    """Return the figures of a plan: title, figure, words."""
    if not running.has_plan(run):
        return []
    late = [row for row in run.found["unmet"] if row.get("state") != "late"]
    changes = Counter(row["change"] for row in comparing.lines(run)) if run.keep else Counter()
    less = changes[comparing.TAKEN_BACK] + changes[comparing.LESS]
    return [
        ("Allocations", exact(len(run.found["allocations"])), ""),
        *([("Taken back", exact(less), f"of {exact(len(comparing.units_before(run)))}")] if run.keep else []),
        ("Moved", exact(round(run.found["tonnes"])), "t"),
        ("Value", exact(round(run.value or 0)), "points"),
        ("Not served in full", exact(len({row["requirement"] for row in late})), "requirements"),
    ]


def progress(request: HttpRequest, number: int) -> HttpResponse:
    """The part of the page that renews itself; when the run has ended the whole page is asked for anew."""
    wake_the_silent()
    run = _run(request, number)
    response = render(request, "portal/progress.html", {"run": run, "progress": progress_of(run)})
    if run.state not in (WAITING, RUNNING):
        response.headers["HX-Refresh"] = "true"
    return response


def file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """A file that a run left. The report opens in the browser, with its own style and nothing else allowed."""
    found = _run(request, number).files.filter(name=name).first()
    if found is None:
        raise Http404
    content = bytes(found.content)
    response = HttpResponse(content, content_type=TYPES[name.rpartition(".")[2]])
    if name.endswith(".html"):
        styles = re.findall(rb"<style>(.*?)</style>", content, re.DOTALL)
        digests = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one).digest()).decode()}'" for one in styles)
        response.headers["Content-Security-Policy"] = POLICY.replace("style-src 'self'", f"style-src {digests}")
    else:
        response.headers["Content-Disposition"] = f'attachment; filename="plan-{number}-{name}"'
    return response


@require_POST
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Stop a run with the best plan so far."""
    running.want_stop(_run(request, number))
    return redirect("plans-one", number=number)


@require_POST
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Plan the same snapshot again."""
    run, who = _run(request, number), reader(request)
    if not may(who, Act.PLAN):
        raise Http404
    return redirect("plans-one", number=running.again(run, who.name).pk)


def adopt(request: HttpRequest, number: int) -> HttpResponse:
    """Show what adopting a plan would propose, and what is stale; on its confirmation, propose."""
    run, who = _run(request, number), reader(request)
    if not (running.has_plan(run) and may(who, Act.ADOPT)):
        raise Http404
    text = request.POST.get("expires") or request.GET.get("expires") or ""
    try:
        expires = date.fromisoformat(text) if text else date.today() + timedelta(days=OPEN_DAYS)
        if request.method == "POST":
            adoption = adopting.adopt(run, who, expires)
            proposed = f"{said(adoption)} proposed, open until {spoken_day(expires)}"
            messages.success(request, f"{proposed}; {len(adoption.stale)} stale lines were left out.")
            return redirect(f"{reverse('proposals')}?plan={run.pk}")
    except (ValueError, adopting.NotAllowedError) as failure:
        messages.warning(request, str(failure) if isinstance(failure, adopting.NotAllowedError) else "Name a day.")
        return redirect("plans-one", number=number)
    adoption = adopting.prepare(run)
    back = adoption.taken_back
    return render(
        request,
        "portal/adopt.html",
        {"title": f"Adopt {run.name}, {run.pk}", "run": run, "adoption": adoption, "expires": expires,
         "said": said(adoption), "back": back, "shown": back[:MOST_BACK],
         "newer": adopting.since_snapshot(run)[:20]},
    )  # fmt: skip


def said(adoption: adopting.Adoption) -> str:
    """Return in words what adopting keeps and what it proposes, up to "are"."""
    back = len(adoption.taken_back)
    new = len(adoption.changes) - back
    kept = f"{exact(len(adoption.kept))} allocations stay as they are; " if adoption.kept else ""
    proposed = f"{exact(new)} allocations and {exact(back)} to take back" if back else f"{exact(new)} allocations"
    return f"{kept}{proposed if adoption.changes else 'no changes'} are"


def compare(request: HttpRequest) -> HttpResponse:
    """Two plans side by side: their figures, and the pairs in which they differ."""
    numbers = [request.GET.get(name, "") for name in ("one", "other")]
    if not all(number.isascii() and number.isdecimal() and len(number) < 18 for number in numbers):
        raise Http404
    one, other = (_run(request, int(number)) for number in numbers)
    if not (running.has_plan(one) and running.has_plan(other)):
        raise Http404
    return listing(
        request,
        _differences(one, other),
        comparing.differences(one, other),
        f"{_better(one, other)}; {{total}} pairs of promise and requirement differ.",
        "portal/compare.html",
        {
            "title": f"Plans {one.pk} and {other.pk}",
            "runs": [(run, answer(run), tiles(run)) for run in (one, other)],
            "drawn": [
                (run, run.found["pictures"]["priorities"])
                for run in (one, other)
                if "priorities" in run.found.get("pictures", {})
            ],
        },
        {"one": numbers[0], "other": numbers[1]},
    )


def _better(one: Run, other: Run) -> str:
    """Return in words which of two plans is worth more, and whether the bounds prove that it had to be."""
    first, second = sorted((one, other), key=lambda run: run.value or 0.0, reverse=True)
    if one.batch != other.batch:
        note = "they plan different snapshots"
    elif second.bound is not None and first.value is not None and second.bound < first.value:
        note = f"plan {second.pk} was asked something else: it could not have reached as much"
    else:
        note = "a longer search could turn that round" if (first.bound or 0) > (first.value or 0) else "it is the best"
    if not first.value or first.value == second.value:
        return f"Both are worth the same; {note}" if one.batch != other.batch else "Both are worth the same"
    more = (first.value - (second.value or 0.0)) / abs(first.value)
    return f"Plan {first.pk} is worth {percent(more)} more than plan {second.pk}; {note}"


def _differences(one: Run, other: Run) -> Table:
    base = tables.allocations(one)
    kept = [column for column in base.columns if column.name in ("item", "requirement", "donor", "offer")]

    def units(name: str, run: Run) -> Column:
        return Column(name, f"Units in {run.pk}", lambda row: Decimal(repr(row[name])).normalize(), Decimal)

    def changed(name: str, run: Run) -> list[Column]:
        title = f"Change in {run.pk}"
        return [Column(name, title, lambda row: row[name] or "not in it")] if run.keep else []

    changes = [*changed("change_one", one), *changed("change_other", other)]
    columns = [*kept[:2], units("one", one), units("other", other), *changes, *kept[2:]]
    return replace(base, name="differences", columns=columns, order="")
