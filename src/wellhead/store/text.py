# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""A table's cells by their meaning, still as text: the temporary table `text`, one row a record.

Columns: `row`, the record's number in the file; `print`, a fingerprint of the whole record; `time_text`,
`amount_text`, `sender`, `receiver` and, where the file has them, `currency_text` and the DETAILS. Blanks
around a cell are gone and empty cells are NULL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellhead.model.errors import InputError
from wellhead.model.table import Relation, TransferTable
from wellhead.model.transfer import RowReport

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DETAILS = (
    "sender_name", "receiver_name", "sender_country", "receiver_country", "sender_class", "receiver_class",
    "sender_bank", "receiver_bank", "reference", "purpose",
)  # fmt: skip
"""Optional columns of a stage: only those that the file has are there."""


def fill_text(engine: DuckDBPyConnection, table: TransferTable) -> tuple[int, tuple[RowReport, ...]]:
    """Fill ``temp.text`` from a file, strictly where the file allows it. Gives the number of rows that never
    became records, and the reports on them. Raises InputError where the engine cannot read the file."""
    import duckdb

    faults: list[str] = []
    for opened in (table.strict, table.careful):
        try:
            with opened() as relation:
                engine.execute(
                    f"CREATE OR REPLACE TEMP TABLE text AS {_cells(table, relation)}", relation.parameters
                )
                return relation.refused, relation.reports
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            faults.append(str(error).partition("\n")[0])
    raise InputError(f"cannot be read as a table: {faults[-1]}", file=table.name)


def _cells(table: TransferTable, relation: Relation) -> str:
    """Records are numbered while they are read: neither rowids nor a table's order can be trusted for it
    (rowids of an open transaction start at 2^55, and a wide CREATE TABLE AS swaps chunks of a large file).
    Numbering takes one thread, so little else is done here; the rest works on the table in parallel."""
    meaning = dict(table.meaning)
    time = _cell(meaning["time"])
    if "clock" in meaning:
        time = f"{time} || ' ' || {_cell(meaning['clock'])}"
    row = f"{relation.row}::BIGINT" if relation.row else "row_number() OVER ()"
    cells = [f"{row} AS row", f"hash({', '.join(relation.columns)}) AS print"]
    cells += [f"{time} AS time_text", f"{_cell(meaning['amount'])} AS amount_text"]
    cells += [f"{_cell(meaning[side])} AS {side}" for side in ("sender", "receiver")]
    if "currency" in meaning:
        cells.append(f"{_cell(meaning['currency'])} AS currency_text")
    cells += [f"{_cell(meaning[name])} AS {name}" for name in DETAILS if name in meaning]
    return f"SELECT {', '.join(cells)} FROM {relation.sql}"


def _cell(column: str) -> str:
    # trim() alone copies every long value, which took a fifth of the reading.
    return f"CASE WHEN {column} LIKE ' %' OR {column} LIKE '% ' THEN nullif(trim({column}), '') ELSE {column} END"
