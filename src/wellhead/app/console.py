"""What people read in the terminal. Answers go to standard output, everything else to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from wellhead.app.answers import moment
from wellhead.case import Outcome, Status
from wellhead.case.findings import counted, criterion_words
from wellhead.model.finding import UNKNOWN, Chains, HolderClass
from wellhead.model.ledger import Ledger
from wellhead.model.money import Currency, Money
from wellhead.model.transfer import Action, RowReport
from wellhead.tracing.policies import POLICIES
from wellhead.tracing.result import Trace

SHOWN_ROWS = 5


def out() -> Console:
    """Standard output; as wide as is needed where it is no terminal."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, highlight=False)


def err() -> Console:
    """Standard error."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """A line on standard output, never broken by us."""
    out().print(line, markup=False, soft_wrap=True)


def asking(bar: Progress) -> Callable[[str], bool]:
    """Asks the person at the terminal for a yes or no, with the progress bar out of the way."""

    def ask(question: str) -> bool:
        bar.stop()
        try:
            return input(f"{question} [Y/n] ").strip().lower() in ("", "y", "yes")
        finally:
            bar.start()

    return ask


def tell(sentence: str) -> None:
    """A sentence on standard error."""
    err().print(sentence, markup=False)


def reporter(bar: Progress) -> Callable[[str, float], None]:
    """Shows (what, part done) on the bar, a line a file."""
    tasks: dict[str, TaskID] = {}

    def report(what: str, done: float) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=1.0)
        bar.update(tasks[what], completed=done)

    return report


def counter(bar: Progress, what: str) -> Callable[[int, int], None]:
    """Shows (done, of) on the bar."""
    tasks: list[TaskID] = []

    def report(done: int, of: int) -> None:
        if not tasks:
            tasks.append(bar.add_task(what, total=of))
        bar.update(tasks[0], completed=done, total=of)

    return report


@contextmanager
def progress(wanted: bool = True) -> Iterator[Progress]:
    """A progress bar on standard error, gone when the work is done; silent where nobody watches."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
    )
    hidden = not wanted or not sys.stderr.isatty()
    with Progress(*columns, console=err(), transient=True, disable=hidden) as bar:
        yield bar


def shown(amount: float, unit: Currency) -> str:
    """An amount rounded to the minor unit, without its currency."""
    return f"{Money(round(amount), unit).decimal():,.{unit.exponent}f}"


def print_trace(trace: Trace, by: str, limit: int, chains: Chains | None, target: str = "") -> None:
    """The answer of `wellhead trace` for one target, "" for all accounts named together."""
    unit = trace.ledger.currency
    policy = POLICIES[trace.policy]
    payments = f"{counted(trace.receipt_count, 'payment')} from outside it"
    say(f"{Money(trace.receipts, unit)} reached {target or 'the target'} in {payments}.")
    say(f"By {policy.title}: {policy.explanation}")
    if by == "country":
        say(f"Countries are {criterion_words(trace.criterion)}.")
    _say_missing(trace)
    out().print(_origin_table(trace, by, limit) if by == "account" else _group_table(trace, by, limit))
    if not policy.conserves:
        say("These are upper marks: one payment may stand in several lines, so they do not add up.")
    if chains is not None:
        print_chains(chains, unit)


def _say_missing(trace: Trace) -> None:
    for what, named in (("target", trace.boundary.target), ("source", trace.boundary.sources)):
        if named.missing:
            listed = ", ".join(named.missing[:3]) + (" …" if len(named.missing) > 3 else "")
            accounts = counted(len(named.missing), f"named {what} account")
            say(f"{accounts} not in the ledger: {listed}")


