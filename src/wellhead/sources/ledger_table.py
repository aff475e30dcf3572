# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""Ledgers that are tables: delimited text, Parquet, Excel workbooks.

Each is offered as a `TransferTable`: what to select from, and which column means what. DuckDB reads clean
delimited text and Parquet by itself. All else (other encodings, broken records, workbooks) is first written
out clean to a temporary file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from wellhead.model.errors import InputError, MissingColumns
from wellhead.model.table import Relation, TransferTable
from wellhead.model.transfer import RowReport
from wellhead.sources.careful import LONGEST_LINE, tidy
from wellhead.sources.columns import Guess, guess, looks_headerless, resolve, try_guess
from wellhead.sources.dialect import Dialect, shown, sniff
from wellhead.sources.opened import OpenedFile
from wellhead.sources.options import ReadOptions

Opener = Callable[[], AbstractContextManager[Relation]]


def read_delimited(file: OpenedFile, options: ReadOptions) -> TransferTable:
    """A CSV, TSV or other delimited text. Raises MissingColumns where its columns are unclear, InputError
    where there is no table."""
    dialect = sniff(file, options)
    headed = _is_headed(dialect, options, file.name)
    rows = dialect.rows if headed else (dialect.first, *dialect.rows)
    headers = dialect.headers if headed else tuple(str(n) for n in range(1, len(dialect.headers) + 1))
    careful = partial(_tidied, file, dialect, headed)
    strict = partial(_strict, file, dialect, headed) if dialect.clean else careful
    notes = _encoding_notes(dialect)
    return _table(file, options, headers, rows, (strict, careful), notes)


def read_parquet(file: OpenedFile, options: ReadOptions) -> TransferTable:
    """A Parquet file; every column is taken as text, binary ones as 0x-hexadecimal."""
    with file.on_disk() as path:
        described, rows = _parquet_schema(path, file.name)
    headers = tuple(described)
    opener = partial(_parquet, file, described)
    return _table(file, options, headers, rows, (opener, opener), ())


def read_workbook(file: OpenedFile, options: ReadOptions) -> TransferTable:
    """A worksheet of an Excel workbook, its first row the header. Cells are taken as their stored values,
    not as they are displayed."""
    from wellhead.sources.workbook import first_rows, written_out

    first, rows = first_rows(file, options.sheet)
    from wellhead.sources.columns import distinct

    opener = partial(_written, file, options.sheet, len(first), written_out)
    return _table(file, options, distinct(first), rows, (opener, opener), (), excel_serials=True)


def _table(
    file: OpenedFile,
    options: ReadOptions,
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    openers: tuple[Opener, Opener],
    notes: tuple[str, ...],
    excel_serials: bool = False,
) -> TransferTable:
    found = _guessed(headers, rows, options, file.name)
    positions = resolve(headers, found.mapping, file.name)
    meaning = {word: f"c{where[0] + 1}" for word, where in positions.items()}
    if len(positions["time"]) == 2:
        meaning["clock"] = f"c{positions['time'][1] + 1}"
    return TransferTable(
        name=file.name,
        meaning=meaning,
        headers=found.mapping,
        strict=openers[0],
        careful=openers[1],
        currency=options.currency or found.currency,
        date_format=options.date_format,
        zone=options.zone,
        excel_serials=excel_serials,
        notes=(*notes, *found.reasons),
    )


def _guessed(headers: Sequence[str], rows: Sequence[Sequence[str]], options: ReadOptions, file: str) -> Guess:
    """The user's mapping, filled up by guesses for the words and columns that it leaves open."""
    given = dict(options.columns)
    required = ("time", "sender", "receiver", "amount")
    if not given and options.guessed:
        return guess(headers, rows, file)
    used = {place for places in resolve(headers, given, file).values() for place in places}
    if options.guessed:
        others = [h if i not in used else "" for i, h in enumerate(headers)]
        found = try_guess(others, rows)
        added = {word: h for word, h in found.mapping.items() if word not in given}
    else:
        added = {}
    missing = [word for word in required if word not in given and word not in added]
    if missing:
        raise MissingColumns(
            f"{file}: the mapping names no column for {' and '.join(missing)}.",
            remedy=f"Add {','.join(f'{word}=…' for word in missing)}; its columns are {', '.join(headers)}.",
        )
    amount = given.get("amount", added.get("amount", ""))
    named = try_guess([amount], ()).currency
    reasons = tuple(f"{word} = {header!r} (guessed)" for word, header in added.items())
    return Guess({**given, **added}, 1.0, reasons, named)


def _is_headed(dialect: Dialect, options: ReadOptions, file: str) -> bool:
    """Whether the first row is a header. Raises MissingColumns for a table without one, unless its columns
    are given by position."""
    if not looks_headerless(dialect.first):
        return True
    if options.columns and all(_is_position(where) for where in options.columns.values()):
        return False
    if options.columns and any(where in dialect.headers for where in options.columns.values()):
        return True
    raise MissingColumns(
        f"{file} has no header row; its first row is: {shown(dialect.first)}.",
        remedy="Say which column is which by number: --columns time=1,sender=2,receiver=3,amount=4.",
    )


