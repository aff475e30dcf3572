"""Pouring text, files and records into a case in memory, for the tests of tables, store and currency."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from wellhead.model.ledger import Ledger
from wellhead.model.provenance import SourceFile
from wellhead.model.transfer import RowReport
from wellhead.sources.options import ReadOptions
from wellhead.sources.readers import read_path
from wellhead.store.case_file import MEMORY, CaseFile, Poured
from wellhead.store.load import Selection, load_ledger
from wellhead.store.rates import RateTable

COLUMNS = {"time": "time", "sender": "sender", "receiver": "receiver", "amount": "amount"}


@dataclass(frozen=True)
class Loaded:
    """A ledger and what its load said. `rows` are (file row, time, sender, receiver, amount), in file order."""

    ledger: Ledger
    poured: tuple[Poured, ...]
    reports: tuple[RowReport, ...]

    @property
    def rows(self) -> list[tuple[int, int, str, str, int]]:
        ledger = self.ledger
        names = ledger.accounts
        return sorted(
            (int(ledger.row[i]), int(ledger.time[i]), names[ledger.sender[i]], names[ledger.receiver[i]],
             int(ledger.amount[i]))
            for i in range(len(ledger))
        )  # fmt: skip

    @property
    def amounts(self) -> list[int]:
        return [amount for *_, amount in self.rows]

    @property
    def times(self) -> list[int]:
        return [time for _, time, *_ in self.rows]

    def reasons(self) -> dict[int, str]:
        """File row → reason, of the rows set aside."""
        return {r.row: r.reason.value for r in self.reports if r.action.value == "set aside"}


def load(
    *paths: Path,
    options: ReadOptions | None = None,
    selection: Selection | None = None,
    rates: RateTable | None = None,
) -> Loaded:
    """The ledger of some files, read into a case in memory."""
    with CaseFile.open(MEMORY) as case:
        poured = tuple(
            case.pour(file.source, file.records) for path in paths for file in read_path(path, options)
        )
        ledger = load_ledger(case, selection, rates)
    return Loaded(ledger, poured, ledger.quality.reports)


def load_text(folder: Path, text: str | bytes, options: ReadOptions | None = None, **more: object) -> Loaded:
    """The ledger of a CSV text."""
    path = folder / "ledger.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path, options=options, **more)  # type: ignore[arg-type]


def column(values: list[str], word: str = "amount", **others: str) -> str:
    """A ledger whose `word` column holds `values` and whose other columns are plain."""
    plain = {"time": "2024-01-01", "sender": "A", "receiver": "B", "amount": "1"} | others
    lines = ["\t".join(plain)]
    lines += ["\t".join({**plain, word: value}.values()) for value in values]
    return "\n".join(lines) + "\n"


def source(name: str, content: bytes = b"", kind: str = "csv") -> SourceFile:
    """A source file that is not on disk."""
    return SourceFile(name, hashlib.sha256(name.encode() + content).hexdigest(), len(content), kind)
