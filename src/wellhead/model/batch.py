"""What a reader hands over, a few thousand records at a time."""

from __future__ import annotations

from dataclasses import dataclass

from wellhead.model.entity import Entity
from wellhead.model.transfer import RowReport, Transfer


@dataclass(frozen=True, slots=True)
class OpeningBalance:
    """What an account held before the first transfer: `amount` in minor units of `currency`."""

    row: int
    account: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one file in their order there. `rows` counts what was read, whether usable or not."""

    transfers: tuple[Transfer, ...] = ()
    entities: tuple[Entity, ...] = ()
    openings: tuple[OpeningBalance, ...] = ()
    reports: tuple[RowReport, ...] = ()
    rows: int = 0
