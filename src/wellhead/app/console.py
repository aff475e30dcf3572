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
from wellhead.model.finding import UNKNOWN, Chains, HolderClass
from wellhead.model.ledger import Ledger
from wellhead.model.money import Currency, Money
from wellhead.model.transfer import RowReport
from wellhead.tracing.policies import POLICIES
from wellhead.tracing.result import Trace

SHOWN_ROWS = 5


def out() -> Console:
    """Standard output; as wide as is needed where it is no terminal."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, highlight=False)


def err() -> Console:
    """Standard error."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


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
    console = out()
    receipts = Money(trace.receipts, unit)
    payments = "1 payment" if trace.receipt_count == 1 else f"{trace.receipt_count:,} payments"
    whom = target or "the target"
    console.print(f"{receipts} reached {whom} in {payments} from outside it.", markup=False)
    console.print(f"By {policy.title}: {policy.explanation}")
    _warn_missing(trace)
    console.print(_origin_table(trace, by, limit) if by == "account" else _group_table(trace, by, limit))
    if not policy.conserves:
        console.print("These are upper marks: one payment may stand in several lines, so they do not add up.")
    if chains is not None:
        print_chains(chains, unit)


def _warn_missing(trace: Trace) -> None:
    for what, named in (("target", trace.boundary.target), ("source", trace.boundary.sources)):
        if named.missing:
            listed = ", ".join(named.missing[:3]) + (" …" if len(named.missing) > 3 else "")
            out().print(
                f"{len(named.missing):,} named {what} accounts do not occur in the ledger: {listed}",
                markup=False,
            )


def _table(*columns: tuple[str, bool]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, numeric in columns:
        table.add_column(title, justify="right" if numeric else "left", overflow="fold")
    return table


def _origin_table(trace: Trace, by: str, limit: int) -> Table:
    unit = trace.ledger.currency
    table = _table((f"amount {unit}", True), ("share", True), (by, False), ("holder", False))
    lines = trace.lines
    for line in lines[:limit]:
        table.add_row(shown(line.amount, unit), f"{line.share:.2%}", escape(line.id), escape(line.name))
    _add_rest(table, trace, [line.amount for line in lines[limit:]], "other origins")
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
    _add_rest(table, trace, [line.amount for line in lines[limit:]], "others")
    return table


def _add_rest(table: Table, trace: Trace, rest: list[float], name: str) -> None:
    if rest and POLICIES[trace.policy].conserves:
        table.add_row(
            shown(sum(rest), trace.ledger.currency), f"{trace.share(sum(rest)):.2%}", f"{len(rest):,} {name}"
        )
    elif rest:
        table.add_row("", "", f"… {len(rest):,} {name}")


def print_chains(chains: Chains, unit: Currency) -> None:
    """Chains of payments, each step with its evidence."""
    console = out()
    console.print(f"\nLargest chains from {chains.label}:", markup=False)
    for number, chain in enumerate(chains.chains, 1):
        console.print(f"{number}. {shown(chain.amount, unit)} {unit} from {chain.origin}", markup=False)
        for step in chain.steps:
            rest = "" if step.rested_days is None else f", after {step.rested_days:.1f} days"
            console.print(
                f"     {moment(step.time)}  {step.sender} → {step.receiver}  {shown(step.amount, unit)}{rest}"
                f"  [{step.evidence}]",
                markup=False,
            )
    console.print(f"   {shown(chains.remainder, unit)} {unit} came by other chains.")


def print_quality(ledger: Ledger) -> None:
    """What the load found, to standard error."""
    quality, console = ledger.quality, err()
    aside = quality.rows - quality.loaded
    counts = [f"{quality.rows:,} rows", f"{quality.loaded:,} loaded", f"{aside:,} set aside"]
    told = ("duplicates", "self_transfers", "other_legs", "rounded", "no_zone", "ties", "converted")
    counts += [
        f"{getattr(quality, name):,} {name.replace('_', ' ')}" for name in told if getattr(quality, name)
    ]
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
        count = sum(report.count for report in found)
        detail = next((report.detail for report in found if report.row), found[0].detail)
        said = f"{count:,} {reason.replace('_', ' ')}, {action}{place}: {detail}"
        console.print(f"  {file}: {said}", markup=False)


def print_outcome(outcome: Outcome) -> None:
    """What a run did, found and wrote."""
    console = out()
    for poured in outcome.poured:
        state = "loaded before" if poured.already else f"{poured.loaded:,} of {poured.rows:,} records loaded"
        console.print(f"{poured.source.path}: {state}", markup=False)
        for note in poured.notes:
            console.print(f"  {note}", markup=False)
    console.print("")
    for finding in outcome.release.findings:
        console.print(f"{finding.statement} [{finding.grade}]", markup=False)
    print_quality(outcome.trace.ledger)
    console.print(f"\nThe report: {outcome.report}", markup=False)


def print_status(status: Status) -> None:
    """What a case holds."""
    console = out()
    console.print(f"{status.settings.title} ({status.folder})", markup=False)
    table = _table(("loaded", False), ("kind", False), ("bytes", True), ("grade", False), ("SHA-256", False))
    for source in status.sources:
        table.add_row(
            escape(source.path), source.kind, f"{source.bytes:,}", str(source.grade), source.sha256[:16] + "…"
        )
    console.print(table)
    for name in status.waiting:
        console.print(f"not loaded yet: {name}", markup=False)
    for name in status.gone:
        console.print(f"loaded, but no longer in the folder: {name}", markup=False)
    console.print("There is a report." if status.report else "No report yet: `wellhead run` makes it.")


def print_legs(reports: Sequence[RowReport]) -> None:
    """Records recognised as another's other side."""
    console = out()
    for report in reports:
        console.print(str(report), markup=False)
    console.print(f"{len(reports):,} records are other legs of payments counted already.")
