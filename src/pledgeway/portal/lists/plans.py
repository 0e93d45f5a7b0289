"""Runs of the planner, what they allocate, and what was proposed of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse

from pledgeway.plans import answering, comparing
from pledgeway.plans.models import Proposal, Run
from pledgeway.plans.snapshot import commitment_of
from pledgeway.portal.lists import commitments, requirements, stress
from pledgeway.portal.tables import Column, Table, choice, contains
from pledgeway.portal.words import exact


def gap_of(run: Run) -> float | None:
    """Return how far the run's plan may be from the best, as a fraction; None where nothing is proven yet."""
    if run.value is None or run.bound is None:
        return None
    return (run.bound - run.value) / abs(run.bound) if run.bound else 0.0


def in_percent(share: float | None) -> Decimal | None:
    """Return a share in per cent with two digits, rounded up so that what is claimed stays true."""
    return None if share is None else (Decimal(share) * 100).quantize(Decimal("0.01"), rounding="ROUND_CEILING")


RUNS = Table(
    "plans",
    "Plans",
    (
        Column("name", "Plan", lambda row: f"{row.name}, {row.pk}", order="pk",
               link=lambda row: reverse("plans-one", args=[row.pk])),
        Column("state", "State", lambda row: row.state, order="state"),
        Column("gap", "Gap, %", lambda row: in_percent(gap_of(row)), Decimal, meaning="how far from the best"),
        Column("value", "Value, points", lambda row: None if row.value is None else round(row.value), int, "value"),
        Column("start", "First day", lambda row: row.start, date, "start"),
        Column("days", "Days", lambda row: row.days, int, "days"),
        Column("author", "Asked by", lambda row: row.author, order="author"),
        Column("created", "Asked at", lambda row: row.created, datetime, "created"),
        Column("batch", "Of batch", lambda row: row.batch, int, "batch"),
        Column("digest", "SHA-256 of the snapshot", lambda row: row.digest, only_in_files=True),
        Column("seed", "Seed", lambda row: row.seed, int, only_in_files=True),
    ),
    (contains("q", "Search", ("name", "author")), choice("state", "State", "state"),
     choice("author", "Asked by", "author")),
    order="-name",
    empty="No plan was run that you may see.",
)  # fmt: skip


def allocations(run: Run) -> Table:
    """Return the table of what ``run`` brings together or parts, a row of :func:`comparing.lines` each."""
    change = (
        Column("change", "Change", lambda row: row["change"], meaning="against what was allocated before"),
        Column("before", "Allocated before", lambda row: _decimal(row["before"]), Decimal),
    )
    return Table(
        "allocations",
        f"Allocations of plan {run.pk}",
        (
            Column("item", "Item", lambda row: row["item"],
                   link=lambda row: commitments.url_of(commitment_of(row["offer"])[0])),
            Column("requirement", "Requirement", lambda row: f"{row['requirement']}, {row['recipient']}",
                   link=lambda row: requirements.url_of(row["requirement"])),
            Column("quantity", "Units", lambda row: _decimal(row["quantity"]), Decimal),
            *(change if run.keep else ()),
            Column("donor", "Donor", lambda row: row["donor"]),
            Column("late", "Of them late", lambda row: _decimal(row["late"]), Decimal),
            Column("arrives", "Last arrives", lambda row: arrival(run, row), date),
            Column("priority", "Priority", lambda row: None if row["priority"] is None else int(row["priority"]), int),
            Column("tonnes", "Tonnes", lambda row: _decimal(round(row["tonnes"], 1)), Decimal),
            Column("offer", "Promise", lambda row: row["offer"]),
            Column("worth", "Worth, points", lambda row: _decimal(round(row["worth"], 1)), Decimal, only_in_files=True),
        ),
        (
            contains("q", "Search", (), lambda row: " ".join(str(value) for value in row.values())),
            choice("donor", "Donor", lambda row: row["donor"]),
            choice("recipient", "For", lambda row: row["recipient"]),
            choice("item", "Item", lambda row: row["item"]),
            *([choice("change", "Change", lambda row: row["change"])] if run.keep else []),
        ),
        order="arrives",
        empty="This plan allocates nothing.",
        marking=lambda _: [],
    )  # fmt: skip


def arrival(run: Run, row: dict[str, Any]) -> date | None:
    """Return the day by which all of a row of a plan is of use; None for what it takes back."""
    return None if row["last_usable"] is None else run.start + timedelta(days=int(row["last_usable"]))


def unmet(run: Run) -> Table:
    """Return the table of what ``run`` does not serve in full and on time, a row of its ``found["unmet"]`` each."""
    return Table(
        "unmet",
        f"Unmet in plan {run.pk}",
        (
            Column("requirement", "Requirement", lambda row: row["requirement"],
                   link=lambda row: requirements.url_of(row["requirement"])),
            Column("quantity", "Units", lambda row: _known(row, "quantity"), Decimal),
            Column("sentence", "Why", lambda row: row["sentence"]),
            Column("state", "State", lambda row: row.get("state")),
            Column("reason", "Reason", _reason),
            Column("priority", "Priority", lambda row: row.get("priority"), int),
        ),
        (
            contains("q", "Search", (), lambda row: f"{row['requirement']} {row['sentence']}"),
            choice("reason", "Reason", _reason),
            choice("state", "State", lambda row: row.get("state")),
            choice("priority", "Priority", lambda row: row.get("priority"), kind="number"),
        ),
        order="priority",
        empty="This plan meets all that it knows of, on time.",
        marking=lambda _: [],
    )  # fmt: skip


