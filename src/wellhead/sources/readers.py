"""Every reader there is, in one table, and which of them a file asks for.

A reader is one file in this room and one line in READERS. It is recognised by what the file holds, not by
its name, and imported only when it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from wellhead.model.batch import Batch
from wellhead.model.errors import InputError
from wellhead.model.provenance import Grade, Marking, SourceFile
from wellhead.model.table import TransferTable
from wellhead.sources.dialect import decode_head, encoding_of
from wellhead.sources.opened import Limits, OpenedFile, fingerprint, opened
from wellhead.sources.options import ReadOptions

HEAD_BYTES = 64 * 1024

Read = Callable[[OpenedFile, ReadOptions], Iterator[Batch] | TransferTable]


@dataclass(frozen=True, slots=True)
class Reader:
    """`sniff` judges a file by its first bytes, as they are and as text. `path` is ``module:function``."""

    name: str
    what: str
    sniff: Callable[[bytes, str], bool]
    path: str

    def load(self) -> Read:
        """The reading function, imported now."""
        module, _, function = self.path.partition(":")
        read: Read = getattr(import_module(module), function)
        return read


_ISO20022 = re.compile(r"urn:iso:std:iso:20022|<(?:\w+:)?(?:Document|BizMsg|BizMsgEnvlp|AppHdr)[\s>]")
_SWIFT_MT = re.compile(r"\s*(?:\{[1-5S]:|:20:|:25:)|[\s\S]{0,4000}?\{1:F01|[\s\S]{0,200}?(?:^|\n):20:")
_FTM = re.compile(r'\s*\{[^\n]*"schema"\s*:\s*"')


READERS: tuple[Reader, ...] = (
    Reader("parquet", "Parquet table", lambda raw, text: raw.startswith(b"PAR1"),
           "wellhead.sources.ledger_table:read_parquet"),
    Reader("xlsx", "Excel workbook", lambda raw, text: raw.startswith(b"PK\x03\x04"),
           "wellhead.sources.ledger_table:read_workbook"),
    Reader("iso20022", "ISO 20022 messages", lambda raw, text: _is_xml(text) and bool(_ISO20022.search(text)),
           "wellhead.sources.iso20022:read"),
    Reader("swift_mt", "SWIFT MT messages", lambda raw, text: bool(_SWIFT_MT.match(text)),
           "wellhead.sources.swift_mt:read"),
    Reader("ftm", "FollowTheMoney entities", lambda raw, text: bool(_FTM.match(text)),
           "wellhead.sources.ftm:read"),
    Reader("csv", "delimited text", lambda raw, text: not _is_xml(text) and not _is_binary(raw),
           "wellhead.sources.ledger_table:read_delimited"),
)  # fmt: skip
"""In the order in which they are asked; the first that knows the file reads it."""


@dataclass(frozen=True, slots=True)
class FileRecords:
    """One file's records, ready to be poured into a case."""

    source: SourceFile
    records: Iterator[Batch] | TransferTable


def read_path(
    path: Path,
    options: ReadOptions | None = None,
    *,
    limits: Limits | None = None,
    grade: Grade | None = None,
    marking: Marking = Marking.AMBER,
    shown: str = "",
) -> Iterator[FileRecords]:
    """The records of a file, or of each file in a zip. `shown` is the name that the user is told ("" the
    path itself). Raises InputError for a file that no reader knows."""
    for file in opened(path, limits):
        named = replace(file, name=file.name.replace(str(path), shown, 1)) if shown else file
        reader = reader_for(named)
        digest, size = fingerprint(named)
        source = SourceFile(named.name, digest, size, reader.name, grade or Grade(), marking)
        yield FileRecords(source, read(named, options))


def read(file: OpenedFile, options: ReadOptions | None = None) -> Iterator[Batch] | TransferTable:
    """The records of one stream, by the reader that knows it."""
    return reader_for(file).load()(file, options or ReadOptions())


def reader_for(file: OpenedFile) -> Reader:
    """The reader for a file, judged by its content. Raises InputError where none knows it."""
    with file.open() as stream:
        raw = stream.read(HEAD_BYTES)
    text = decode_head(raw, encoding_of(raw)).lstrip("\ufeff\r\n\t ")
    for reader in READERS:
        if reader.sniff(raw, text):
            return reader
    raise InputError(
        "is nothing that Wellhead reads.",
        file=file.name,
        remedy=f"It reads {', '.join(reader.what for reader in READERS)}; plain, gzipped or in a zip.",
    )


def _is_xml(text: str) -> bool:
    return text.startswith("<")


def _is_binary(raw: bytes) -> bool:
    """Whether the first line is no text in any encoding. Rubbish further down is for the load report."""
    if encoding_of(raw).startswith(("utf-16", "utf-32")):
        return False
    first = raw.split(b"\n", 1)[0][:4096]
    control = sum(first.count(byte) for byte in range(32) if byte not in b"\t\r\x0b\x0c\x1b")
    return first[:4] in (b"\x7fELF", b"%PDF", b"\x89PNG") or control * 20 > len(first)
