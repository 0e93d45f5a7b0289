"""Commands on the ledger: migrate, import, report, audit."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from pledgeway.cli.database import Database, connect
from pledgeway.cli.faults import InputError
from pledgeway.cli.output import DONE, NO, AsJson, console, print_json, text


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to ``app``."""
    app.command()(migrate)
    imports = typer.Typer(name="import", help="Bring what a file says into the ledger.", no_args_is_help=True)
    imports.command()(kiel)
    imports.command()(workbook)
    imports.command()(registry)
    imports.callback()(_group)
    app.add_typer(imports)
    app.command()(post)
    app.command()(audit)


def migrate(database: Database = None, as_json: AsJson = False) -> int:
    """Make the database, or bring it up to date."""
    connect(database, migrated=False)
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    name = connection.settings_dict["NAME"]
    if as_json:
        print_json({"status": "done", "database": name})
    else:
        console().print(text(f"The database {name} is up to date"))
    return DONE


def _group() -> None:
    """Bring what a file says into the ledger."""


def kiel(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook of the Ukraine Support Tracker (.xlsx).")],
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Import a release of the Ukraine Support Tracker (Kiel Institute); a later release posts only what changed."""
    connect(database)
    from pledgeway.accounts.rules import RefusedError
    from pledgeway.intake.kiel import OlderReleaseError, import_tracker

    try:
        done = import_tracker(file)
    except OlderReleaseError as failure:
        raise InputError(str(failure)) from None
    except RefusedError as failure:
        raise InputError(f"the ledger refuses what the file says:\n{failure}") from None
    rows = [unused.as_json() for unused in done.unused if unused.whole_row]
    cells = [unused.as_json() for unused in done.unused if not unused.whole_row]
    if as_json:
        print_json(
            {
                "status": "done", "file": file, "release": done.tracker.release,
                "covers_until": done.tracker.until.isoformat(), "rows": done.tracker.row_count, "used": done.used,
                "rows_not_used": rows, "cells_not_used": cells, "batch": done.batch, "postings": done.postings,
                "new": done.new, "changed": done.changed, "gone": done.gone,
            }
        )  # fmt: skip
        return DONE
    screen = console()
    screen.print(text(done.tracker.title, "bold"))
    screen.print(text(f"{done.tracker.row_count:,} rows: {done.used:,} used, {len(rows):,} not used"))
    for unused in done.unused:
        screen.print(text(f"  {unused.where}: '{unused.found[:60]}': {unused.reason}"))
    if done.batch is None:
        screen.print(text("Nothing new: the ledger holds all of it already"))
    else:
        counts = f"{done.new:,} commitments new, {len(done.changed):,} changed, {len(done.gone):,} no longer listed"
        screen.print(text(f"Batch {done.batch}: {done.postings:,} postings; {counts}"))
    return DONE


def workbook(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A planning workbook (.xlsx) or problem file (.json).")],
    marking: Annotated[
        str | None,
        typer.Option(
            "--marking",
            metavar="CODES",
            help="Who may see its rows: codes of parties with commas between, "
            "or public; by default all parties that it names.",
        ),
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Import a planning workbook: its network, its offers as committed goods, its needs; later only what changed."""
    connect(database)
    from pledgeway.accounts.rules import RefusedError
    from pledgeway.intake.workbook import import_workbook

    seen = None if marking is None else [code.strip() for code in marking.split(",") if code.strip()]
    try:
        done = import_workbook(file, marking=seen)
    except RefusedError as failure:
        raise InputError(f"the ledger refuses what the file says:\n{failure}") from None
    if as_json:
        print_json(
            {
                "status": "done", "file": file, "name": done.problem.name, "batch": done.batch,
                "postings": done.postings, "new": done.new, "changed": done.changed, "gone": done.gone,
                "reference_changes": done.reference,
            }
        )  # fmt: skip
        return DONE
    screen = console()
    screen.print(text(f"{done.problem.name}: {done.reference:,} changes of reference data"))
    if done.batch is None:
        screen.print(text("No promise or need is new or changed"))
    else:
        counts = f"{done.new:,} promises and needs new, {len(done.changed):,} changed"
        screen.print(text(f"Batch {done.batch}: {done.postings:,} postings; {counts}"))
    if done.gone:
        screen.print(text(f"No longer listed, left as they are: {', '.join(done.gone[:20])}"))
    return DONE


def registry(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A registry workbook (.xlsx).")],
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Import a workbook of reference data: parties, items, sources, forums, meetings, decisions and targets."""
    connect(database)
    from pledgeway.intake.reference.workbook import import_registry

    done = import_registry(file)
    if as_json:
        print_json({"status": "done", "file": file, "new": done.new, "changed": done.changed})
    else:
        console().print(text(f"{done.new:,} rows new, {len(done.changed):,} changed"))
    return DONE


def post(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="JSON: lists of announcements, commitments, requirements and postings, and a note."
        ),
    ],
    user: Annotated[
        str | None, typer.Option("--user", help="Post as this user, with this user's rights; by default as the system.")
    ] = None,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Check all of it and write nothing.")] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Post what a file says as one batch: all of it, or nothing with every fault."""
    connect(database)
    from pledgeway.access.deciding import system
    from pledgeway.access.models import User
    from pledgeway.accounts.rules import RefusedError
    from pledgeway.intake.recording import record
    from pledgeway.registry.readers import reader_of

    acting = None if user is None else User.objects.filter(username=user).first()
    if user is not None and acting is None:
        raise InputError(f"there is no user {user}")
    try:
        said = json.loads(file.read_text(), parse_float=Decimal)
        note = str(said.pop("note", ""))
        by = system("command") if acting is None else reader_of(acting)
        draft, posted = record(said, by, note, rehearse=rehearse)
    except (ValueError, AttributeError, TypeError) as failure:
        raise InputError(f"{file}: no JSON object with lists of rows ({failure})") from None
    except RefusedError as failure:
        raise InputError(f"the ledger refuses what the file says:\n{failure}") from None
    counts = {"entries": len(draft.entries), "postings": len(draft.moves), "written": not rehearse}
    if as_json:
        print_json({"status": "done", "batch": posted.batch.number, **counts})
    else:
        would = "would be written as" if rehearse else "written as"
        console().print(text(f"{counts['entries']} entries and {counts['postings']} postings {would} batch "
                             f"{posted.batch.number}"))  # fmt: skip
    return DONE


def audit(
    anchor: Annotated[
        Path | None,
        typer.Option(
            "--anchor", metavar="FILE", help="Check the anchors in this file, and add the chain's present head to it."
        ),
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Derive every balance and the chain again from the postings. Exit status 1 where anything differs."""
    connect(database)
    from pledgeway.accounts.chain import parse_anchors
    from pledgeway.ledger.audit import audit_ledger

    try:
        anchors = parse_anchors(anchor.read_text()) if anchor is not None and anchor.exists() else []
    except ValueError as failure:
        raise InputError(f"{anchor}: {failure}") from None
    found = audit_ledger(anchors)
    if anchor is not None and not found.faults and found.head is not None and found.head.batch not in {
        one.batch for one in anchors
    }:  # fmt: skip
        with anchor.open("a") as file:
            file.write(f"{found.head}\n")
    if as_json:
        counts = {"batches": found.batches, "postings": found.postings, "balances": found.balances}
        head = None if found.head is None else {"batch": found.head.batch, "hash": found.head.hash}
        print_json({"status": "faults" if found.faults else "done", **counts, "head": head, "faults": found.faults})
    else:
        screen = console()
        for fault in found.faults:
            screen.print(text(fault, "bold red"))
        screen.print(text(f"{found.batches:,} batches, {found.postings:,} postings, {found.balances:,} balances: "
                          f"{len(found.faults):,} faults" if found.faults else
                          f"{found.batches:,} batches, {found.postings:,} postings, {found.balances:,} balances: "
                          "all as it should be"))  # fmt: skip
    return NO if found.faults else DONE
