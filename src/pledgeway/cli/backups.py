"""Commands that put the whole database into a file, and take it back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pledgeway.cli.database import Database, connect
from pledgeway.cli.faults import InputError
from pledgeway.cli.output import DONE, NO, AsJson, console, print_json, text

WORD = "replace"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to ``app``."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file.")],
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Write the whole database into one file, as it is at this moment; others may go on writing.

    It holds password hashes, second factors and digests of tokens: keep it as safe as the database. Either database
    takes it back.
    """
    connect(database)
    from pledgeway.backups.file import BackupError
    from pledgeway.backups.making import back_up
    from pledgeway.pictures.words import count

    try:
        made = back_up(file)
    except BackupError as failure:
        raise InputError(str(failure)) from None
    if as_json:
        print_json({"status": "done", "file": file, "rows": made.rows, "batch": made.batch, "sha256": made.digest})
    else:
        console().print(text(f"{file}: {count(made.rows, 'row')}, up to batch {made.batch}; SHA-256 {made.digest}"))
    return DONE


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that pledgeway backup wrote.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help=f"Replace all that the database holds; asks for the word '{WORD}'."),
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Put a backup into an empty database, all of it or nothing, and audit it: exit status 1 for faults.

    The word that --replace asks for is the first line of standard input where that is no terminal.
    """
    connect(database, migrated=False)
    from django.db import connection

    from pledgeway.backups.file import BackupError
    from pledgeway.backups.restoring import restore as take_back
    from pledgeway.ledger.audit import audit_ledger
    from pledgeway.pictures.words import count

    if replace and _word(f"All that {connection.settings_dict['NAME']} holds will be gone. Type {WORD}") != WORD:
        raise InputError(f"nothing was replaced: the word was not '{WORD}'")
    try:
        made = take_back(file, replace=replace)
    except BackupError as failure:
        raise InputError(str(failure)) from None
    found = audit_ledger()
    faults = list(found.faults)
    if (found.head.hash if found.head else "") != made.head:
        faults.append("the chain's head is not the one that the backup names")
    if as_json:
        print_json(
            {"status": "faults" if faults else "done", "file": file, "rows": made.rows, "batch": made.batch,
             "faults": faults}
        )  # fmt: skip
    else:
        for fault in faults:
            console().print(text(fault, "bold red"))
        said = f"the audit finds {count(len(faults), 'fault')}" if faults else "audited: all as it should be"
        console().print(text(f"{file}: {count(made.rows, 'row')}, up to batch {made.batch}; {said}"))
    return NO if faults else DONE


def _word(question: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(question)).strip()
    return sys.stdin.readline().strip()
