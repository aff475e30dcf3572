"""What was found, with the evidence it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wellhead.model.provenance import Evidence, Grade

UNKNOWN = ""
"""The label of what cannot be attributed. It is a line of its own wherever amounts are listed."""


class HolderClass(StrEnum):
    """Who holds an account. A state body is never added to the private persons of its country."""

    STATE = "state body"
    OFFICIAL = "public official"
    COMPANY = "company"
    CHARITY = "charity"
    BANK = "bank"
    PERSON = "private person"
    UNKNOWN = "unknown"


class Criterion(StrEnum):
    """By which tie an origin is counted to a country. Every report names the one it used."""

    HELD = "held"
    """The country in which the account is held (its bank, or the country code of its IBAN)."""
    RESIDENCE = "residence"
    """The country in which the holder lives or is registered."""
    NATIONALITY = "nationality"
    """The holder's nationality; for an organisation, where it is registered."""
    OWNER = "owner"
    """The country of the holder's controlling owner: residence or registration."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transfer of a chain. `amount` is the whole transfer in minor units; `rested_days` is how long
    the money had rested at the sender (None for the step at which it was born); `time` is µs UTC."""

    time: int
    sender: str
    receiver: str
    amount: int
    rested_days: float | None
    evidence: Evidence
    sender_name: str = ""
    receiver_name: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of transfers from an origin to the target. `amount` (minor units) is what went all the way."""

    origin: str
    amount: float
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Chains:
    """The largest chains from an origin or group. `sum(amount) + remainder == total`, in minor units."""

    label: str
    total: float
    chains: tuple[Chain, ...]
    remainder: float


@dataclass(frozen=True, slots=True)
class OriginLine:
    """One origin's part of the receipts. `share` is a fraction of them; `unfollowed` is the part of `amount`
    that was not born at this account but rested there longer than the horizon."""

    id: str
    amount: float
    share: float
    name: str = ""
    country: str = UNKNOWN
    holder_class: HolderClass = HolderClass.UNKNOWN
    unfollowed: float = 0


@dataclass(frozen=True, slots=True)
class CountryLine:
    """One country's part of the receipts, split by the class of holder; `country` is ISO 3166 alpha-2."""

    country: str
    amount: float
    share: float
    by_class: Mapping[HolderClass, float]
    origins: int


@dataclass(frozen=True, slots=True)
class Flow:
    """An edge of the flow picture: `amount` of the receipts that went from `source` through `payer`, the
    last account before the target. `source` is a country code ("" unknown, "*" all others)."""

    source: str
    payer: str
    amount: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure, what it means in words, how it was reached and what it rests on.

    `low` and `high` bound the figure where it is uncertain (None where it is a definition's exact result).
    `evidence` names the largest records first; `evidence_total` says how many there are in all.
    """

    id: str
    statement: str
    value: float
    unit: str
    method: str
    parameters: Mapping[str, str]
    evidence: tuple[Evidence, ...]
    evidence_total: int
    grade: Grade = field(default_factory=Grade)
    low: float | None = None
    high: float | None = None
