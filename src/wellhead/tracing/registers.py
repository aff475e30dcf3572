"""What registers and ledgers say of accounts, holders and ties, indexed once."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from wellhead.model import country
from wellhead.model.entity import AccountDetail, Entity
from wellhead.model.finding import UNKNOWN
from wellhead.model.transfer import canonical_account
from wellhead.tracing.ownership import Stake, parse_share, settled

# FollowTheMoney's schemata of accounts, with the properties that a ledger may call them by.
ACCOUNTS = {
    "BankAccount": ("iban", "accountNumber"),
    "CryptoWallet": ("publicKey", "cryptoAddress", "accountId"),
}
_HOLDING_ROLES = ("holder", "owner", "account holder", "beneficial owner", "beneficiary")
"""Roles of an ``UnknownLink`` to an account that say whose it is."""
# Where a holder lives or is registered: the first property that states a country. Addresses come last.
_RESIDENCE = ("jurisdiction", "mainCountry", "country")
_NATIONALITY = ("nationality", "citizenship")
_VAGUE = ("Thing", "LegalEntity", "Organization")
"""Schemata that say less than those below them, vaguest first."""

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


@dataclass(frozen=True, slots=True, eq=False)
class Registers:
    """Entities by id, accounts by what ledgers call them, and ties by their lower end (what is owned,
    controlled, directed). `doubts` says, by what is owned, where its stated shares do not fit together.
    Build it with `from_entities`."""

    entities: Mapping[str, Entity]
    accounts: Mapping[str, tuple[str, ...]]
    owners: Mapping[str, tuple[Stake, ...]]
    controllers: Mapping[str, tuple[Stake, ...]]
    directors: Mapping[str, tuple[Stake, ...]]
    details: Mapping[str, tuple[AccountDetail, ...]]
    doubts: Mapping[str, str]

    @classmethod
    def from_entities(
        cls, entities: Iterable[Entity], details: Iterable[AccountDetail] = (), *, on: str = ""
    ) -> Registers:
        """Index registers and what ledgers say of accounts; O(entities + ties).

        `on` (ISO 8601 day) keeps the ties in force on that day; without it those not known to have ended.
        An id stated in several files is one entity with the values of all.
        """
        whole: dict[str, Entity] = {}
        for entity in entities:
            stated = whole.get(entity.id)
            whole[entity.id] = entity if stated is None else _merged(stated, entity)
        ties = _Ties(on)
        accounts: dict[str, dict[str, None]] = defaultdict(dict)
        for entity in whole.values():
            for name in ACCOUNTS.get(entity.schema, ()):
                for value in entity.all(name):
                    accounts[canonical_account(value)][entity.id] = None
            ties.add(entity, whole)
        stated_details: dict[str, dict[AccountDetail, None]] = defaultdict(dict)
        for detail in details:
            stated_details[canonical_account(detail.identifier)][detail] = None
        owned = {asset: settled(stakes) for asset, stakes in ties.owners.items()}
        return cls(
            whole,
            {identifier: tuple(ids) for identifier, ids in accounts.items()},
            {asset: found.stakes for asset, found in owned.items()},
            {asset: tuple(stakes) for asset, stakes in ties.controllers.items()},
            {asset: tuple(stakes) for asset, stakes in ties.directors.items()},
            {identifier: tuple(found) for identifier, found in stated_details.items()},
            {asset: found.doubt for asset, found in owned.items() if found.doubt},
        )

    def account(self, identifier: str) -> list[Entity]:
        """What an identifier may mean in the registers: an IBAN, number or address, else an entity's id."""
        found = self.accounts.get(canonical_account(identifier), ())
        by_id = self.entities.get(identifier.strip())
        return [self.entities[i] for i in found] if found else [by_id] if by_id else []

    def detail(self, identifier: str) -> tuple[AccountDetail, ...]:
        """What ledgers say of an account."""
        return self.details.get(canonical_account(identifier), ())

    def name(self, entity: Entity) -> str:
        """The name shown: the first stated, a person's parts put together, or the id."""
        parts = " ".join(filter(None, (entity.first("firstName"), entity.first("lastName"))))
        return entity.first("name") or parts or entity.first("alias") or entity.id


