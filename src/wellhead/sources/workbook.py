"""Worksheets of Excel workbooks, read row by row in constant memory."""

from __future__ import annotations

import csv
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from wellhead.model.errors import InputError, LimitExceeded, UsageError
from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.sources.careful import MOST_REPORTS
from wellhead.sources.opened import OpenedFile

SAMPLE_ROWS = 200


def first_rows(file: OpenedFile, sheet: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The header row (the first that is not empty) and some rows below it."""
    with _worksheet(file, sheet) as rows:
        found = [cells for cells in _upto(rows, SAMPLE_ROWS + 1) if any(cells)]
    if not found:
        raise InputError("its worksheet is empty.", file=file.name, remedy="Name another with --sheet.")
    header = list(found[0])
    while header and not header[-1]:
        header.pop()
    return tuple(header), tuple(tuple(row) for row in found[1:])


def written_out(file: OpenedFile, sheet: str, width: int, out: Path) -> tuple[RowReport, ...]:
    """Write the rows below the header to `out` as RFC 4180 text, each behind its 1-based number. Rows wider
    than the header are reported as broken and left out."""
    reports: list[RowReport] = []
    broken = row = 0
    headed = False
    with out.open("w", encoding="utf-8", newline="") as target, _worksheet(file, sheet) as rows:
        write = csv.writer(target, lineterminator="\n").writerow
        for cells in rows:
            if not any(cells):
                continue
            if not headed:
                headed = True
                continue
            row += 1
            if any(cells[width:]):
                broken += 1
                detail = f"{len(cells)} cells where the header has {width}"
                if broken <= MOST_REPORTS:
                    reports.append(RowReport(file.name, row, Reason.BROKEN_ROW, Action.SET_ASIDE, detail))
                continue
            write((row, *cells[:width], *[""] * (width - len(cells))))
    if broken > MOST_REPORTS:
        more = broken - MOST_REPORTS
        reports.append(
            RowReport(file.name, 0, Reason.BROKEN_ROW, Action.SET_ASIDE, "further broken rows", more)
        )
    return tuple(reports)


def _upto(rows: Iterator[list[str]], most: int) -> Iterator[list[str]]:
    for _ in range(most):
        cells = next(rows, None)
        if cells is None:
            return
        yield cells


@contextmanager
def _worksheet(file: OpenedFile, sheet: str) -> Iterator[Iterator[list[str]]]:
    import openpyxl

    with file.on_disk() as path:
        _within_limits(file, path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except Exception as error:  # openpyxl lets errors of many kinds through from a broken workbook
            raise InputError(f"is no Excel workbook that can be read: {error}.", file=file.name) from error
        try:
            if sheet and sheet not in book.sheetnames:
                raise UsageError(
                    f"{file.name} has no worksheet {sheet!r}.", remedy=f"It has {', '.join(book.sheetnames)}."
                )
            if not book.worksheets:
                raise InputError("has no worksheet.", file=file.name)
            yield _texts(book[sheet] if sheet else book.worksheets[0], file)
        finally:
            book.close()


def _texts(worksheet: Any, file: OpenedFile) -> Iterator[list[str]]:
    rows = worksheet.iter_rows(values_only=True)
    while True:
        try:
            row = next(rows, None)
        except Exception as error:  # as above: the worksheet is parsed as it is read
            raise InputError(f"its worksheet is broken: {error}.", file=file.name) from error
        if row is None:
            return
        yield [_text(cell) for cell in row]


def _text(cell: object) -> str:
    """A cell as text: times in ISO 8601, numbers with as many digits as the workbook stores."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _within_limits(file: OpenedFile, path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as book:
            unpacked = sum(info.file_size for info in book.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"is a broken workbook: {error}.", file=file.name) from error
    most = min(file.limits.unpacked_bytes, max(64 * 2**20, path.stat().st_size * file.limits.ratio))
    if unpacked > most:
        raise LimitExceeded(f"unpacks to {unpacked:,} bytes; {most:,} are read.", file=file.name)
