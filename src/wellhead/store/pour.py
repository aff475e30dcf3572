"""Pouring one file into the case: staged, its accounts numbered, its rows settled, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from wellhead.model.batch import Batch
from wellhead.model.provenance import SourceFile
from wellhead.model.table import TransferTable
from wellhead.store.batches import stage_batches
from wellhead.store.case_file import Poured, Progress, as_json
from wellhead.store.settle import settled
from wellhead.store.stage import Stage, stage_table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def pour(
    engine: DuckDBPyConnection,
    source: SourceFile,
    records: Iterable[Batch] | TransferTable,
    progress: Progress,
) -> Poured:
    """As `CaseFile.pour`."""
    before = _loaded_before(engine, source)
    if before is not None:
        return before
    progress(source.path, 0.0)
    try:
        if isinstance(records, TransferTable):
            # Before the transaction: rows of a table made inside it have no numbers from 0 on yet.
            table = stage_table(engine, records)
            progress(source.path, 0.4)
        else:
            table = None
        poured = _in_transaction(engine, lambda: _poured(engine, source, records, table, progress))
    finally:
        _drop_temporary(engine)
    progress(source.path, 1.0)
    return poured


def _in_transaction(engine: DuckDBPyConnection, work: Callable[[], Poured]) -> Poured:
    engine.execute("BEGIN")
    try:
        done = work()
        engine.execute("COMMIT")
    except BaseException:
        with suppress(Exception):
            engine.execute("ROLLBACK")
        raise
    return done


def _poured(
    engine: DuckDBPyConnection,
    source: SourceFile,
    records: Iterable[Batch] | TransferTable,
    table: Stage | None,
    progress: Progress,
) -> Poured:
    row = engine.execute("SELECT coalesce(max(id) + 1, 0) FROM source_file").fetchone()
    file = int(row[0]) if row else 0
    columns: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()
    if isinstance(records, TransferTable):
        columns, notes = records.headers, records.notes
    stage = table or stage_batches(engine, file, cast("Iterable[Batch]", records))
    counts = settled(engine, file, stage)
    progress(source.path, 0.9)
    _record_source(engine, file, source, counts, columns)
    aside = counts["rows"] - counts["loaded"]
    return Poured(source, counts["rows"], counts["loaded"], aside, notes=(*notes, *stage.notes))


def _drop_temporary(engine: DuckDBPyConnection) -> None:
    for name in ("text", "stage", "spelling", "seen", "folded", "repeated", "said", "opening"):
        with suppress(Exception):
            engine.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _loaded_before(engine: DuckDBPyConnection, source: SourceFile) -> Poured | None:
    row = engine.execute(
        "SELECT rows, loaded FROM source_file WHERE sha256 = $sha", {"sha": source.sha256}
    ).fetchone()
    return None if row is None else Poured(source, row[0], row[1], row[0] - row[1], already=True)


def _record_source(
    engine: DuckDBPyConnection,
    file: int,
    source: SourceFile,
    counts: Mapping[str, int],
    columns: Mapping[str, str],
) -> None:
    engine.execute(
        """INSERT INTO source_file VALUES ($id, $path, $sha, $bytes, $kind, $reliability, $credibility, $marking,
               now(), $rows, $loaded, $counts, $columns)""",
        {
            "id": file,
            "path": source.path,
            "sha": source.sha256,
            "bytes": source.bytes,
            "kind": source.kind,
            "reliability": source.grade.reliability.value,
            "credibility": source.grade.credibility.value,
            "marking": source.marking.value,
            "rows": counts["rows"],
            "loaded": counts["loaded"],
            "counts": as_json(dict(counts)),
            "columns": as_json(dict(columns)),
        },
    )
