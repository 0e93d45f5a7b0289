"""Reports: of a plan, and from the ledger."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from typer.core import TyperGroup

from pledgeway.cli import folder as plan_folder
from pledgeway.cli.database import Database, connect
from pledgeway.cli.output import DONE, AsJson, console, print_json, print_json_list, text

if TYPE_CHECKING:
    from pledgeway.ledger.cuts import Cut


class _PlanUnlessNamed(TyperGroup):
    """Whoever has just planned need not name the kind of report: a folder of any other name is a plan's."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that ``args`` begin with, or the one called DIR."""
        named = args[0] in self.commands or args[0].startswith("-")
        return super().resolve_command(ctx, args if named else ["DIR", *args])


app = typer.Typer(
    name="report",
    cls=_PlanUnlessNamed,
    help="Reports of a plan (report DIR) and from the ledger.",
    no_args_is_help=True,
)

AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DAY", help="What stood at the end of this day."),
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at", metavar="K", help="What was known at this batch (its number) or moment (2026-03-01T12:00, UTC)."
    ),
]


def add_to(main: typer.Typer) -> None:
    """Add the commands of this group to ``main``."""
    app.command("DIR")(plan)
    for command in (commitments, weapons, balances):
        app.command()(command)
    main.add_typer(app)


def _cut(as_of: datetime | None, known_at: str | None) -> Cut:
    from pledgeway.ledger.cuts import Cut
    from pledgeway.ledger.cuts import known_at as batch_known_at

    day: date | None = as_of.date() if as_of else None
    try:
        return Cut(day, None if known_at is None else batch_known_at(known_at))
    except ValueError:
        raise typer.BadParameter(f"'{known_at}' is neither a batch's number nor a moment") from None


def plan(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that pledgeway plan wrote.")],
    as_json: AsJson = False,
) -> int:
    """Write the report of a plan again, from its folder's files; with what pledgeway stress found, where it ran."""
    from pledgeway.pictures.report import write_report
    from pledgeway.planning.scenarios import kept

    problem, its_plan = plan_folder.read(folder)
    file = folder / plan_folder.REPORT
    write_report(problem, its_plan, file, kept(folder / plan_folder.STRESSED, problem, its_plan))
    if as_json:
        print_json({"status": "done", "file": file})
    else:
        console().print(text(f"The report: {file}"))
    return DONE


def commitments(
    by: Annotated[
        str, typer.Option("--by", help="Any of donor, recipient, purpose, year, month, decision, with commas between.")
    ] = "donor,purpose",
    currency: Annotated[str, typer.Option("--currency", help="The currency to add up in (ISO 4217).")] = "EUR",
    rates: Annotated[
        str,
        typer.Option(
            "--rates",
            help="How money is converted: source (as the source itself did) or promise-date (European Central Bank).",
        ),
    ] = "source",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """What was promised, in money. Values that are unknown or cannot be converted are counted beside, never as zero.

    Promises whose condition is open count: open_conditions says how many, open_amount how much of the amount. Goods
    that draw on an envelope of known value count as a part of it, not beside it.
    """
    connect(database)
    from pledgeway.ledger import reports

    try:
        how = reports.Rates(rates)
        sums = reports.commitments(_names(by), currency.upper(), how, _cut(as_of, known_at))
    except (KeyError, ValueError) as failure:
        raise typer.BadParameter(str(failure.args[0])) from None
    lines = [
        {
            **line.group,
            "amount": reports.rounded(line.amount, currency.upper()),
            "currency": currency.upper(),
            "rates": how.value,
            "counted": line.counted,
            "unknown": line.unknown,
            "open_conditions": line.open_conditions,
            "open_amount": reports.rounded(line.open_amount, currency.upper()),
            "unconverted": {name: reports.rounded(amount, name) for name, amount in sorted(line.unconverted.items())},
        }
        for line in sums
    ]
    _print(lines, as_json=as_json)
    return DONE


def weapons(
    category: Annotated[
        str, typer.Option("--category", help="Only items of this category, such as 'Heavy weapon'; by default all.")
    ] = "",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Goods by item and donor. Committed, as trackers use the word, is all that was promised, pledged or firmer.

    Promises whose condition is open count.
    """
    connect(database)
    from pledgeway.ledger import reports

    lines = [
        {
            "item": line.item,
            "category": line.category,
            "donor": line.donor,
            "unit": line.unit,
            "committed": reports.units(line.promised, line.decimals),
            "committed_undisclosed": line.promised.marks > 0,
            "delivered": reports.units(line.delivered, line.decimals),
            "delivered_undisclosed": line.delivered.marks > 0,
        }
        for line in reports.goods(_cut(as_of, known_at), category)
    ]
    _print(lines, as_json=as_json)
    return DONE


def balances(
    by: Annotated[
        str,
        typer.Option(
            "--by",
            help="Any of commitment, kind, donor, recipient, purpose, item, decision, condition, stage, left, place, "
            "origin, destination, requirement, month, year (of the postings), with commas between.",
        ),
    ] = "donor,stage",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """What stands where, in the units of the promises.

    Promises whose condition is open count; --by condition tells them apart.
    """
    connect(database)
    from pledgeway.ledger import reports
    from pledgeway.ledger.balances import balances as balances_by

    try:
        found = balances_by(_names(by), _cut(as_of, known_at))
    except KeyError as failure:
        raise typer.BadParameter(str(failure.args[0])) from None
    lines = [
        {
            **line.group,
            "unit": line.unit,
            "quantity": reports.units(line.amount, line.decimals),
            "undisclosed": line.amount.marks > 0,
        }
        for line in found
    ]
    _print(lines, as_json=as_json)
    return DONE


def _names(by: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in by.split(",") if name.strip()))


def _print(lines: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json_list(lines)
        return
    if not lines:
        console().print(text("Nothing"))
        return
    table = Table(*lines[0], box=None, pad_edge=False, header_style="bold")
    for line in lines:
        table.add_row(*(text(_shown(value)) for value in line.values()))
    console().print(table)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int | float):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{amount:,} {name}" for name, amount in value.items())
    return "" if value is None else str(value)