def _is_position(where: str) -> bool:
    return all(part.strip().isdigit() for part in where.split("+"))


def _encoding_notes(dialect: Dialect) -> tuple[str, ...]:
    if dialect.encoding == "utf-8":
        return ()
    name = {"cp1252": "Windows-1252 (it is not UTF-8)"}.get(dialect.encoding, dialect.encoding.upper())
    return (f"The text was read as {name}.",)


@contextmanager
def _strict(file: OpenedFile, dialect: Dialect, headed: bool) -> Iterator[Relation]:
    with file.on_disk() as path:
        yield _text_relation(path, dialect.delimiter, len(dialect.headers), headed)


@contextmanager
def _tidied(file: OpenedFile, dialect: Dialect, headed: bool) -> Iterator[Relation]:
    with tempfile.TemporaryDirectory(prefix="wellhead-") as folder, file.open() as stream:
        out = Path(folder, "records.csv")
        reports, refused = tidy(
            stream,
            out,
            file=file.name,
            encoding=dialect.encoding,
            delimiter=dialect.delimiter,
            width=len(dialect.headers),
            skip=dialect.preamble + headed,
        )
        yield _numbered_relation(out, len(dialect.headers), reports, refused)


@contextmanager
def _written(
    file: OpenedFile,
    sheet: str,
    width: int,
    write: Callable[[OpenedFile, str, int, Path], tuple[RowReport, ...]],
) -> Iterator[Relation]:
    with tempfile.TemporaryDirectory(prefix="wellhead-") as folder:
        out = Path(folder, "records.csv")
        reports = write(file, sheet, width, out)
        yield _numbered_relation(out, width, reports, sum(report.count for report in reports))


def _numbered_relation(path: Path, width: int, reports: tuple[RowReport, ...], refused: int) -> Relation:
    relation = _text_relation(path, ",", width + 1, False)
    first, *columns = relation.columns
    renamed = ", ".join([f"{first} AS r", *(f"{name} AS c{i}" for i, name in enumerate(columns, 1))])
    sql = f"(SELECT {renamed} FROM {relation.sql})"
    names = tuple(f"c{i}" for i in range(1, width + 1))
    return Relation(sql, relation.parameters, names, "r", reports, refused)


def _text_relation(path: Path, delimiter: str, width: int, headed: bool) -> Relation:
    names = tuple(f"c{i}" for i in range(1, width + 1))
    types = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    sql = (
        f"read_csv($path, auto_detect = false, columns = {{{types}}}, header = {str(headed).lower()}, "
        "delim = $delimiter, quote = '\"', escape = '\"', strict_mode = true, null_padding = false, "
        f"ignore_errors = false, max_line_size = {4 * LONGEST_LINE})"
    )
    return Relation(sql, {"path": _literal_path(path), "delimiter": delimiter}, names)


def _literal_path(path: Path) -> str:
    """A path in which DuckDB finds no wildcard: each ``*``, ``?`` and ``[`` in a set of its own."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


@contextmanager
def _parquet(file: OpenedFile, described: Mapping[str, str]) -> Iterator[Relation]:
    with file.on_disk() as path:
        names = tuple(f"c{i}" for i in range(1, len(described) + 1))
        selected = ", ".join(
            f"{_as_text(quoted(header), kind)} AS {name}"
            for (header, kind), name in zip(described.items(), names, strict=True)
        )
        source = "read_parquet($path, file_row_number = true)"
        sql = f"(SELECT file_row_number + 1 AS r, {selected} FROM {source})"
        yield Relation(sql, {"path": _literal_path(path)}, names, "r")


def quoted(identifier: str) -> str:
    """An SQL identifier, whatever characters it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def _as_text(column: str, kind: str) -> str:
    return f"'0x' || lower(hex({column}))" if kind == "BLOB" else f"nullif(CAST({column} AS VARCHAR), '')"


def _parquet_schema(path: Path, name: str) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    import duckdb

    where = {"path": _literal_path(path)}
    try:
        with duckdb.connect() as engine:
            engine.execute("SET TimeZone = 'UTC'")
            rows = engine.execute("DESCRIBE SELECT * FROM read_parquet($path)", where).fetchall()
            described = {row[0]: row[1] for row in rows}
            listed = ", ".join(f"{_as_text(quoted(h), kind)}" for h, kind in described.items())
            query = f"SELECT {listed} FROM read_parquet($path) LIMIT 200"
            sample = engine.execute(query, where).fetchall()
    except duckdb.Error as error:
        raise InputError(f"is no Parquet file that can be read: {_first(error)}.", file=name) from error
    return described, [tuple("" if cell is None else cell for cell in row) for row in sample]


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
