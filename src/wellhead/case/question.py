"""From a ledger to a trace."""

from __future__ import annotations

from collections.abc import Iterable

from wellhead.model.errors import UsageError
from wellhead.model.finding import Criterion
from wellhead.model.ledger import Ledger
from wellhead.tracing.attribution import CONTROL_THRESHOLD, Registers
from wellhead.tracing.policies import policy_named
from wellhead.tracing.result import Trace
from wellhead.tracing.tracer import Progress, Tracer


def trace(
    ledger: Ledger,
    to: str | Iterable[str],
    sources: str | Iterable[str] = (),
    policy: str = "fifo",
    *,
    criterion: Criterion = Criterion.RESIDENCE,
    control_threshold: float = CONTROL_THRESHOLD,
    max_rest_days: float | None = None,
    period: tuple[int | None, int | None] = (None, None),
    credits_first: bool = False,
    tracer: Tracer | None = None,
    progress: Progress | None = None,
) -> Trace:
    """Trace what reached the accounts `to` back to where it was born.

    `to` and `sources` are account identifiers; all of `to` together are one target. `policy` is ``fifo``,
    ``lifo``, ``pro-rata`` or ``poison``. `period` is [from, to) in µs since 1970 UTC and limits the receipts,
    not the history before them. For many targets in turn, make one `Tracer(ledger)` and pass it each time:
    what does not depend on the target is then computed once.

    Raises UnknownAccount where no target occurs in the ledger, UsageError for an empty ledger, an unknown
    policy, or an account that is source and target.
    """
    policy = policy_named(policy).name
    if not len(ledger):
        first = next((f" ({report})" for report in ledger.quality.reports), "")
        raise UsageError(f"The files hold no transfer that could be loaded{first}.")
    tracer = tracer or Tracer(ledger, credits_first=credits_first)
    boundary = tracer.boundary(_listed(to), _listed(sources), max_rest_days, period)
    registers = Registers.from_entities(ledger.entities, ledger.details)
    return Trace(tracer, boundary, policy, registers, criterion, control_threshold, progress)


def _listed(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
