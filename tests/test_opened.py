"""Opening files: plain, gzipped, zipped; bombs and broken archives are refused, never unpacked."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellhead.model.errors import InputError, LimitExceeded
from wellhead.sources.opened import Limits, fingerprint, opened
from wellhead.sources.readers import READERS, reader_for

SMALL = Limits(unpacked_bytes=10_000, ratio=5, members=3)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def contents(path: Path, limits: Limits | None = None) -> dict[str, bytes]:
    read = {}
    for file in opened(path, limits):
        with file.open() as stream:
            read[file.name.removeprefix(str(path))] = stream.read()
    return read


def test_each_packing_gives_the_content(tmp_path: Path) -> None:
    for name, packed in (("a.csv", b"x"), ("a.csv.gz", gzip.compress(b"x")), ("odd", gzip.compress(b"x"))):
        path = tmp_path / name
        path.write_bytes(packed)
        assert contents(path) == {"": b"x"}
        assert fingerprint(next(opened(path))) == (hashlib.sha256(packed).hexdigest(), len(packed))
    path = tmp_path / "two.zip"
    path.write_bytes(zipped(a=b"x", folder__b=b"y", folder__c=gzip.compress(b"z")))
    assert contents(path) == {"/a": b"x", "/folder/b": b"y", "/folder/c": b"z"}
    assert fingerprint(next(opened(path))) == (hashlib.sha256(b"x").hexdigest(), 1)


def test_bombs_stop_at_the_limits(tmp_path: Path) -> None:
    bomb = b"\0" * 20_000
    for name, packed in (
        ("a.gz", gzip.compress(bomb)),
        ("a.zip", zipped(a=bomb)),
        ("b.zip", zipped(a=gzip.compress(bomb))),
    ):
        path = tmp_path / name
        path.write_bytes(packed)
        with pytest.raises(LimitExceeded, match="unpacks to more than"):
            contents(path, SMALL)
    path = tmp_path / "many.zip"
    path.write_bytes(zipped(a=b"", b=b"", c=b"", d=b""))
    with pytest.raises(LimitExceeded, match="holds 4 files"):
        contents(path, SMALL)


def test_what_is_broken_is_an_input_error(tmp_path: Path) -> None:
    whole = gzip.compress(bytes(range(256)) * 100)
    archive = zipped(a=bytes(range(256)) * 100)
    for name, packed in (
        ("a.gz", whole[:-20]),
        ("b.zip", archive[:-40]),
        ("c.zip", archive[:60] + b"!" * 60 + archive[120:]),
    ):
        path = tmp_path / name
        path.write_bytes(packed)
        with pytest.raises(InputError) as refused:
            contents(path)
        assert str(path) in str(refused.value)
    for missing, why in ((tmp_path / "none.csv", "no such file"), (tmp_path, "is a folder")):
        with pytest.raises(InputError, match=why):
            contents(missing)


def test_an_encrypted_member_is_an_input_error(tmp_path: Path) -> None:
    archive = bytearray(zipped(a=b"secret"))
    archive[6] |= 1  # the flag of encryption, in the local header and in the directory
    archive[archive.rindex(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "locked.zip"
    path.write_bytes(bytes(archive))
    with pytest.raises(InputError, match="encrypted"):
        contents(path)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x1f\x8b\x08\x00", b"PK\x03\x04"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_bytes_are_read_or_refused(tmp_path: Path, content: bytes, magic: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(magic + content)
    try:
        read = contents(path)
    except InputError:
        assert (magic + content).startswith((b"\x1f\x8b", b"PK\x03\x04"))
    else:
        assert magic or read == {"": content} or content.startswith(b"\x1f\x8b")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"time,sender\n1,2\n", "csv"),
        ("дата;сумма\n".encode("utf-16"), "csv"),
        (
            b'<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08">',
            "iso20022",
        ),
        (
            b'\xef\xbb\xbf<Doc:Document xmlns:Doc="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">',
            "iso20022",
        ),
        (b"{1:F01BANKBEBBAXXX0000000000}{2:I103BANKDEFFXXXXN}{4:\n:20:X\n-}", "swift_mt"),
        (b"\r\n:20:STARTUMSE\r\n:25:10020030/1234567\r\n", "swift_mt"),
        (b'{"id": "x", "schema": "Person", "properties": {}}\n', "ftm"),
        (b"PAR1....", "parquet"),
        (zipped(**{"[Content_Types].xml": b"<Types/>"}), "xlsx"),
    ],
)
def test_readers_are_chosen_by_content(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(content)
    assert reader_for(next(opened(path))).name == name


@pytest.mark.parametrize(
    "content", [b"<html><body>no ledger</body></html>", b"%PDF-1.7\n", b"\x7fELF\x02\x01", b"\x89PNG\r\n"]
)
def test_what_no_reader_knows_is_refused_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        reader_for(next(opened(path)))
    assert all(reader.what in refused.value.remedy for reader in READERS)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_every_reader_can_be_loaded(reader: object) -> None:
    assert callable(reader.load())  # type: ignore[attr-defined]
