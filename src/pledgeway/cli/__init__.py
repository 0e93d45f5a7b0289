"""The ``pledgeway`` command: a file per group, the engine imported only where it is needed."""

from __future__ import annotations

import sys

import typer

from pledgeway.cli import files, ledger, planning, plans, reports
from pledgeway.cli.faults import status_of
from pledgeway.cli.output import forgiving_streams

app = typer.Typer(
    name="pledgeway",
    help="From pledge to delivery: what is offered, what is needed, and the best plan between them.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
files.add_to(app)
planning.add_to(app)
plans.add_to(app)
ledger.add_to(app)
reports.add_to(app)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Show the version.", is_eager=True),
) -> None:
    """Plan how promised goods and training meet stated needs, with a proven limit on how much better any plan could be.

    Exit status: 0 done, 1 the answer is no (as for a plan that is not valid), 2 the input is bad.
    """
    if version:
        from pledgeway import __version__

        typer.echo(f"pledgeway {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def run(arguments: list[str]) -> int:
    """Return the exit status of ``pledgeway`` with ``arguments``; what people did wrong is said, not raised."""
    try:
        status = app(args=arguments, prog_name="pledgeway", standalone_mode=False)
    except Exception as failure:
        known = status_of(failure, as_json="--json" in arguments)
        if known is None:
            raise
        return known
    return status if isinstance(status, int) else 0


def main() -> None:
    """Run the command that the process was called with."""
    forgiving_streams()
    sys.exit(run(sys.argv[1:]))
