"""Everything that Wellhead raises, in one tree.

    WellheadError
    ├── UsageError           what was asked for cannot be done: say it differently
    │   ├── UnknownAccount       a target or source that the ledger does not have
    │   └── MissingColumns       a table whose columns cannot be told apart without help
    ├── InputError           a file cannot be used at all (single bad rows are reported, not raised)
    │   └── LimitExceeded        a file larger, deeper or more compressed than the limits allow
    ├── RowsRefused          rows were reported and the caller asked for none (`--strict`)
    └── CaseError            a case folder or case file cannot be used
        ├── CaseLocked           another process has it open
        └── CaseVersion          it was written by a newer Wellhead

Each message says what is wrong, where (file, row) and what to do. Nothing here knows of exit
codes or HTTP: `app` maps the classes at its edge.
"""

from __future__ import annotations


class WellheadError(Exception):
    """Root of the tree. `remedy` is one sentence that tells the user what to do next."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()


class UsageError(WellheadError):
    """The request itself is at fault."""


class UnknownAccount(UsageError):
    """A target or source names an account that the ledger does not have."""


class MissingColumns(UsageError):
    """The columns of a table could not be told apart without help."""


class InputError(WellheadError):
    """A file cannot be used at all. `file` is its name as the user gave it, `row` where known."""

    def __init__(self, message: str, *, file: str, row: int | None = None, remedy: str = "") -> None:
        place = file if row is None else f"{file}, row {row}"
        super().__init__(f"{place}: {message}", remedy=remedy)
        self.file = file
        self.row = row


class LimitExceeded(InputError):
    """A file is larger, deeper or more compressed than the limits allow."""


class RowsRefused(WellheadError):
    """Rows were reported, and the caller asked that none be."""


class CaseError(WellheadError):
    """A case folder or case file cannot be used."""


class CaseLocked(CaseError):
    """Another process has the case open."""


class CaseVersion(CaseError):
    """The case was written by a newer Wellhead."""
