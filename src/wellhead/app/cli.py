"""The command line: it parses, calls one function, and prints.

Exit codes: 0 done · 1 a fault of Wellhead's · 2 asked for something that cannot be · 3 a file cannot be
used · 4 rows were reported and `--strict` allows none · 5 a case cannot be used or is open elsewhere ·
130 interrupted.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import wellhead
from wellhead.model.errors import CaseError, InputError, RowsRefused, UsageError, WellheadError

EXIT_CODES: tuple[tuple[type[WellheadError], int], ...] = (
    (UsageError, 2),
    (InputError, 3),
    (RowsRefused, 4),
    (CaseError, 5),
)
INTERRUPTED = 130

app = typer.Typer(
    name="wellhead",
    help="Tests claims about who finances an armed group against the evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class PolicyName(StrEnum):
    FIFO = "fifo"
    LIFO = "lifo"
    PRO_RATA = "pro-rata"
    POISON = "poison"


class Grouping(StrEnum):
    ACCOUNT = "account"
    HOLDER = "holder"
    OWNER = "owner"
    COUNTRY = "country"


class CriterionName(StrEnum):
    HELD = "held"
    RESIDENCE = "residence"
    NATIONALITY = "nationality"
    OWNER = "owner"


AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, for machines.")]
Folder = Annotated[Path, typer.Argument(help="The case folder.", show_default=False)]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"wellhead {wellhead.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Tests claims about who finances an armed group against the evidence."""


@app.command()
def trace(
    ledgers: Annotated[
        list[Path], typer.Argument(metavar="LEDGER...", help="Ledgers, registers, payment messages.")
    ],
    to: Annotated[list[str], typer.Option(help="A target account, or a file with one a line. Repeatable.")],
    from_: Annotated[
        list[str] | None,
        typer.Option("--from", help="A source at which tracing stops, or a file of them. Repeatable."),
    ] = None,
    each: Annotated[bool, typer.Option(help="Trace every target account by itself.")] = False,
    policy: Annotated[PolicyName, typer.Option(help="Which money goes out first.")] = PolicyName.FIFO,
    columns: Annotated[
        str, typer.Option(help="Which column is what: time=Timestamp,sender=From,receiver=To,amount=Value.")
    ] = "",
    currency: Annotated[
        str, typer.Option(help="The currency of amounts that name none; all others are converted to it.")
    ] = "",
    by: Annotated[Grouping, typer.Option(help="What origins are added up by.")] = Grouping.ACCOUNT,
    criterion: Annotated[
        CriterionName, typer.Option(help="The tie by which an origin counts to a country.")
    ] = CriterionName.RESIDENCE,
    paths: Annotated[int, typer.Option(min=0, help="Show so many of the largest chains of payments.")] = 0,
    paths_of: Annotated[str, typer.Option(help="Only chains from this origin (as grouped by --by).")] = "",
    max_rest: Annotated[
        str, typer.Option(help="Do not follow money that rested longer, as in 180d or 36h.")
    ] = "",
    since: Annotated[str, typer.Option(help="Only receipts from this day on (YYYY-MM-DD).")] = "",
    until: Annotated[str, typer.Option(help="Only receipts up to this day, included.")] = "",
    credits_first: Annotated[
        bool, typer.Option(help="Within equal times, an account's credits come before its debits.")
    ] = False,
    opening: Annotated[
        Path | None, typer.Option(help="A CSV of opening balances: account,amount[,currency].")
    ] = None,
    drop_duplicates: Annotated[bool, typer.Option(help="Leave exact duplicate rows out.")] = False,
    rates: Annotated[
        Path | None, typer.Option(help="A CSV of exchange rates: date,code,rate (units for one euro).")
    ] = None,
    zone: Annotated[str, typer.Option(help="The time zone of times that state none.")] = "UTC",
    date_format: Annotated[str, typer.Option(help="How dates are written, as in %d/%m/%Y.")] = "",
    strict: Annotated[bool, typer.Option(help="Fail (exit 4) where any row was set aside.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take guessed columns without asking.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Rows of the printed table.")] = 25,
    as_json: AsJson = False,
) -> None:
    """Trace the money that reached the targets back to where it began."""
    from wellhead.app.commands import TraceRequest, run_trace

    run_trace(
        TraceRequest(
            ledgers=tuple(ledgers),
            to=tuple(to),
            sources=tuple(from_ or ()),
            each=each,
            policy=policy.value,
            columns=columns,
            currency=currency,
            by=by.value,
            criterion=criterion.value,
            paths=paths,
            paths_of=paths_of,
            max_rest=max_rest,
            since=since,
            until=until,
            credits_first=credits_first,
            opening=opening,
            drop_duplicates=drop_duplicates,
            rates=rates,
            zone=zone,
            date_format=date_format,
            strict=strict,
            yes=yes,
            limit=limit,
            as_json=as_json,
        )
    )


@app.command()
def new(folder: Folder, as_json: AsJson = False) -> None:
    """Make an empty case folder with a commented case.toml."""
    from wellhead.app.commands import run_new

    run_new(folder, as_json)


@app.command()
def run(
    folder: Folder,
    strict: Annotated[bool, typer.Option(help="Fail (exit 4) where any row was set aside.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load what is new in a case, trace it, and write its report."""
    from wellhead.app.commands import run_case

    run_case(folder, strict, as_json)


@app.command()
def status(folder: Folder, as_json: AsJson = False) -> None:
    """Say what a case holds, what is not loaded yet, and what was wrong with which row."""
    from wellhead.app.commands import run_status

    run_status(folder, as_json)


@app.command()
def legs(
    folder: Folder,
    overrule: Annotated[
        str, typer.Option(help="FILE:ROW of a record that is a payment of its own after all.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List records recognised as another's other side, and overrule a match."""
    from wellhead.app.commands import run_legs

    run_legs(folder, overrule, as_json)


@app.command()
def demo(
    folder: Folder = Path("demo-case"),
    seed: Annotated[int, typer.Option(help="Seed of the invented case.")] = 2015,
    transfers: Annotated[int, typer.Option(min=2000, help="How many transfers it has, about.")] = 200_000,
    as_json: AsJson = False,
) -> None:
    """Make the built-in invented case, run it, and say where its report is."""
    from wellhead.app.commands import run_demo

    run_demo(folder, seed, transfers, as_json)


def main() -> None:
    """Entry point of the `wellhead` command."""
    try:
        code = app(standalone_mode=False)
    except WellheadError as error:
        print(f"wellhead: {error}", file=sys.stderr)
        code = next(code for kind, code in EXIT_CODES if isinstance(error, kind))
    except typer.TyperException as error:
        if show := getattr(error, "show", None):
            show()
        code = getattr(error, "exit_code", 2)
    except (KeyboardInterrupt, typer.Abort):
        print("wellhead: interrupted; nothing was left half done.", file=sys.stderr)
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    sys.exit(code or 0)
