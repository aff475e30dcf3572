"""Files as they lie on disk: plain, gzipped, or inside a zip, opened within limits."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from wellhead.model.errors import InputError, LimitExceeded

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may unfold to. `ratio` is unpacked bytes per packed byte, judged past 64 MiB."""

    unpacked_bytes: int = 64 * 2**30
    ratio: int = 200
    members: int = 10_000


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """One readable stream: a file, or a member of a zip. `name` is what the user is shown."""

    path: Path
    name: str
    member: str | None = None
    limits: Limits = Limits()

    def open(self) -> IO[bytes]:
        """The unpacked bytes from the start. Raises LimitExceeded while reading a bomb, InputError for a
        broken archive or an unreadable file."""
        try:
            if self.member is not None:
                archive = zipfile.ZipFile(self.path)
                packed = archive.getinfo(self.member).compress_size
                stream = _guard(archive.open(self.member), packed, self, archive)
            else:
                packed = self.path.stat().st_size
                stream = self.path.open("rb")
            if stream.peek(2)[:2] != GZIP_MAGIC:
                return stream
            return _guard(cast("IO[bytes]", gzip.open(stream)), packed, self, stream)
        except (OSError, zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError) as error:
            raise InputError(f"cannot be opened: {error}.", file=self.name) from error

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """A path with the unpacked bytes, for engines that want one: the file itself, or a temporary copy."""
        if self.is_plain:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="wellhead-") as folder:
            copy = Path(folder, "content")
            with self.open() as stream, copy.open("wb") as target:
                shutil.copyfileobj(stream, target, 1 << 20)
            yield copy

    @property
    def is_plain(self) -> bool:
        """Whether the bytes on disk are the content itself, so that another engine may read the path."""
        return self.member is None and not _starts_with(self.path, GZIP_MAGIC)

    @property
    def suffix(self) -> str:
        """The lower-case suffix of the content: ``.csv`` for ``ledger.csv.gz``."""
        inner = Path(self.member or self.path.name)
        return (inner.with_suffix("") if inner.suffix.lower() == ".gz" else inner).suffix.lower()


def opened(path: Path, limits: Limits | None = None) -> Iterator[OpenedFile]:
    """The streams in a file: itself, or each file in a zip. Workbooks are zips and stay whole."""
    limits = limits or Limits()
    if path.is_dir():
        raise InputError("is a folder.", file=str(path), remedy="Name its files, as in folder/*.csv.")
    if not path.is_file():
        raise InputError("no such file.", file=str(path), remedy="Check the path.")
    if not _starts_with(path, ZIP_MAGIC):
        yield OpenedFile(path, str(path), None, limits)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            is_workbook = "[Content_Types].xml" in archive.namelist()
    except zipfile.BadZipFile as error:
        raise InputError(f"is a broken zip archive: {error}.", file=str(path)) from error
    if is_workbook:
        yield OpenedFile(path, str(path), None, limits)
        return
    if len(members) > limits.members:
        raise LimitExceeded(f"holds {len(members):,} files; {limits.members:,} are read.", file=str(path))
    for info in members:
        yield OpenedFile(path, f"{path}/{info.filename}", info.filename, limits)


def sha256(path: Path) -> str:
    """Lower-case hex SHA-256 of the bytes on disk, in constant memory."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fingerprint(file: OpenedFile) -> tuple[str, int]:
    """SHA-256 and size of the bytes on disk; of a member of a zip, those of its unpacked content."""
    if file.member is None:
        return sha256(file.path), file.path.stat().st_size
    digest, size = hashlib.sha256(), 0
    with file.open() as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


class Closable(Protocol):
    """What a stream reads from, to be closed with it."""

    def close(self) -> None: ...


class _GuardedStream(io.RawIOBase):
    """Counts the unpacked bytes and stops at the limits."""

    def __init__(self, inner: IO[bytes], packed_bytes: int, file: OpenedFile, beneath: Closable) -> None:
        self._inner, self._file, self._count, self._beneath = inner, file, 0, beneath
        self._most = min(file.limits.unpacked_bytes, max(64 * 2**20, packed_bytes * file.limits.ratio))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            block = self._inner.read(len(buffer))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise InputError(f"is broken inside: {error}.", file=self._file.name) from error
        self._count += len(block)
        if self._count > self._most:
            raise LimitExceeded(
                f"unpacks to more than {self._most:,} bytes.",
                file=self._file.name,
                remedy="Unpack it yourself if you trust it.",
            )
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._inner.close()
        self._beneath.close()
        super().close()


def _guard(inner: IO[bytes], packed: int, file: OpenedFile, beneath: Closable) -> io.BufferedReader:
    return io.BufferedReader(_GuardedStream(inner, packed, file, beneath), 1 << 20)


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(magic)) == magic
