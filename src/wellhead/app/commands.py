"""What each command does between the words of the command line and the answer."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from wellhead.app import console
from wellhead.app.answers import printed, trace_answer
from wellhead.app.settings import Settings, configure_log, read_settings
from wellhead.case import Case, Loading, columns_mapping, read_ledger, trace_each
from wellhead.case.folder import new_case, read_identifiers
from wellhead.model.errors import RowsRefused, UsageError
from wellhead.model.finding import Chains
from wellhead.model.transfer import Action, RowReport
from wellhead.tracing.result import Trace

_REST = re.compile(r"(\d+(?:\.\d+)?)\s*([dhw]?)")
_DAYS = {"": 1.0, "d": 1.0, "h": 1 / 24, "w": 7.0}


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """`wellhead trace` as it was asked."""

    ledgers: tuple[Path, ...]
    to: tuple[str, ...]
    sources: tuple[str, ...]
    each: bool
    policy: str
    columns: str
    currency: str
    by: str
    criterion: str
    paths: int
    paths_of: str
    max_rest: str
    since: str
    until: str
    credits_first: bool
    opening: Path | None
    drop_duplicates: bool
    rates: Path | None
    zone: str
    date_format: str
    strict: bool
    yes: bool
    limit: int
    as_json: bool


def _started() -> Settings:
    settings = read_settings()
    configure_log(settings)
    return settings


def run_trace(request: TraceRequest) -> None:
    """Trace straight from files."""
    settings = _started()
    with console.progress(not request.as_json) as bar:
        loading = Loading(
            columns=columns_mapping(request.columns),
            currency=request.currency,
            zone=request.zone,
            date_format=request.date_format,
            drop_duplicates=request.drop_duplicates,
            rates=request.rates,
            opening=request.opening,
            memory=settings.memory,
            threads=settings.threads,
            confirm=None if request.yes or request.as_json or not sys.stdin.isatty() else console.asking(bar),
            tell=None if request.as_json else console.tell,
        )
        ledger = read_ledger(*request.ledgers, loading=loading, progress=console.reporter(bar))
        named = identifiers(request.to)
        found = trace_each(
            ledger,
            {name: [name] for name in named} if request.each else {"": named},
            sources=identifiers(request.sources),
            policy=request.policy,
            criterion=request.criterion,
            max_rest_days=days(request.max_rest),
            period=(day(request.since), day(request.until)),
            credits_first=request.credits_first,
            progress=console.counter(bar, "tracing"),
        )
        chains = {name: _chains(request, target) for name, target in found.items()}
    if request.as_json:
        answers = {name: trace_answer(each, request.by, chains[name]) for name, each in found.items()}
        print(printed({"targets": answers} if request.each else answers[""]))
    else:
        for number, (name, target) in enumerate(found.items()):
            if number:
                console.say("")
            console.print_trace(target, request.by, request.limit, chains[name], name)
        console.print_quality(ledger)
    refuse_reported(ledger.quality.reports, request.strict)


def _chains(request: TraceRequest, target: Trace) -> Chains | None:
    if not request.paths:
        return None
    return target.paths(request.paths_of or None, by=request.by, most=request.paths)


def run_new(folder: Path, as_json: bool) -> None:
    """Make a case folder."""
    new_case(folder)
    if as_json:
        print(printed({"folder": str(folder), "settings": str(folder / "case.toml")}))
        return
    print(f"{folder} is ready. Put files into its folders, say in {folder}/case.toml what is asked, and")
    print(f"  wellhead run {folder}")


def run_case(folder: Path, strict: bool, as_json: bool) -> None:
    """Load, trace, report."""
    settings = _started()
    with (
        console.progress(not as_json) as bar,
        Case.open(folder, memory=settings.memory, threads=settings.threads) as case,
    ):
        outcome = case.run(console.reporter(bar))
    if as_json:
        print(printed(outcome.answer()))
    else:
        console.print_outcome(outcome)
    refuse_reported(outcome.trace.ledger.quality.reports, strict)


def run_status(folder: Path, as_json: bool) -> None:
    """What a case holds."""
    settings = _started()
    with Case.open(folder, memory=settings.memory, threads=settings.threads) as case:
        state = case.status()
    if as_json:
        print(printed(state.answer()))
    else:
        console.print_status(state)


def run_legs(folder: Path, overrule: str, as_json: bool) -> None:
    """Matches of two records of one payment."""
    settings = _started()
    with Case.open(folder, memory=settings.memory, threads=settings.threads) as case:
        if overrule:
            path, _, row = overrule.rpartition(":")
            if not path or not row.isdigit():
                raise UsageError(
                    f"{overrule!r} names no record.", remedy="Write FILE:ROW, as in ledgers/a.xml:12."
                )
            case.overrule(path, int(row))
        reports = case.legs()
    if as_json:
        print(printed({"legs": [asdict(report) for report in reports]}))
    else:
        console.print_legs(reports)


def run_demo(folder: Path, seed: int, transfers: int, as_json: bool) -> None:
    """Make the invented case and run it."""
    from wellhead.demo import write_case

    if (folder / "case.toml").exists() and not (folder / "planted.json").exists():
        raise UsageError(f"{folder} is a case of yours.", remedy="Name another folder for the demo.")
    try:
        write_case(folder, seed, transfers)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be made: {error.strerror}.", remedy="Name another folder."
        ) from error
    run_case(folder, strict=False, as_json=as_json)


def refuse_reported(reports: tuple[RowReport, ...], strict: bool) -> None:
    """Under `--strict`, raise RowsRefused where any row was set aside."""
    aside = sum(report.count for report in reports if report.action is Action.SET_ASIDE)
    if strict and aside:
        were = "1 row was" if aside == 1 else f"{aside:,} rows were"
        raise RowsRefused(f"{were} set aside.", remedy="The load report above names them.")


def identifiers(named: tuple[str, ...]) -> list[str]:
    """Accounts named on the command line, each an identifier or a file with one a line."""
    found: list[str] = []
    for name in named:
        path = Path(name)
        found += read_identifiers(path) if path.is_file() else [name]
    return found


def days(text: str) -> float | None:
    """``180d``, ``36h``, ``2w`` or a number of days. Raises UsageError for anything else."""
    if not text:
        return None
    if not (match := _REST.fullmatch(text.strip().lower())):
        raise UsageError(f"--max-rest {text!r} is no length of time.", remedy="Write 180d, 36h or 2w.")
    return float(match[1]) * _DAYS[match[2]]


def day(text: str) -> date | None:
    """``2015-11-20`` as a day. Raises UsageError for anything else."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day.", remedy="Write it as 2015-11-20.") from None
