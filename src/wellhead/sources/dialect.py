"""How a delimited text is written: its encoding, delimiter and header."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wellhead.model.errors import InputError
from wellhead.sources.columns import distinct, required_words
from wellhead.sources.opened import OpenedFile
from wellhead.sources.options import ReadOptions

HEAD_BYTES = 256 * 1024
SAMPLE_ROWS = 200
DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """`headers` are the cells of the first row, made distinct; `preamble` is the number of lines above it;
    `rows` are the first rows below it; `clean` says that nothing so far speaks against a strict reader."""

    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    first: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    preamble: int
    clean: bool


def sniff(file: OpenedFile, options: ReadOptions) -> Dialect:
    """How `file` is written, judged by its first 256 KiB. Raises InputError where there is no table."""
    with file.open() as stream:
        head = stream.read(HEAD_BYTES)
    encoding = encoding_of(head)
    whole = len(head) < HEAD_BYTES
    text = decode_head(head, encoding)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    text = "\n".join(lines if whole or len(lines) == 1 else lines[:-1])
    if "\x00" in _first_line(text) or not text.strip():
        what = "is empty" if not text.strip() else "is no text that Wellhead can read"
        raise InputError(f"{what}.", file=file.name, remedy="Give a table with a header row.")
    delimiter = _unescaped(options.delimiter) or _delimiter(text)
    preamble, rows = _table(text, delimiter)
    first = tuple(cell.strip() for cell in rows[0])
    return Dialect(
        encoding=encoding,
        delimiter=delimiter,
        headers=distinct(first),
        first=first,
        rows=tuple(rows[1 : SAMPLE_ROWS + 1]),
        preamble=preamble,
        clean=encoding == "utf-8" and preamble == 0,
    )


def encoding_of(head: bytes) -> str:
    """The encoding by its byte order mark, by the zero bytes of UTF-16, or by whether it is UTF-8."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > 0.3 * (len(head) // 2 + 1) and min(even, odd) < 0.05 * (len(head) // 2 + 1):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8" if _is_utf8(head) else "cp1252"


def decode_head(head: bytes, encoding: str) -> str:
    """The text of a file's beginning, whose last character may be cut."""
    return head.decode(encoding, errors="replace").removeprefix("\ufeff")


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _unescaped(delimiter: str) -> str:
    return {"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter)


def _delimiter(text: str) -> str:
    """The delimiter by which the first row names a ledger's columns, or else by which most rows have the same
    number of fields, two at least."""

    def evidence(delimiter: str) -> tuple[int, int, int]:
        rows = _rows(text, delimiter)
        named = required_words(rows[0])
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width = max(widths, key=lambda w: (widths[w], w), default=0)
        return (named if named > 2 else 0, widths[width], width)

    return max(DELIMITERS, key=evidence)


def _table(text: str, delimiter: str) -> tuple[int, list[tuple[str, ...]]]:
    """The number of lines before the header, and the rows from it on. Titles above a header are narrower
    than the table, which has its usual width in most of the rows."""
    rows = _rows(text, delimiter)
    widths = Counter(len(row) for row in rows)
    usual = max(widths, key=lambda width: (widths[width], width))
    start = next(index for index, row in enumerate(rows) if len(row) >= usual)
    if start > 10 or any(len(row) > 2 for row in rows[:start]):
        start = 0
    lines = text.split("\n")
    preamble = 0
    for _ in range(start):
        preamble = next(i for i in range(preamble, len(lines)) if lines[i].strip()) + 1
    preamble = next((i for i in range(preamble, len(lines)) if lines[i].strip()), preamble)
    return preamble, rows[start:]


def _rows(text: str, delimiter: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                rows.append(tuple(row))
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows or [tuple(_first_line(text).split(delimiter))]


def _first_line(text: str) -> str:
    return next((line for line in text.split("\n") if line.strip()), "")


def shown(row: Sequence[str]) -> str:
    """A row as it is quoted in a message, shortened."""
    text = ", ".join(row)
    return text if len(text) <= 120 else text[:117] + "…"
