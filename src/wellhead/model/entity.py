"""People, companies, accounts and the ties between them, in FollowTheMoney's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entity:
    """A FollowTheMoney entity: `schema` and `properties` are its schema's own names (``BankAccount``,
    ``{"iban": ("DE…",), "country": ("de",)}``). Plain, so that loops over millions stay cheap; it was
    validated against the schema when it was read. `file` and `row` say where.
    """

    id: str
    schema: str
    properties: Mapping[str, tuple[str, ...]]
    file: str = ""
    row: int = 0

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a property, () where there is none."""
        return self.properties.get(name, ())

    def first(self, name: str) -> str:
        """The first value of a property, "" where there is none."""
        return next(iter(self.properties.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """What a ledger's own columns say of an account: its holder's name, country and class, and the bank."""

    identifier: str
    name: str = ""
    country: str = ""
    holder_class: str = ""
    bank: str = ""
    file: str = ""
    row: int = 0
