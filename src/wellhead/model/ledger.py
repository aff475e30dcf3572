"""A ledger in memory: columns in time order, ready to be traced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wellhead.model.entity import AccountDetail, Entity
from wellhead.model.money import Currency
from wellhead.model.provenance import Evidence, SourceFile
from wellhead.model.transfer import RowReport

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Int64 = npt.NDArray[np.int64]
    Int32 = npt.NDArray[np.int32]
else:
    Int64 = Int32 = Any


@dataclass(frozen=True, slots=True)
class Quality:
    """What a load found, counted by row. Nothing in here was dropped or merged silently.

    `rows` records were read, of which `loaded` became transfers; the others are set aside and stand in
    `reports`, one line each up to a limit and counted beyond it. `duplicates` are rows equal to an earlier
    one in every column; `ties` are neighbouring transfers with the same time; `outside` is the asked period.
    Always: rows == loaded + negative + missing + unreadable + other_legs + no_rate + duplicates_dropped + outside.
    """

    rows: int = 0
    loaded: int = 0
    duplicates: int = 0
    duplicates_dropped: int = 0
    self_transfers: int = 0
    negative: int = 0
    missing: int = 0
    unreadable: int = 0
    rounded: int = 0
    ties: int = 0
    no_zone: int = 0
    other_legs: int = 0
    no_rate: int = 0
    converted: int = 0
    respelled: int = 0
    outside: int = 0
    reports: tuple[RowReport, ...] = ()

    def counts(self) -> dict[str, int]:
        """Every counter by name, for JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "reports"}


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """Transfers of one currency in time order; ties keep the order in which the files state them.

    `time` int64[n] µs since 1970 UTC, ascending · `sender`, `receiver` int32[n] indexes into `accounts` ·
    `amount` int64[n] minor units of `currency`, never negative · `file` int16[n] index into `files` ·
    `row` int64[n] the 1-based row in that file · `opening` int64[len(accounts)] balances held before the
    first transfer. Nobody writes to the arrays.
    """

    time: Int64
    sender: Int32
    receiver: Int32
    amount: Int64
    file: npt.NDArray[np.int16]
    row: Int64
    accounts: Sequence[str]
    opening: Int64
    currency: Currency
    files: tuple[SourceFile, ...] = ()
    quality: Quality = field(default_factory=Quality)
    rates: tuple[str, ...] = ()
    """One sentence per conversion: from, to, rate, date and table."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Other spellings of an account's identifier that stand in the ledger → the spelling in `accounts`."""
    entities: tuple[Entity, ...] = ()
    """What registers read beside the ledger say of people, companies and accounts."""
    details: tuple[AccountDetail, ...] = ()
    """What the ledger's own columns say of its accounts."""

    def __len__(self) -> int:
        return len(self.time)

    def evidence(self, index: int) -> Evidence:
        """The source row of transfer `index`."""
        source = self.files[int(self.file[index])] if self.files else None
        if source is None:
            return Evidence("ledger", int(self.row[index]))
        return Evidence(source.path, int(self.row[index]), source.sha256)

    def __repr__(self) -> str:
        return (
            f"Ledger({len(self):,} transfers, {len(self.accounts):,} accounts, {self.currency.code}, "
            f"{len(self.files)} file{'' if len(self.files) == 1 else 's'})"
        )
