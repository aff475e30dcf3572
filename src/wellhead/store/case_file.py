"""The case file: one DuckDB database that holds everything loaded for a case."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from wellhead.model.batch import Batch
from wellhead.model.errors import CaseError, CaseLocked, CaseVersion
from wellhead.model.provenance import Credibility, Grade, Marking, Reliability, SourceFile
from wellhead.model.table import TransferTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = ":memory:"
Progress = Callable[[str, float], None]
"""Called with what is being done and how far it is, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Poured:
    """What became of one file: `rows == loaded + set_aside`. `already` tells that its content was loaded
    before and nothing was done; the counts are then those of that load."""

    source: SourceFile
    rows: int
    loaded: int
    set_aside: int
    already: bool = False
    notes: tuple[str, ...] = ()


class CaseFile:
    """An open case file. One process at a time may have it open; use it as a context manager."""

    def __init__(self, engine: DuckDBPyConnection, path: Path | None) -> None:
        self.engine = engine
        self.path = path

    @classmethod
    def open(cls, path: Path | str, *, memory_limit: str = "", threads: int = 0) -> Self:
        """Open or create the case at `path`, or one in memory for ":memory:".

        Raises CaseLocked where another process has it open, CaseVersion where a newer Wellhead wrote it,
        CaseError where it is no case file.
        """
        import duckdb

        where = None if str(path) == MEMORY else Path(path)
        try:
            engine = duckdb.connect(MEMORY if where is None else str(where))
        except (duckdb.IOException, duckdb.BinderException, duckdb.ConnectionException) as error:
            raise _refusal(error, where) from error
        case = cls(engine, where)
        try:
            case._set_up(memory_limit, threads)
            _migrate(engine, where)
        except BaseException:
            engine.close()
            raise
        return case

    def pour(
        self,
        source: SourceFile,
        records: Iterable[Batch] | TransferTable,
        progress: Progress | None = None,
    ) -> Poured:
        """Load one file in one transaction: all of it or, where anything stops it, nothing.

        A file whose content (by SHA-256) is in the case already is not loaded again.
        """
        from wellhead.store.pour import pour

        return pour(self.engine, source, records, progress or _silent)

    def sources(self) -> tuple[SourceFile, ...]:
        """The files loaded, in the order of loading."""
        rows = self.engine.execute(
            "SELECT path, sha256, bytes, kind, reliability, credibility, marking FROM source_file ORDER BY id"
        ).fetchall()
        return tuple(
            SourceFile(
                path, sha, size, kind, Grade(Reliability(letter), Credibility(digit)), Marking(marking)
            )
            for path, sha, size, kind, letter, digit, marking in rows
        )

    def close(self) -> None:
        """Close the file; what was poured is in it."""
        with suppress(Exception):
            self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _set_up(self, memory_limit: str, threads: int) -> None:
        import tempfile

        scratch = (
            str(self.path) + ".tmp"
            if self.path
            else str(Path(tempfile.gettempdir(), f"wellhead-{os.getpid()}"))
        )
        self.engine.execute("SET temp_directory = $scratch".replace("$scratch", _literal(scratch)))
        self.engine.execute("SET TimeZone = 'UTC'")
        self.engine.execute("SET preserve_insertion_order = true")
        # Without it, memory that a load has freed stays with the process: 0.35 GB of 1.3 at 5 M transfers.
        self.engine.execute("SET allocator_background_threads = true")
        if memory_limit:
            self.engine.execute(f"SET memory_limit = {_literal(memory_limit)}")
        if threads:
            self.engine.execute(f"SET threads = {threads:d}")


def _literal(text: str) -> str:
    """A text as an SQL literal: settings take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def _silent(_what: str, _share: float) -> None:
    return


def _refusal(error: Exception, path: Path | None) -> CaseError:
    text = str(error)
    if "lock" in text.lower():
        return CaseLocked(
            f"{path} is open in another process.", remedy="Close it there, or wait until it has finished."
        )
    if "newer version" in text or "storage version" in text.lower() or "version number" in text:
        return CaseVersion(
            f"{path} was written by a newer version of the database.", remedy="Update Wellhead."
        )
    return CaseError(
        f"{path} cannot be opened as a case file: {text.partition(chr(10))[0]}", remedy="Check the path."
    )


def migrations() -> tuple[str, ...]:
    """The SQL of each schema version, the first at index 0."""
    folder = resources.files("wellhead.store") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(f.read_text(encoding="utf-8") for f in files)


def _migrate(engine: DuckDBPyConnection, path: Path | None) -> None:
    """Bring the schema up to date, one transaction a step."""
    tables = {name for (name,) in engine.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if tables and "case_version" not in tables:
        raise CaseError(f"{path} is a database of something else.", remedy="Give the case another path.")
    engine.execute("CREATE TABLE IF NOT EXISTS case_version (version integer NOT NULL)")
    row = engine.execute("SELECT coalesce(max(version), 0) FROM case_version").fetchone()
    version = row[0] if row else 0
    steps = migrations()
    if version > len(steps):
        raise CaseVersion(
            f"{path} has schema version {version}; this Wellhead knows {len(steps)}.",
            remedy="Update Wellhead.",
        )
    for number, step in enumerate(steps[version:], version + 1):
        engine.execute("BEGIN")
        try:
            engine.execute(step)
            engine.execute("INSERT INTO case_version VALUES ($number)", {"number": number})
            engine.execute("COMMIT")
        except BaseException:
            with suppress(Exception):
                engine.execute("ROLLBACK")
            raise


def as_json(value: object) -> str:
    """Compact JSON with sorted keys, so that equal values are equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