class _Ties:
    """Sorts ownerships, controls and directorships by their lower end."""

    def __init__(self, on: str) -> None:
        self.on = on
        self.owners: dict[str, list[Stake]] = defaultdict(list)
        self.controllers: dict[str, list[Stake]] = defaultdict(list)
        self.directors: dict[str, list[Stake]] = defaultdict(list)

    def add(self, entity: Entity, entities: Mapping[str, Entity]) -> None:
        schema = entity.schema
        if schema == "Ownership":
            self._tie(self.owners, entity, "owner", "asset", _share(entity))
        elif schema == "Control":
            self._tie(self.controllers, entity, "controller", "controlled", None)
        elif schema == "Directorship":
            self._tie(self.directors, entity, "director", "organization", None)
        elif schema == "UnknownLink" and entity.first("role").strip().casefold() in _HOLDING_ROLES:
            self._holding(entity, entities)
        for holder in entity.all("holder") if schema in ACCOUNTS else ():
            self.owners[entity.id].append(Stake(holder, entity.id, None, entity.file, entity.row))
        for parent in entity.all("parent"):
            self.owners[entity.id].append(Stake(parent, entity.id, None, entity.file, entity.row))

    def _tie(
        self, kind: dict[str, list[Stake]], tie: Entity, upper: str, lower: str, share: float | None
    ) -> None:
        if self._in_force(tie):
            for asset in tie.all(lower):
                kind[asset] += [Stake(owner, asset, share, tie.file, tie.row) for owner in tie.all(upper)]

    def _holding(self, link: Entity, entities: Mapping[str, Entity]) -> None:
        """A link without direction: the end that is an account is held by the other."""
        for one, other in (("subject", "object"), ("object", "subject")):
            account = entities.get(link.first(one))
            if account is not None and account.schema in ACCOUNTS:
                self._tie(self.owners, link, other, one, None)

    def _in_force(self, tie: Entity) -> bool:
        """Dates are compared at the coarser's precision, so that a tie that ended in "2015" still counts in
        that year."""
        start, end = tie.first("startDate"), tie.first("endDate")
        if not self.on:
            return not end
        return not (start and start[: len(self.on)] > self.on[: len(start)]) and not (
            end and end[: len(self.on)] < self.on[: len(end)]
        )


def countries(entity: Entity, registers: Registers, *, by_nationality: bool) -> list[str]:
    """The alpha-2 codes of a holder's countries, that to be used first; [] where none is stated.

    Where the deciding property states several, the one that most of the others repeat comes first, then
    alphabetical order decides. An organisation's nationality is where it is registered; a person's is never
    taken from the residence.
    """
    own = by_nationality and entity.schema == "Person"
    names = _NATIONALITY if own else _RESIDENCE
    stated = [_codes(values) for name in names if (values := entity.all(name))]
    if not own and (references := entity.all("addressEntity")):
        addresses = (registers.entities.get(reference) for reference in references)
        stated.append(_codes(value for address in addresses if address for value in address.all("country")))
    deciding = next((found for found in stated if found), [])
    if len(deciding) < 2:
        return deciding
    often = Counter(code for found in stated for code in found)
    return sorted(deciding, key=lambda code: (-often[code], code))


def country_held(identifier: str, registers: Registers) -> tuple[str, list[str]]:
    """The country in which an account is held, and all that are stated at the first place that states any:
    the register's account, its BIC, the IBAN, the bank, the ledger."""
    accounts = [entity for entity in registers.account(identifier) if entity.schema in ACCOUNTS]
    banks = [registers.entities.get(bank) for account in accounts for bank in account.all("bank")]
    details = registers.detail(identifier)
    ibans = [identifier, *(value for account in accounts for value in account.all("iban"))]
    places: tuple[Iterable[str], ...] = (
        (value for account in accounts for value in account.all("country")),
        (bic[4:6] for account in accounts for bic in account.all("bic")),
        (_iban_country(iban) for iban in ibans),
        (code for bank in banks if bank for code in countries(bank, registers, by_nationality=False)[:1]),
        (detail.bank[4:6] for detail in details if _is_bic(detail.bank)),
        (detail.country for detail in details),
    )
    for place in places:
        if found := _codes(place):
            return found[0], found
    return UNKNOWN, []


def _codes(values: Iterable[str]) -> list[str]:
    return sorted({code for code in map(country.alpha2, values) if code})


def _share(tie: Entity) -> float | None:
    return parse_share(tie.first("percentage"))


def _iban_country(identifier: str) -> str:
    """The country of an IBAN whose check digits are right (ISO 13616, ISO 7064 mod 97-10), else ""."""
    iban = canonical_account(identifier)
    if not _IBAN.fullmatch(iban):
        return ""
    digits = "".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])
    return iban[:2] if int(digits) % 97 == 1 else ""


def _is_bic(text: str) -> bool:
    return bool(_BIC.fullmatch(text))


def _merged(first: Entity, second: Entity) -> Entity:
    """Both files' values under the schema that says more. Evidence stays the first's."""
    names = dict.fromkeys((*first.properties, *second.properties))
    values = {name: tuple(dict.fromkeys(first.all(name) + second.all(name))) for name in names}
    vague = first.schema in _VAGUE and first.schema != second.schema
    if vague and second.schema in _VAGUE:
        vague = _VAGUE.index(second.schema) > _VAGUE.index(first.schema)
    return replace(first, schema=second.schema if vague else first.schema, properties=values)
