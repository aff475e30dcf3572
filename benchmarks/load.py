"""Loading a CSV into a case file beside the engine's own typed load of the same file into a bare table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, seconds, write_csv
from wellhead.sources.options import ReadOptions
from wellhead.sources.readers import read_path
from wellhead.store.case_file import CaseFile

TRANSFERS, ACCOUNTS = 5_000_000, 500_000
LEAST = 0.5


def rows() -> Iterator[Row]:
    """One row: both loads go to files on the same disk, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.csv")
        write_csv(path, TRANSFERS, ACCOUNTS)
        bare = seconds(lambda: _bare(path, Path(folder, "bare.duckdb")))
        case = seconds(lambda: _case(path, Path(folder, "case.duckdb")))
    speed = bare / case
    yield Row(
        "CSV of 5M rows into a case file: checked, in minor units, accounts numbered, duplicates counted",
        f"{TRANSFERS / case / 1e6:.2f}M rows/s, {speed:.2f} of DuckDB's bare typed load "
        f"({TRANSFERS / bare / 1e6:.2f}M rows/s)",
        f"≥ {LEAST}",
        "met" if speed >= LEAST else "missed",
    )


def _bare(path: Path, target: Path) -> None:
    """The engine's own load: types declared, default settings, no check of anything."""
    import duckdb

    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as engine:
        engine.execute("SET enable_progress_bar = false")
        engine.execute(
            """CREATE TABLE ledger AS FROM read_csv($path, header = true, columns = {
                'time': 'TIMESTAMP', 'sender': 'VARCHAR', 'receiver': 'VARCHAR', 'amount': 'DECIMAL(18, 2)'})""",
            {"path": str(path)},
        )


def _case(path: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with CaseFile.open(target) as case:
        for file in read_path(path, ReadOptions(currency="USD")):
            case.pour(file.source, file.records)
