"""The holders and accounts of the demo case."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from wellhead.demo.names import invented
from wellhead.model.finding import HolderClass

BANKS = ("A", "B", "C")
"""A and C keep accounts in US dollars; B in euros, with a few dollar accounts."""
EUROS = "B"
_SCHEMATA = {
    HolderClass.PERSON: "Person",
    HolderClass.OFFICIAL: "Person",
    HolderClass.COMPANY: "Company",
    HolderClass.BANK: "Company",
    HolderClass.CHARITY: "Organization",
    HolderClass.STATE: "PublicBody",
}


@dataclass(frozen=True, slots=True)
class Holder:
    """A party of the register. `schema` is FollowTheMoney's."""

    id: str
    name: str
    latin: str
    country: str
    nationality: str
    holder_class: HolderClass
    schema: str
    state_owned: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """An account of one of the banks; `holder` is None where no register knows it."""

    number: str
    bank: str
    holder: Holder | None


@dataclass(slots=True)
class Cast:
    """Everyone who appears, in the order of entrance. An account is known by its place in `accounts`."""

    rng: np.random.Generator
    holders: list[Holder] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)

    def holder(self, country: str, kind: HolderClass, *, state_owned: bool = False) -> Holder:
        """A new party. One person in eight is a national of another country than that of residence."""
        name, latin = invented(self.rng, HolderClass.COMPANY if state_owned else kind)
        abroad = kind is HolderClass.PERSON and self.holders and self.rng.random() < 0.125
        nationality = self.holders[int(self.rng.integers(len(self.holders)))].country if abroad else country
        schema = "Company" if state_owned else _SCHEMATA[kind]
        made = Holder(
            f"party-{len(self.holders) + 1:06d}", name, latin, country, nationality, kind, schema, state_owned
        )
        self.holders.append(made)
        return made

    def account(self, holder: Holder | None, bank: str) -> int:
        """A new account; gives its place in `accounts`."""
        self.accounts.append(Account(f"{bank}{len(self.accounts) + 1:08d}", bank, holder))
        return len(self.accounts) - 1

    def opened(self, country: str, kind: HolderClass, bank: str = "") -> int:
        """A new account of a new party, at any bank unless one is named. Unknown holders get no party."""
        holder = None if kind is HolderClass.UNKNOWN else self.holder(country, kind)
        return self.account(holder, bank or BANKS[int(self.rng.integers(len(BANKS)))])
