"""Delimited text that a strict reader refuses, read record by record and written out clean.

A physical line is a record, unless a quote stands open at its end: then the following lines belong to it,
if with them it becomes a well-formed record of the table's width. What cannot be made a record is reported
as one broken row a line, and reading goes on at the next line, so that an open quote never swallows the
file. Memory is constant: a line is read up to a limit, and so are the lines that may belong together.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from wellhead.model.transfer import Action, Reason, RowReport

LONGEST_LINE = 1 << 20
"""Bytes of a line that are looked at; a longer line is a broken row."""
MOST_JOINED = 100
"""Lines that an open quote may join to one record."""
MOST_REPORTS = 10_000
"""Report lines kept for one file and reason; the others are counted."""

_BLOCK = 1 << 20
_TEXT_SHOWN = 200


@dataclass(slots=True)
class _Tally:
    file: str
    reports: list[RowReport] = field(default_factory=list)
    broken: int = 0
    decoded: int = 0
    first_decoded: int = 0

    def refuse(self, row: int, why: str, line: str) -> None:
        self.broken += 1
        if self.broken <= MOST_REPORTS:
            text = line if len(line) <= _TEXT_SHOWN else line[:_TEXT_SHOWN] + "…"
            detail = f"{why}: {text}"
            self.reports.append(RowReport(self.file, row, Reason.BROKEN_ROW, Action.SET_ASIDE, detail))

    def finish(self, encoding: str) -> tuple[RowReport, ...]:
        if self.broken > MOST_REPORTS:
            more = self.broken - MOST_REPORTS
            self.reports.append(
                RowReport(self.file, 0, Reason.BROKEN_ROW, Action.SET_ASIDE, "further broken rows", more)
            )
        if self.decoded:
            how = (
                "read as Windows-1252"
                if encoding in ("utf-8", "cp1252")
                else "unreadable characters became \ufffd"
            )
            detail = f"not valid {'UTF-8' if encoding == 'cp1252' else encoding.upper()}; {how}"
            self.reports.append(
                RowReport(
                    self.file, self.first_decoded, Reason.BAD_ENCODING, Action.LOADED, detail, self.decoded
                )
            )
        return tuple(self.reports)


def tidy(
    stream: IO[bytes], out: Path, *, file: str, encoding: str, delimiter: str, width: int, skip: int
) -> tuple[tuple[RowReport, ...], int]:
    """Write the records of `stream` to `out` as RFC 4180 text, each behind its 1-based number.

    `width` is the number of fields of the table and `skip` the number of lines up to and with its header.
    Gives the reports and the number of rows that could not be made records.
    """
    tally = _Tally(file)
    with out.open("w", encoding="utf-8", newline="") as target:
        write = csv.writer(target, lineterminator="\n").writerow
        for row, fields in enumerate(_records(_lines(stream, encoding), delimiter, width, skip, tally), 1):
            if fields is not None:
                write((row, *fields))
    return tally.finish(encoding), tally.broken


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    guessed: bool = False
    cut: bool = False


def _records(
    lines: Iterator[_Line], delimiter: str, width: int, skip: int, tally: _Tally
) -> Iterator[list[str] | None]:
    """One item a row: its fields, or None where it is broken (and reported)."""
    ahead: deque[_Line] = deque()
    skipped, row = 0, 0
    while line := ahead.popleft() if ahead else next(lines, None):
        if skipped < skip:
            skipped += 1
            continue
        if not line.text.strip():
            continue
        row += 1
        fields, joined, why = _record(line, ahead, lines, delimiter, width)
        taken = [line, *(ahead.popleft() for _ in range(joined))]
        if any(part.guessed for part in taken):
            tally.decoded += 1
            tally.first_decoded = tally.first_decoded or row
        if fields is None:
            tally.refuse(row, why, line.text)
        yield fields


def _record(
    line: _Line, ahead: deque[_Line], lines: Iterator[_Line], delimiter: str, width: int
) -> tuple[list[str] | None, int, str]:
    """The fields of the record that starts with `line`, how many lines ahead belong to it, and what is wrong."""
    if line.cut:
        return None, 0, f"longer than {LONGEST_LINE:,} bytes"
    fields = _parsed(line.text, delimiter)
    if fields is not None:
        return _fitted(fields, width), 0, f"{len(fields)} fields where the header has {width}"
    joined = _joined(line.text, ahead, lines, delimiter, width)
    return joined or (None, 0, "its quotes do not close as they should")


def _joined(
    text: str, ahead: deque[_Line], lines: Iterator[_Line], delimiter: str, width: int
) -> tuple[list[str], int, str] | None:
    """The record that `text` makes with the lines ahead up to the one that closes its quotes."""
    for count in range(1, MOST_JOINED + 1):
        if len(ahead) < count:
            following = next(lines, None)
            if following is None:
                return None
            ahead.append(following)
        if ahead[count - 1].cut or len(text) > LONGEST_LINE:
            return None
        text = f"{text}\n{ahead[count - 1].text}"
        if '"' in ahead[count - 1].text and text.count('"') % 2 == 0:
            fields = _parsed(text, delimiter)
            fitted = None if fields is None else _fitted(fields, width)
            return None if fitted is None else (fitted, count, "")
    return None


def _parsed(text: str, delimiter: str) -> list[str] | None:
    """The fields of one whole record, None where its quoting is not well-formed."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _fitted(fields: list[str], width: int) -> list[str] | None:
    """The fields less empty ones behind the table's width; None where they are fewer or more than that."""
    if len(fields) < width or any(cell.strip() for cell in fields[width:]):
        return None
    return fields[:width]


def _lines(stream: IO[bytes], encoding: str) -> Iterator[_Line]:
    """Lines however they end (CR, LF, both), decoded one by one so that a bad byte costs its line alone."""
    single = encoding in ("utf-8", "cp1252")
    blocks = _blocks(stream)
    for number, (raw, cut) in enumerate(_raw_lines(blocks if single else _as_utf8(blocks, encoding))):
        try:
            text, guessed = raw.decode("utf-8"), not single and _REPLACED in raw
        except UnicodeDecodeError:
            text, guessed = windows_1252(raw), True
        yield _Line(text.removeprefix("\ufeff") if number == 0 else text, guessed, cut)


def _as_itself(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("wellhead_as_itself", _as_itself)


def windows_1252(raw: bytes) -> str:
    """Windows-1252 text; its five undefined bytes stand for themselves, so that nothing is lost."""
    return raw.decode("cp1252", "wellhead_as_itself")


_REPLACED = "\ufffd".encode()


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def _as_utf8(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", True).encode("utf-8", "replace")


def _raw_lines(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each line and whether it was cut at LONGEST_LINE."""
    rest, dropping = b"", False
    for block in _with_line_feeds(blocks):
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            if not dropping:
                yield line[:LONGEST_LINE], len(line) > LONGEST_LINE
            dropping = False
        if len(rest) > LONGEST_LINE:
            if not dropping:
                yield rest[:LONGEST_LINE], True
            rest, dropping = b"", True
    if rest and not dropping:
        yield rest, False


def _with_line_feeds(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks in which every line ends with LF; a CR at a block's end waits for what follows it."""
    waiting = b""
    for block in blocks:
        whole = waiting + block
        waiting = b"\r" if whole.endswith(b"\r") else b""
        yield whole[: len(whole) - len(waiting)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if waiting:
        yield b"\n"