def bottlenecks(run: Run) -> Table:
    """Return the table of what holds ``run`` back, a row of its ``found["bottlenecks"]`` each, the worst first."""
    return Table(
        "bottlenecks",
        f"Bottlenecks of plan {run.pk}",
        (
            Column("sentence", "What holds it back", lambda row: row["sentence"]),
            Column("kind", "Kind", lambda row: row.get("kind")),
            Column("name", "Where", lambda row: row.get("name")),
            Column("first_day", "From", lambda row: _day(run, row, "first_day"), date),
            Column("last_day", "To", lambda row: _day(run, row, "last_day"), date),
            Column("worth", "One more is worth, points", lambda row: _known(row, "worth", 2), Decimal,
                   meaning="on each of the days, of the unit beside it"),
            Column("unit", "One more", lambda row: row.get("unit"), only_in_files=True),
            Column("used", "Used, %", lambda row: in_percent(row.get("used")), Decimal),
            Column("total", "A tenth more adds, points", lambda row: _known(row, "total", 1), Decimal),
        ),
        (
            contains("q", "Search", (), lambda row: f"{row['sentence']} {row.get('name')}"),
            choice("kind", "Kind", lambda row: row.get("kind")),
        ),
        order="-total",
        empty="Nothing is scarce.",
        marking=lambda _: [],
    )  # fmt: skip


PARTS: dict[str, tuple[Callable[[Run], Table], Callable[[Run], list[dict[str, Any]]], str]] = {
    "allocations": (allocations, comparing.lines, "{total} pairs of promise and requirement."),
    "unmet": (unmet, lambda run: run.found.get("unmet", []), "{total} shortfalls, each with its proven reason."),
    "bottlenecks": (bottlenecks, lambda run: run.found.get("bottlenecks", []),
                    "{total} places, lanes, goods or courses hold it back, by what a little more would bring."),
    **stress.PARTS,
}  # fmt: skip
"""The tables of a run: how each is shown, its rows, and the sentence above them."""


def _day(run: Run, row: dict[str, Any], name: str) -> date | None:
    return None if row.get(name) is None else run.start + timedelta(days=int(row[name]))


def _reason(row: dict[str, Any]) -> str:
    return str(row.get("reason") or "").replace("_", " ")


def _known(row: dict[str, Any], name: str, digits: int = 6) -> Decimal | None:
    return None if row.get(name) is None else _decimal(round(row[name], digits))


def _decimal(value: float) -> Decimal:
    return Decimal(repr(round(value, 6))) if value else Decimal(0)


def _state(row: Proposal) -> str:
    waits = row.state == Proposal.OPEN and answering.is_accepted(row)
    return f"{row.state}, waits for what is to be taken back" if waits else row.state


PROPOSALS = Table(
    "proposals",
    "Proposed allocations",
    (
        Column("what", "What", lambda row: row.what,
               link=lambda row: commitments.url_of(row.commitment.key) if row.sees_commitment else None),
        Column("kind", "Asked", lambda row: row.kind, order="kind", meaning="to allocate, or to take it back"),
        Column("requirement", "For", lambda row: row.need,
               link=lambda row: requirements.url_of(row.requirement.key) if row.sees_requirement else None),
        Column("quantity", "Units", lambda row: row.quantity, Decimal, show=lambda row: exact(row.quantity)),
        Column("state", "State", lambda row: row.state, order="state", show=_state),
        Column("donor", "Donor", lambda row: row.donor.name, order="donor__name"),
        Column("donor_answer", "Donor's answer", lambda row: row.donor_answer or "open", order="donor_answer"),
        Column("recipient_answer", "Recipient's answer", lambda row: row.recipient_answer or "open",
               order="recipient_answer"),
        Column("reason", "Reason", lambda row: row.reason, show=lambda row: row.reason or "none"),
        Column("arrives", "Arrives by", lambda row: row.arrives, date, "arrives"),
        Column("expires", "Open until", lambda row: row.expires, date, "expires"),
        Column("plan", "Plan", lambda row: row.run_id, int, "run_id"),
    ),
    (
        choice("kind", "Asked", "kind"),
        choice("state", "State", "state"),
        choice("donor", "Donor", "donor__code", "donor__name"),
        choice("recipient", "For", "recipient__code", "recipient__name"),
        choice("plan", "Plan", "run_id", kind="number"),
    ),
    order="-plan",
    empty="Nothing is proposed. A coordinator who adopts a plan proposes its allocations to the desks.",
    marking=lambda row: [row.donor.code, row.recipient.code],
)  # fmt: skip


def proposals(reader: Any) -> Table:
    """Return the table of what was proposed, with the words that ``reader`` may see."""
    return replace(PROPOSALS, complete=lambda rows: with_names(rows, reader))


def with_names(rows: list[Any], reader: Any) -> None:
    """Give proposals the words of their promise and need, as far as ``reader`` may see them."""
    terms = {one.commitment_id: one for one in commitments.rows(reader).filter(
        commitment_id__in=[row.commitment_id for row in rows])}  # fmt: skip
    needs = {one.requirement_id: one for one in requirements.rows(reader).filter(
        requirement_id__in=[row.requirement_id for row in rows])}  # fmt: skip
    for row in rows:
        own, need = terms.get(row.commitment_id), needs.get(row.requirement_id)
        row.sees_commitment, row.sees_requirement = own is not None, need is not None
        row.what = commitments.what(own) if own is not None else "a promise that is not shown to you"
        row.need = f"{need.requirement.key}, {need.party.name}" if need is not None else row.recipient.name
