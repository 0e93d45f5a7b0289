"""The ``pledgeway`` command: a file per group, the engine imported only where it is needed."""

from __future__ import annotations

import sys

import typer

from pledgeway.cli import backups, depends, files, ledger, planning, plans, reports, stress, users, web, what_if
from pledgeway.cli.faults import say_interrupted, status_of
from pledgeway.cli.output import BAD_INPUT, DONE, INTERRUPTED, NO, forgiving_streams, give_up_standard_output

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
stress.add_to(app)
what_if.add_to(app)
depends.add_to(app)
ledger.add_to(app)
reports.add_to(app)
web.add_to(app)
users.add_to(app)
backups.add_to(app)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Show the version.", is_eager=True),
) -> None:
    """Plan how promised goods and training meet stated needs, with a proven limit on how much better any plan could be.

    Exit status: 0 done, 1 the answer is no (as for a plan that is not valid), 2 the input is bad, 130 ended by Ctrl-C.
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
    as_json = "--json" in arguments
    try:
        try:
            status = app(args=arguments, prog_name="pledgeway", standalone_mode=False)
            return say_interrupted(as_json=as_json) if status == INTERRUPTED else int(status or DONE)
        except Exception as failure:
            known = status_of(failure, as_json=as_json)
            if known is None:
                raise
            return known
    except BrokenPipeError:  # whoever read the output has seen enough
        give_up_standard_output()
        return NO
    except OSError as failure:  # a failure that could not be said on standard output
        give_up_standard_output()
        return status_of(failure, as_json=False) or BAD_INPUT


def main() -> None:
    """Run the command that the process was called with."""
    forgiving_streams()
    sys.exit(run(sys.argv[1:]))
