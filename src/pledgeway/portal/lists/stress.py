"""What breaks in a plan: the scenarios ranked, what each takes from whom, who could step in, and chances."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pledgeway.plans import stressing
from pledgeway.plans.models import Run
from pledgeway.portal.lists import requirements
from pledgeway.portal.tables import Column, Filter, Table, choice, contains

Row = dict[str, Any]


def _number(name: str, title: str, digits: int = 1, meaning: str = "", factor: int = 1, *, far: bool = False) -> Column:
    def read(row: Row) -> Decimal | None:
        value = row.get(name)
        return None if value is None else Decimal(repr(round(value * factor, digits) + 0.0))

    return Column(name, title, read, Decimal, meaning=meaning, only_in_files=far)


def _words(name: str, title: str, *, meaning: str = "", far: bool = False) -> Column:
    def read(row: Row) -> str | None:
        value = row.get(name)
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    return Column(name, title, read, meaning=meaning, only_in_files=far)


def _nobody_else(row: Row) -> str:
    """Return the requirements in words; who could step in is told once all scenarios are planned."""
    known = row.get("nobody_else")
    return "not known yet" if known is None else ", ".join(known) or "none"


def _requirement() -> Column:
    return Column("requirement", "Requirement", lambda row: row["requirement"],
                  link=lambda row: requirements.url_of(row["requirement"]))  # fmt: skip


def _any() -> Filter:
    return contains("q", "Search", (), lambda row: " ".join(str(value) for value in row.values()))


def _by(name: str, title: str) -> Filter:
    return choice(name, title, lambda row: row.get(name))


def _table(name: str, title: str, columns: tuple[Column, ...], filters: tuple[Filter, ...], order: str, empty: str,
           ) -> Callable[[Run], Table]:  # fmt: skip
    def table_of(run: Run) -> Table:
        return Table(name, f"{title} plan {run.pk}", columns, (_any(), *filters), order, empty, marking=lambda _: [])

    return table_of


losses = _table(
    "stress", "What breaks in", (
        _words("scenario", "Scenario"),
        _number("most_share", "Lost at most, %", 2, "of the plan's value; proven", 100),
        _number("least_share", "Lost at least, %", 2, "of the plan's value; proven", 100),
        Column("fails", "Fails first", lambda row: row.get("fails") or "nothing",
               show=lambda row: (row.get("fails") or "nothing").split("; ")[0]),
        Column("nobody_else", "Nobody else can supply", _nobody_else,
               meaning="requirements that get nothing and that no goods of others could reach"),
        _number("most", "Lost at most, points", far=True),
        _number("least", "Lost at least, points", far=True),
        _words("events", "What happens", far=True),
        _number("seconds", "Seconds", far=True),
    ),
    (), "-most_share", "No scenario was planned yet. Ask what breaks above.",
)  # fmt: skip
requirements_lost = _table(
    "stress_requirements", "Who loses what in scenarios of", (
        _requirement(),
        _words("scenario", "Scenario"),
        _number("worth_lost", "Worth lost, points", 1, "below 0 where it is gained"),
        _words("recipient", "For"),
        _words("item", "Item"),
        Column("priority", "Priority", lambda row: int(row["priority"]), int),
        _number("served_before", "Units in the plan", 6),
        _number("served_after", "Units then", 6),
        _number("days_later", "Days later", 1, "of the units that come in both, on average"),
    ),
    (_by("scenario", "Scenario"), _by("requirement", "Requirement"), _by("recipient", "For")), "-worth_lost",
    "No scenario takes anything from a requirement, as far as they were planned.",
)  # fmt: skip
instead = _table(
    "stress_instead", "Who could step in, in scenarios of", (
        _words("donor", "Donor"),
        _words("scenario", "Scenario"),
        _number("more", "Gives more, units", 6, "in the scenario's plan than in the present one"),
        _number("could", "Could give besides, units", 6, "of what is left over, in time"),
        _words("item", "Item"),
        _number("spare", "Left over, units", 6),
        _words("requirements", "At requirements"),
    ),
    (_by("scenario", "Scenario"), _by("donor", "Donor"), _by("item", "Item")), "-more",
    "Nobody who remains gives more or could.",
)  # fmt: skip
chances = _table(
    "stress_chances", "Chances to be on time of", (
        _requirement(),
        _number("chance", "Met in full and on time, %", 1, "of the draws of delays and losses, nobody planning again",
                100),
        _number("planned", "Planned on time, %", 1, "of what is asked", 100),
        _number("share_on_time", "On time on average, %", 1, "of what is asked", 100),
        _number("least", "At least, %", 1, "the 95 % interval of the chance", 100),
        _number("most", "At most, %", 1, "the 95 % interval of the chance", 100),
        _words("recipient", "For"),
        Column("priority", "Priority", lambda row: int(row["priority"]), int),
    ),
    (_by("recipient", "For"),), "chance", "No delays were drawn.",
)  # fmt: skip


def rows_of(name: str) -> Callable[[Run], list[Row]]:
    """Return what reads the rows ``name`` of the newest sweep of a run."""
    return lambda run: stressing.rows(run, name)


PARTS: dict[str, tuple[Callable[[Run], Table], Callable[[Run], list[Row]], str]] = {
    "stress": (losses, rows_of("losses"), "{total} scenarios, the worst first."),
    "stress_requirements": (requirements_lost, rows_of("requirements"), "{total} changes for requirements."),
    "stress_instead": (instead, rows_of("instead"), "{total} donors' goods that could make a loss good."),
    "stress_chances": (chances, rows_of("chances"), "{total} requirements, the least certain first."),
}
"""The tables of what breaks in a plan: how each is shown, its rows, and the sentence above them."""
