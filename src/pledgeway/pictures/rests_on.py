"""On how few a plan rests: donors' shares, what only one can serve, who could step in, the chance to be on time."""

from __future__ import annotations

from pledgeway.pictures import words
from pledgeway.pictures.drawing import Column, Table, table
from pledgeway.planning.scenarios import Chances, Loss, Stress, concentration, failures
from pledgeway.tables.rows import each_row

NAMED, OTHERS = 6, 2
NOTHING = "Every requirement that can be served has two donors and two ways."


def donors(stressed: Stress) -> Table:
    """Return each donor's share of the worth, the tonnes and the kinds of goods, the largest worth first."""
    shares = concentration(stressed.problem, stressed.plan).donors
    heads = (Column("Donor"), *(Column(f"Of the {what}", True) for what in ("worth", "tonnes", "kinds of goods")))
    return table(heads, (
        (row.donor, *(words.percent(share) for share in (row.share_of_worth, row.share_of_tonnes, row.share_of_items)))
        for row in each_row(shares)
    ))  # fmt: skip


def sentence(stressed: Stress) -> str:
    """Return how many requirements have a single point of failure, and the worst of these."""
    points = stressed.single_points
    if points.empty:
        return NOTHING
    most = points.groupby(["kind", "name"], sort=False)["requirement"].nunique().sort_values(ascending=False)
    (kind, name), worst = most.index[0], int(most.iloc[0])
    first = points.loc[points["priority"] == points["priority"].min()]
    return (
        f"{words.count(points['requirement'].nunique(), 'requirement')} of "
        f"{words.number(len(stressed.problem.requirements))} can only be served by one donor, place or lane, "
        f"even on an empty network ({words.number(first['requirement'].nunique())} of priority "
        f"{int(first['priority'].iloc[0])}); "
        f"{words.number(worst)} of them on the {kind} {name}."
    )


def points(stressed: Stress) -> Table | None:
    """Return the single points of failure, the one that most requirements rest on first; None where there are none."""
    found = stressed.single_points
    if found.empty:
        return None
    rows = found.groupby(["kind", "name"], sort=False)["requirement"].agg(list).reset_index()
    rows = rows.assign(number=rows["requirement"].map(len)).sort_values("number", ascending=False, kind="stable")
    heads = (Column("Only this"), Column("Kind"), Column("Requirements", True), Column("Which"))
    return table(heads, (
        (row.name, row.kind, words.number(row.number), ", ".join(row.requirement[:NAMED]) +
         (f" and {len(row.requirement) - NAMED} more" if len(row.requirement) > NAMED else ""))
        for row in each_row(rows)
    ), cap=len(rows))  # fmt: skip


def without(stressed: Stress, loss: Loss) -> str:
    """Return what a scenario costs, which requirements fail first, who gives more, who could, and what nobody else can.

    Units that could still be given are counted for one requirement only.
    """
    problem, value = stressed.problem, max(stressed.plan.value, 1e-9)
    names = dict(zip(problem.items["id"], problem.items["name"], strict=True))
    instead = stressed.step_in[loss.scenario.name]
    said = [
        f"{words.sentence_case(loss.scenario.name)}: {lost(loss.least / value, loss.most / value)} of the plan is lost",
        "; ".join(failures(stressed, loss)) or "no requirement gets less",
    ]
    more, could = (instead.donors[instead.donors[column] > 1e-9] for column in ("more", "could"))
    for what, column, rows in (
        ("giving more instead", "more", more), ("left over, and in time if it had room", "could", could),
    ):  # fmt: skip
        if len(rows):
            given = [f"{row.donor} ({words.number(getattr(row, column))} × {names[row.item]})"
                     for row in each_row(rows.head(OTHERS))]  # fmt: skip
            rest = f" and {len(rows) - OTHERS} more" if len(rows) > OTHERS else ""
            said.append(f"{what}: {', '.join(given)}{rest}")
    if instead.nobody_else:
        said.append(f"nobody else can supply {_named(list(instead.nobody_else))}")
    elif not len(more) and not len(could) and failures(stressed, loss):
        said.append("nobody else has any of it left in reach")
    return ". ".join(words.sentence_case(part) for part in said) + "."


def lost(least: float, most: float) -> str:
    """Return the proven least and most of a share lost; where no loss is proven, the most alone."""
    if least <= 0.0:
        return f"at most {words.percent(max(0.0, most))}"
    return f"{words.percent(least)} to {words.percent(most)}"


def _named(requirements: list[str]) -> str:
    rest = f" and {len(requirements) - NAMED} more" if len(requirements) > NAMED else ""
    return ", ".join(requirements[:NAMED]) + rest


def on_time(risks: Chances) -> str:
    """Return how many requirements the plan has on time, and how many of them chance leaves."""
    found = risks.requirements
    meant = found[found["planned"] >= 1 - 1e-9]
    hazards = risks.hazards
    return (
        f"The plan has {words.count(len(meant), 'requirement')} of {words.number(len(found))} in full and on time; "
        f"chance leaves {words.number(float(meant['chance'].sum()), 1)} of them. {words.number(risks.draws)} draws: "
        f"{words.percent(hazards.late)} of departures run late, by {words.number(hazards.days_late, 1)} days on "
        f"average, {words.percent(hazards.lost)} of movements are lost, and nobody plans again."
    )


def chances(stressed: Stress) -> Table | None:
    """Return the chance of each requirement that the plan has on time, the least certain first; None without draws."""
    risks = stressed.chances
    if risks is None or not risks.draws:
        return None
    needs = stressed.problem.requirements.set_index("id")
    found = risks.requirements[risks.requirements["planned"] >= 1 - 1e-9].sort_values("chance", kind="stable")
    heads = (Column("Requirement"), Column("Chance", True), Column("95 % interval", True), Column("Recipient"),
             Column("Priority", True), Column("Of its units, on average", True))  # fmt: skip
    return table(heads, (
        (row.requirement, words.percent(row.chance), f"{words.percent(row.least)} to {words.percent(row.most)}",
         str(needs.at[row.requirement, "recipient"]), str(needs.at[row.requirement, "priority"]),
         words.percent(row.share_on_time))
        for row in each_row(found)
    ))  # fmt: skip
