"""The plan as people use it: plan.xlsx, with a sheet for each who asks."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from pledgeway.formats.replacing import replacing, write_out
from pledgeway.formats.sheets import HEADER, MOST_TEXT, Book, Column
from pledgeway.planning.plan import Plan, allocations
from pledgeway.planning.problem import Problem
from pledgeway.planning.summary import Summary, leg_table, movement_table, place_days, summarise
from pledgeway.tables.rows import each_row

LIGHT, FULL = "#FFFFFF", "#B2182B"


def write_plan(problem: Problem, plan: Plan, path: Path | str) -> None:
    """Write ``plan``, a valid plan of ``problem``, as a workbook, replaced whole or not at all. Raises OSError."""
    figures = summarise(problem, plan)
    with replacing(path) as draft:
        book = Book(draft, problem)
        book.book.set_properties({"title": f"Plan of {problem.name}"[:200], "author": "Pledgeway"})
        _summary(book, plan, figures)
        _allocations(book, allocations(problem, plan))
        _movements(book, plan, figures)
        _load(book, plan)
        _seats(book, plan)
        _unmet(book, plan)
        _bottlenecks(book, plan)
        write_out(book.book)


def _summary(book: Book, plan: Plan, figures: Summary) -> None:
    sheet = book.book.add_worksheet("Summary")
    sheet.write_string(0, 0, f"Plan of {book.problem.name}"[:MOST_TEXT], book.bold)
    lines: list[tuple[str, Any, str]] = [
        ("Value of the plan (points)", plan.value, "worth"),
        ("Proven limit of any plan (points)", plan.bound, "worth"),
        ("Gap: share of the limit that the plan may lack", plan.gap, "share"),
        ("Share of the need's worth served on time", figures.share_on_time, "share"),
        ("Tonnes moved", figures.tonnes, "tonnes"),
        ("The limit is proven by", "prices in plan.json" if plan.certificate is not None else plan.solver, "text"),
        ("Problem's SHA-256", plan.problem_sha256, "text"),
        ("Rounds, seed, threads", f"{plan.rounds}, {plan.seed}, {plan.threads}", "text"),
        ("Stopped", plan.stopped, "text"),
        ("Note", book.problem.note, "text"),
    ]
    for row, (label, value, kind) in enumerate(lines, 2):
        sheet.write_string(row, 0, label)
        book.write(sheet, row, 1, value, kind)
    by_priority, donors, places = figures.priorities, figures.donors, figures.places
    below = book.table(sheet, [
        Column("Priority (1 highest)", by_priority["priority"].tolist(), "number", 36),
        Column("Requirements", by_priority["requirements"].tolist(), "number"),
        Column("Asked (units)", by_priority["asked"].tolist(), "number"),
        Column("On time (units)", by_priority["on_time"].tolist(), "number"),
        Column("Late (units)", by_priority["late"].tolist(), "number"),
        Column("Unmet (units)", by_priority["unmet"].tolist(), "number"),
        Column("On time (share of worth)", by_priority["share_on_time"].tolist(), "share"),
    ], top=13)  # fmt: skip
    below = book.table(sheet, [
        Column("Donor", donors["donor"].tolist(), width=36),
        Column("Offers", donors["offers"].tolist(), "number"),
        Column("Offers used", donors["offers_used"].tolist(), "number"),
        Column("Offered (t)", donors["offered_t"].tolist(), "tonnes"),
        Column("Planned (t)", donors["planned_t"].tolist(), "tonnes"),
        Column("Worth (points)", donors["worth"].tolist(), "worth"),
        Column("Share of the plan's worth", donors["share_of_worth"].tolist(), "share"),
    ], top=below + 1)  # fmt: skip
    book.table(sheet, [
        Column("Place", places["name"].tolist(), width=36),
        Column("Kind", places["kind"].tolist()),
        Column("Through (t)", places["tonnes"].tolist(), "tonnes"),
        Column("Movements", places["movements"].tolist(), "number"),
        Column("Busiest day", book.days(places["peak_day"]), "date"),
        Column("Handled that day (t)", places["peak_t"].tolist(), "tonnes"),
        Column("Handling limit (t a day)", places["handling_t_per_day"].tolist(), "tonnes"),
    ], top=below + 1)  # fmt: skip


def _allocations(book: Book, pairs: pd.DataFrame) -> None:
    items = dict(zip(book.problem.items["id"], book.problem.items["name"], strict=True))
    for name, order in (("By donor", ["donor", "offer", "requirement"]),
                        ("By recipient", ["recipient", "priority", "requirement", "offer"])):  # fmt: skip
        rows = pairs.sort_values(order, kind="stable")
        ends = [
            Column("Donor", rows["donor"].tolist(), width=20),
            Column("Offer", rows["offer"].tolist()),
            Column("Recipient", rows["recipient"].tolist(), width=24),
            Column("Requirement", rows["requirement"].tolist()),
        ]
        book.sheet(name, [
            *(ends if name == "By donor" else ends[2:] + ends[:2]),
            Column("Priority", rows["priority"].tolist(), "number", 9),
            Column("Item", [items[item] for item in rows["item"]], width=28),
            Column("Quantity (units)", rows["quantity"].tolist(), "number"),
            Column("On time (units)", rows["on_time"].tolist(), "number"),
            Column("Late (units)", rows["late"].tolist(), "number"),
            Column("First usable", book.days(rows["first_usable"]), "date"),
            Column("Last usable", book.days(rows["last_usable"]), "date"),
            Column("Mass (t)", rows["tonnes"].tolist(), "tonnes"),
            Column("Factor", rows["factor"].tolist(), "number", 8),
            Column("Worth (points)", rows["worth"].tolist(), "worth"),
        ], "Nothing is allocated.")  # fmt: skip


def _movements(book: Book, plan: Plan, figures: Summary) -> None:
    """A row per leg, in order of departure; goods that are at their destination have one row without a lane."""
    problem = book.problem
    names = dict(zip(problem.places["id"], problem.places["name"], strict=True))
    items = dict(zip(problem.items["id"], problem.items["name"], strict=True))
    twice = {row.movement: f"comes to {row.name} more than once" for row in each_row(figures.revisits)}
    moves = movement_table(problem, plan)
    rows = moves.merge(leg_table(problem, plan).drop(columns="tonnes"), on="movement", how="left",
                       suffixes=("", "_of_leg"))  # fmt: skip
    rows = rows.assign(when=rows["departs"].fillna(rows["usable"]))
    rows = rows.sort_values(["when", "movement", "leg"], kind="stable")

    def named(column: str) -> list[Any]:
        return [names.get(place) for place in rows[column]]

    def dated(column: str) -> list[Any]:
        return [None if math.isnan(day) else book.day(day) for day in rows[column]]

    book.sheet("Movements", [
        Column("Departs", dated("departs"), "date"),
        Column("Arrives", dated("arrives"), "date"),
        Column("From", named("origin_of_leg"), width=24),
        Column("To", [names.get(leg, names[goal]) for leg, goal in
                      zip(rows["destination_of_leg"], rows["destination"], strict=True)], width=24),
        Column("Mode", [mode if isinstance(mode, str) else "at its destination" for mode in rows["mode"]]),
        Column("Lane", [lane if isinstance(lane, str) else None for lane in rows["lane"]]),
        Column("Item", [items[item] for item in rows["item"]], width=28),
        Column("Quantity (units)", rows["quantity"].tolist(), "number"),
        Column("Mass (t)", rows["tonnes"].tolist(), "tonnes"),
        Column("Donor", rows["donor"].tolist(), width=18),
        Column("Offer", rows["offer"].tolist()),
        Column("Recipient", rows["recipient"].tolist(), width=20),
        Column("Requirement", rows["requirement"].tolist()),
        Column("Movement", [int(number) + 1 for number in rows["movement"]], "number", 10),
        Column("Leg", [None if math.isnan(leg) else int(leg) + 1 for leg in rows["leg"]], "number", 6),
        Column("Usable", book.days(rows["usable"]), "date"),
        Column("Due", book.days(rows["due"]), "date"),
        Column("To look at", [twice.get(number) for number in rows["movement"]], width=30),
    ], "Nothing moves.")  # fmt: skip


def _load(book: Book, plan: Plan) -> None:
    """Handling and storage of every place with a limit that is used, a column a day, shaded by share of the limit."""
    problem = book.problem
    daily = place_days(problem, plan)
    names = dict(zip(problem.places["id"], problem.places["name"], strict=True))
    sheet = book.book.add_worksheet("Hub load")
    for column, header in enumerate(("Place", "What", "Limit (t)")):
        sheet.write_string(0, column, header, book.header)
    sheet.set_column(0, 1, 22)
    dated = book.book.add_format({**HEADER, "num_format": "d mmm", "rotation": 90})
    for day in range(problem.days):
        value = book.day(day)
        (sheet.write_datetime if isinstance(value, date) else sheet.write_number)(0, 3 + day, value, dated)
    sheet.set_column(3, 2 + problem.days, 6)
    row = 1
    for what, load, limit in (
        ("handled", "handled_t", "handling_t_per_day"),
        ("stored overnight", "stored_t", "storage_t"),
    ):
        for place, rows in daily[daily[limit].notna()].groupby("place", sort=False):
            sheet.write_string(row, 0, names[place])
            sheet.write_string(row, 1, what)
            most = float(rows[limit].iloc[0])
            sheet.write_number(row, 2, most, book.formats["tonnes"])
            for day, tonnes in zip(rows["day"], rows[load], strict=True):
                if tonnes > 0:
                    sheet.write_number(row, 3 + int(day), float(tonnes), book.formats["worth"])
            if problem.days:
                sheet.conditional_format(row, 3, row, 2 + problem.days, {
                    "type": "2_color_scale", "min_type": "num", "min_value": 0, "max_type": "num",
                    "max_value": max(most, 1e-9), "min_color": LIGHT, "max_color": FULL,
                })  # fmt: skip
            row += 1
    sheet.freeze_panes(1, 3)
    if row == 1:
        sheet.write_string(1, 0, "No place with a limit is used.")


def _seats(book: Book, plan: Plan) -> None:
    courses = book.problem.courses
    taken = [int(plan.seats.get(course, 0)) for course in courses["id"]]
    free = [int(seats) - took for seats, took in zip(courses["seats"], taken, strict=True)]
    book.sheet("Training", [
        Column("Course", courses["id"].tolist(), width=18),
        Column("Training", courses["training"].tolist(), width=24),
        Column("Starts", book.days(courses["start"]), "date"),
        Column("Crews from", book.days(courses["start"] + courses["duration_days"]), "date"),
        Column("Seats", courses["seats"].tolist(), "number"),
        Column("Seats taken", taken, "number"),
        Column("Seats free", free, "number"),
    ], "There are no courses.")  # fmt: skip


def _of(table: pd.DataFrame, column: str) -> list[Any]:
    return table[column].tolist() if column in table else [None] * len(table)


def _unmet(book: Book, plan: Plan) -> None:
    table = plan.unmet
    book.sheet("Unmet", [
        Column("Requirement", _of(table, "requirement")),
        Column("Recipient", _of(table, "recipient"), width=24),
        Column("Item", _of(table, "item"), width=24),
        Column("Priority", _of(table, "priority"), "number", 9),
        Column("Quantity (units)", _of(table, "quantity"), "number"),
        Column("State", _of(table, "state"), width=9),
        Column("Reason", [str(code).replace("_", " ") for code in _of(table, "reason")], width=24),
        Column("In words", _of(table, "sentence"), width=100),
    ], "All need is served in full and on time.")  # fmt: skip


def _bottlenecks(book: Book, plan: Plan) -> None:
    table = plan.bottlenecks
    first, last = _of(table, "first_day"), _of(table, "last_day")
    book.sheet("Bottlenecks", [
        Column("Kind", _of(table, "kind")),
        Column("Where", _of(table, "name"), width=30),
        Column("From", [None if pd.isna(day) else book.day(day) for day in first], "date"),
        Column("To", [None if pd.isna(day) else book.day(day) for day in last], "date"),
        Column("Worth of one more (points)", _of(table, "worth"), "worth", 16),
        Column("One more", _of(table, "unit"), width=20),
        Column("In words", _of(table, "sentence"), width=100),
    ], "Nothing holds the plan back.")  # fmt: skip
