"""A table of transfers that a source offers and the store reads, without a record per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from wellhead.model.transfer import RowReport


@dataclass(frozen=True, slots=True)
class Relation:
    """Something DuckDB can select from. Every column is text, as it stands in the file; empty is NULL.

    `sql` is a table expression with named `parameters`; `columns` its column names in the file's order.
    `row` names a column with each record's 1-based number in the file; "" where records are numbered by
    their order. `reports` and `refused` (a number of rows) are what could not be made a record at all.
    """

    sql: str
    parameters: Mapping[str, object]
    columns: tuple[str, ...]
    row: str = ""
    reports: tuple[RowReport, ...] = ()
    refused: int = 0


@dataclass(frozen=True, slots=True)
class TransferTable:
    """One file as a table of transfers.

    `meaning` says which of the relation's columns holds what: the words of `sources.columns` → a name in
    `Relation.columns`; `headers` says what the file itself calls them. `strict` opens the relation that a
    clean file allows, in which one bad record stops the reading; `careful` the same records where it does
    not, at the cost of a copy on disk. Both are context managers: temporary files go when they close.
    `notes` are sentences for the user: what was guessed, how text was decoded.
    """

    name: str
    meaning: Mapping[str, str]
    headers: Mapping[str, str]
    strict: Callable[[], AbstractContextManager[Relation]]
    careful: Callable[[], AbstractContextManager[Relation]]
    currency: str = ""
    date_format: str = ""
    zone: str = "UTC"
    excel_serials: bool = False
    notes: tuple[str, ...] = field(default=())