def _table(*columns: tuple[str, bool]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, numeric in columns:
        table.add_column(title, justify="right" if numeric else "left", overflow="fold")
    return table


def _origin_table(trace: Trace, by: str, limit: int) -> Table:
    unit, lines = trace.ledger.currency, trace.lines
    named = any(line.name for line in lines[:limit])
    rested = any(line.unfollowed for line in lines)
    columns = [(f"amount {unit}", True), ("share", True), (by, False)]
    columns += [("holder", False)] * named + [("of it rested too long to be followed", True)] * rested
    table = _table(*columns)
    for line in lines[:limit]:
        row = [shown(line.amount, unit), f"{line.share:.2%}", escape(line.id)]
        row += [escape(line.name)] * named + [shown(line.unfollowed, unit)] * rested
        table.add_row(*row)
    _add_rest(table, trace, [line.amount for line in lines[limit:]], "other origin")
    return table


def _group_table(trace: Trace, by: str, limit: int) -> Table:
    unit = trace.ledger.currency
    lines = trace.groups(by)
    classes = [kind for kind in HolderClass if any(line.by_class.get(kind) for line in lines)]
    table = _table(
        (f"amount {unit}", True), ("share", True), (by, False), *((str(kind), True) for kind in classes)
    )
    for line in lines[:limit]:
        name = "unknown" if line.label == UNKNOWN else line.name or line.label
        split = (shown(line.by_class.get(kind, 0), unit) for kind in classes)
        table.add_row(shown(line.amount, unit), f"{line.share:.2%}", escape(name), *split)
    _add_rest(table, trace, [line.amount for line in lines[limit:]], "other")
    return table


def _add_rest(table: Table, trace: Trace, rest: list[float], name: str) -> None:
    if rest and POLICIES[trace.policy].conserves:
        others = shown(sum(rest), trace.ledger.currency)
        table.add_row(others, f"{trace.share(sum(rest)):.2%}", counted(len(rest), name))
    elif rest:
        table.add_row("", "", f"… {counted(len(rest), name)}")


def print_chains(chains: Chains, unit: Currency) -> None:
    """Chains of payments, each step with its evidence."""
    say(f"\nLargest chains from {chains.label}:")
    for number, chain in enumerate(chains.chains, 1):
        say(f"{number}. {shown(chain.amount, unit)} {unit} from {chain.origin}")
        for step in chain.steps:
            rest = "" if step.rested_days is None else f", after {step.rested_days:.1f} days"
            money = f"{shown(step.amount, unit)}{rest}"
            say(f"     {moment(step.time)}  {step.sender} → {step.receiver}  {money}  [{step.evidence}]")
    say(f"   {shown(chains.remainder, unit)} {unit} came by other chains.")


def print_quality(ledger: Ledger) -> None:
    """What the load found, to standard error."""
    quality, console = ledger.quality, err()
    aside = quality.missing + quality.unreadable + quality.negative + quality.no_rate
    counts = [counted(quality.rows, "row"), f"{quality.loaded:,} loaded", f"{aside:,} set aside"]
    told = ("other_legs", "duplicates", "self_transfers", "rounded", "no_zone", "ties", "converted")
    found = {name.replace("_", " "): getattr(quality, name) for name in told}
    counts += [f"{number:,} {name}" for name, number in found.items() if number]
    console.print(f"Ledger: {', '.join(counts)}.")
    for rate in ledger.rates:
        console.print(rate, markup=False)
    print_reports(quality.reports)


def print_reports(reports: Sequence[RowReport]) -> None:
    """The load report, a line for each file and reason; `--json` and the report page list every row."""
    console = err()
    kinds: dict[tuple[str, str, str], list[RowReport]] = {}
    for report in reports:
        kinds.setdefault((report.file, report.reason, report.action), []).append(report)
    for (file, reason, action), found in kinds.items():
        rows = ", ".join([str(report.row) for report in found if report.row][:SHOWN_ROWS])
        place = f" (row {rows}{', …' if len(found) > SHOWN_ROWS else ''})" if rows else ""
        rows_of = sum(report.count for report in found)
        detail = next((report.detail for report in found if report.row), found[0].detail)
        said = f"{rows_of:,} {reason.replace('_', ' ')}, {action}{place}: {detail}"
        console.print(f"  {file}: {said}", markup=False)


def print_outcome(outcome: Outcome) -> None:
    """What a run did, found and wrote."""
    for poured in outcome.poured:
        done = f"{poured.loaded:,} of {counted(poured.rows, 'record')} loaded"
        say(f"{poured.source.path}: {'loaded before' if poured.already else done}")
        for note in poured.notes:
            say(f"  {note}")
    say("")
    for finding in outcome.release.findings:
        say(f"{finding.statement} [{finding.grade}]")
    print_quality(outcome.trace.ledger)
    say(f"\nThe report: {outcome.report}")


def print_status(status: Status) -> None:
    """What a case holds."""
    say(f"{status.settings.title} ({status.folder})")
    table = _table(("loaded", False), ("kind", False), ("bytes", True), ("grade", False), ("SHA-256", False))
    for source in status.sources:
        digest = source.sha256[:16] + "…"
        table.add_row(escape(source.path), source.kind, f"{source.bytes:,}", str(source.grade), digest)
    if status.sources:
        out().print(table)
    for name in status.waiting:
        say(f"not loaded yet: {name}")
    for name in status.gone:
        say(f"loaded and still counted, but no longer in the folder: {name}")
    print_reports(status.reports)
    say("There is a report." if status.report else "No report yet: `wellhead run` makes it.")


def print_legs(reports: Sequence[RowReport]) -> None:
    """Records recognised as another's other side."""
    for report in reports:
        say(str(report))
    merged = sum(report.action is Action.MERGED for report in reports)
    say(f"{counted(merged, 'record')} left out as other legs of payments that are counted.")
