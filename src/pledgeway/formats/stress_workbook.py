"""What breaks when someone leaves, as people use it: stress.xlsx."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pledgeway.formats.replacing import replacing, write_out
from pledgeway.formats.sheets import Book, Column
from pledgeway.planning.scenarios import Chances, Loss, Stress, concentration, failures, lost_requirements
from pledgeway.tables.rows import each_row

MOST_ROWS = 200_000
"""Rows of requirements that are written, those of the largest losses; stress.json has all."""


def write_stress(stressed: Stress, path: Path | str) -> None:
    """Write a sweep and on whom its plan rests as a workbook, whole or not at all. Raises OSError."""
    with replacing(path) as draft:
        book = Book(draft, stressed.problem)
        title = f"What breaks in the plan of {stressed.problem.name}"
        book.book.set_properties({"title": title[:200], "author": "Pledgeway"})
        _losses(book, stressed)
        _requirements(book, stressed)
        _instead(book, stressed)
        _donors(book, stressed)
        _points(book, stressed.single_points)
        if stressed.chances is not None:
            _chances(book, stressed.chances)
        write_out(book.book)


def _losses(book: Book, stressed: Stress) -> None:
    losses, value = stressed.losses, max(stressed.plan.value, 1e-9)
    book.sheet("Losses", [
        Column("Scenario", [loss.scenario.name for loss in losses], width=36),
        Column("What happens", [str(loss.scenario) for loss in losses], width=30),
        Column("Lost at least (points)", [loss.least for loss in losses], "worth"),
        Column("Lost at most (points)", [loss.most for loss in losses], "worth"),
        Column("At least, of the plan's value", [loss.least / value for loss in losses], "share"),
        Column("At most, of the plan's value", [loss.most / value for loss in losses], "share"),
        Column("Fails first", ["; ".join(failures(stressed, loss)) for loss in losses], width=80),
        Column("Gives more instead (units)", [_gives_more(book, stressed, loss) for loss in losses], width=60),
        Column("Nobody else can supply",
               [", ".join(stressed.step_in[loss.scenario.name].nobody_else) for loss in losses], width=30),
    ], "No scenario was planned.")  # fmt: skip


def _gives_more(book: Book, stressed: Stress, loss: Loss) -> str:
    """Return who gives more in a scenario, the most first."""
    names = dict(zip(book.problem.items["id"], book.problem.items["name"], strict=True))
    more = stressed.step_in[loss.scenario.name].donors
    more = more[more["more"] > 0].sort_values("more", ascending=False, kind="stable")
    return "; ".join(f"{row.donor}: {row.more:.6g} more of {names[row.item]}" for row in each_row(more))


def _instead(book: Book, stressed: Stress) -> None:
    names = dict(zip(book.problem.items["id"], book.problem.items["name"], strict=True))
    rows = [
        (loss.scenario.name, row) for loss in stressed.losses
        for row in each_row(stressed.step_in[loss.scenario.name].donors)
    ]  # fmt: skip
    book.sheet("Instead", [
        Column("Scenario", [name for name, _ in rows], width=36),
        Column("Donor", [row.donor for _, row in rows], width=32),
        Column("Item", [names[row.item] for _, row in rows], width=28),
        Column("Gives more then (units)", [row.more for _, row in rows], "number"),
        Column("Has left over then (units)", [row.spare for _, row in rows], "number"),
        Column("Of that, in reach of who gets fewer (units)", [row.could for _, row in rows], "number"),
        Column("Which requirements these are", [", ".join(row.requirements) for _, row in rows], width=40),
    ], "Nobody gives more or has goods left over in reach.")  # fmt: skip


def _requirements(book: Book, stressed: Stress) -> None:
    names = dict(zip(book.problem.items["id"], book.problem.items["name"], strict=True))
    parts = [
        lost_requirements(stressed, loss).assign(scenario=loss.scenario.name) for loss in stressed.losses
    ] or [pd.DataFrame(columns=["scenario", "worth_lost"])]  # fmt: skip
    every = pd.concat(parts, ignore_index=True)
    lost = every[every["worth_lost"] > 0]
    rows = lost.head(MOST_ROWS).reindex(columns=[
        "scenario", "requirement", "recipient", "item", "priority", "due", "served_before", "served_after",
        "on_time_before", "on_time_after", "days_later", "last_before", "last_after", "worth_lost",
    ])  # fmt: skip
    sheet = book.sheet("Requirements", [
        Column("Scenario", rows["scenario"].tolist(), width=36),
        Column("Requirement", rows["requirement"].tolist()),
        Column("Recipient", rows["recipient"].tolist(), width=24),
        Column("Item", [names[item] for item in rows["item"]], width=28),
        Column("Priority", rows["priority"].tolist(), "number", 9),
        Column("Due", book.days(rows["due"]), "date"),
        Column("Served now (units)", rows["served_before"].tolist(), "number"),
        Column("Served then (units)", rows["served_after"].tolist(), "number"),
        Column("On time now (units)", rows["on_time_before"].tolist(), "number"),
        Column("On time then (units)", rows["on_time_after"].tolist(), "number"),
        Column("Days later, of units in both", rows["days_later"].tolist(), "number"),
        Column("Last unit now", [None if pd.isna(day) else book.day(day) for day in rows["last_before"]], "date"),
        Column("Last unit then", [None if pd.isna(day) else book.day(day) for day in rows["last_after"]], "date"),
        Column("Worth lost (points)", rows["worth_lost"].tolist(), "worth"),
    ], "No requirement gets less.")  # fmt: skip
    if len(lost) > len(rows):
        sheet.write_string(len(rows) + 1, 0, f"{len(lost) - len(rows)} more rows are in stress.json.")


def _donors(book: Book, stressed: Stress) -> None:
    shares = concentration(stressed.problem, stressed.plan)
    donors, sheet = shares.donors, book.book.add_worksheet("Donors")
    for row, (label, value) in enumerate((
        ("Herfindahl index: the sum of squared shares of the worth", shares.herfindahl),
        ("Effective number of donors: so many of equal size would be as concentrated", shares.effective_donors),
    )):  # fmt: skip
        sheet.write_string(row, 0, label, book.wrapped)
        book.write(sheet, row, 1, value, "number")
    below = book.table(sheet, [
        Column("Donor", donors["donor"].tolist(), width=44),
        Column("Worth (points)", donors["worth"].tolist(), "worth"),
        Column("Share of the worth", donors["share_of_worth"].tolist(), "share"),
        Column("Mass (t)", donors["tonnes"].tolist(), "tonnes"),
        Column("Share of the tonnes", donors["share_of_tonnes"].tolist(), "share"),
        Column("Kinds of goods", donors["items"].tolist(), "number"),
        Column("Share of the kinds", donors["share_of_items"].tolist(), "share"),
    ], top=3)  # fmt: skip
    if donors.empty:
        sheet.write_string(below, 0, "Nothing is allocated.")


def _points(book: Book, points: pd.DataFrame) -> None:
    book.sheet("Single points", [
        Column("Requirement", points["requirement"].tolist()),
        Column("Recipient", points["recipient"].tolist(), width=24),
        Column("Priority", points["priority"].tolist(), "number", 9),
        Column("Rests on one", points["kind"].tolist()),
        Column("Its id", points["id"].tolist(), width=18),
        Column("Its name", points["name"].tolist(), width=40),
    ], "Every requirement that can be served has two donors and two ways.")  # fmt: skip


def _chances(book: Book, risks: Chances) -> None:
    """Write the chances of all requirements, those that the plan has on time and that are least certain first."""
    table = risks.requirements
    rows = table.assign(meant=table["planned"] >= 1 - 1e-9).sort_values(
        ["meant", "chance"], ascending=[False, True], kind="stable"
    )
    needs, hazards = book.problem.requirements.set_index("id"), risks.hazards
    sheet = book.book.add_worksheet("On time")
    for row, (label, value, kind) in enumerate((
        ("Draws, with nobody planning again", risks.draws, "number"), ("Seed", risks.seed, "number"),
        ("Chance that a departure runs late", hazards.late, "share"),
        ("Days late then, on average", hazards.days_late, "number"),
        ("Chance that a movement is lost", hazards.lost, "share"),
    )):  # fmt: skip
        sheet.write_string(row, 0, label, book.wrapped)
        book.write(sheet, row, 1, value, kind)
    of = [needs.loc[key] for key in rows["requirement"]]
    book.table(sheet, [
        Column("Requirement", rows["requirement"].tolist(), width=34),
        Column("Recipient", [need["recipient"] for need in of], width=24),
        Column("Priority", [int(need["priority"]) for need in of], "number", 9),
        Column("Planned on time, share", rows["planned"].tolist(), "share"),
        Column("Chance to be met in full and on time", rows["chance"].tolist(), "share"),
        Column("At least (95 % interval)", rows["least"].tolist(), "share"),
        Column("At most (95 % interval)", rows["most"].tolist(), "share"),
        Column("Share on time, on average", rows["share_on_time"].tolist(), "share"),
    ], top=6)  # fmt: skip
