"""From a ledger to a trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from wellhead.model.errors import UsageError
from wellhead.model.finding import Criterion
from wellhead.model.ledger import Ledger
from wellhead.tracing.attribution import CONTROL_THRESHOLD, Registers
from wellhead.tracing.policies import policy_named
from wellhead.tracing.result import Trace
from wellhead.tracing.tracer import MICROSECONDS_A_DAY, Progress, Tracer


def trace(
    ledger: Ledger,
    to: str | Iterable[str],
    sources: str | Iterable[str] = (),
    policy: str = "fifo",
    *,
    criterion: Criterion | str = Criterion.RESIDENCE,
    control_threshold: float = CONTROL_THRESHOLD,
    max_rest_days: float | None = None,
    period: tuple[date | None, date | None] = (None, None),
    credits_first: bool = False,
    tracer: Tracer | None = None,
    registers: Registers | None = None,
    progress: Progress | None = None,
) -> Trace:
    """Trace what reached the accounts `to` back to where it was born.

    `to` and `sources` are account identifiers; all of `to` together are one target. `policy` is ``fifo``,
    ``lifo``, ``pro-rata`` or ``poison``. `period` is the first and the last day (UTC, both included) whose
    receipts count; it does not limit the history before them. For many targets in turn, make one
    `Tracer(ledger)` and pass it each time, or use `trace_each`: what does not depend on the target is then
    computed once.

    Raises UnknownAccount where no target occurs in the ledger, UsageError for an empty ledger, an unknown
    policy, or an account that is source and target.
    """
    policy = policy_named(policy).name
    if not len(ledger):
        first = next((f" ({report})" for report in ledger.quality.reports), "")
        raise UsageError(f"The files hold no transfer that could be loaded{first}.")
    if criterion not in set(Criterion):
        raise UsageError(f"{criterion!r} is no criterion.", remedy=f"Choose one of {', '.join(Criterion)}.")
    tracer = tracer or Tracer(ledger, credits_first=credits_first)
    boundary = tracer.boundary(_listed(to), _listed(sources), max_rest_days, period_micros(*period))
    registers = registers or registers_of(ledger)
    return Trace(tracer, boundary, policy, registers, Criterion(criterion), control_threshold, progress)


def trace_each(ledger: Ledger, targets: Mapping[str, Iterable[str]], **given: Any) -> dict[str, Trace]:
    """Trace several targets, each by itself: name → its accounts. `given` is what `trace` takes.

    What does not depend on the target (balances, pieces) is computed once for all of them.
    """
    shared: dict[str, Any] = {
        "tracer": Tracer(ledger, credits_first=bool(given.pop("credits_first", False))),
        "registers": registers_of(ledger),
    }
    return {name: trace(ledger, accounts, **shared, **given) for name, accounts in targets.items()}


def registers_of(ledger: Ledger) -> Registers:
    """What is known of accounts and holders, with ownership as it stood at the ledger's end."""
    return Registers.from_entities(ledger.entities, ledger.details, on=last_day(ledger))


def period_micros(first: date | None, last: date | None) -> tuple[int | None, int | None]:
    """[from, to) in µs since 1970 UTC of two days, both included. Raises UsageError where swapped."""
    if first and last and first > last:
        raise UsageError(f"The period ends on {last}, before it begins on {first}.", remedy="Swap them.")
    epoch, day = date(1970, 1, 1), timedelta(days=1)
    start = None if first is None else (first - epoch) // day * MICROSECONDS_A_DAY
    end = None if last is None else ((last - epoch) // day + 1) * MICROSECONDS_A_DAY
    return start, end


def last_day(ledger: Ledger) -> str:
    """The day of the last transfer (ISO 8601, UTC): ownership is taken as it stood then."""
    return str(ledger.time[-1].astype("datetime64[us]"))[:10] if len(ledger) else ""


def _listed(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
