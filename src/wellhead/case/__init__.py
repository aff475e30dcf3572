"""An investigation from start to finish: the only place where the stages are wired together.

    files ─ sources ─▶ records ─ store ─▶ case.duckdb ─▶ ledger ─ trace ─▶ findings ─ publish ─▶ report

`read_ledger` and `trace` are the short way, from files to an answer without a case folder; `Case` is the long
one. Nothing that is wired here gets any of these objects handed back.
"""

from wellhead.case.investigation import Case, Outcome, Status
from wellhead.case.question import trace, trace_each
from wellhead.case.reading import Loading, read_ledger
from wellhead.sources.columns import parse_mapping as columns_mapping

__all__ = ["Case", "Loading", "Outcome", "Status", "columns_mapping", "read_ledger", "trace", "trace_each"]
