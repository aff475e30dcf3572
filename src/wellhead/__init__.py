"""Wellhead tests claims about who finances an armed group against the evidence.

    ledger = wellhead.read_ledger("payments.csv")
    trace = wellhead.trace(ledger, to="DE02120300000000202051", policy="fifo")
    trace.origins, trace.by("country"), trace.paths()

Names are looked up when they are used, so that importing Wellhead costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellhead.case import Case, read_ledger, trace, trace_each
    from wellhead.model.errors import WellheadError
    from wellhead.model.ledger import Ledger
    from wellhead.tracing.result import Trace
    from wellhead.tracing.tracer import Tracer

__version__ = "0.1.0"
__all__ = [
    "Case",
    "Ledger",
    "Trace",
    "Tracer",
    "WellheadError",
    "__version__",
    "read_ledger",
    "trace",
    "trace_each",
]

_WHERE = {
    "Case": "wellhead.case",
    "Ledger": "wellhead.model.ledger",
    "Trace": "wellhead.tracing.result",
    "Tracer": "wellhead.tracing.tracer",
    "WellheadError": "wellhead.model.errors",
    "read_ledger": "wellhead.case",
    "trace": "wellhead.case",
    "trace_each": "wellhead.case",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'wellhead' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
