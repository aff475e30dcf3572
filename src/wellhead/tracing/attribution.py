"""Account → holder → controlling owner → country and class of holder, by a criterion that is always named.

Country and class always describe the *same* entity (the holder, or under `Criterion.OWNER` its controlling
owner), so that "the state of X" is never the country of one and the class of another. Under `Criterion.HELD`
the country is the bank's; a state body or official of another country is then of unknown class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from wellhead.model import country
from wellhead.model.entity import AccountDetail, Entity
from wellhead.model.errors import UsageError
from wellhead.model.finding import UNKNOWN, Criterion, HolderClass
from wellhead.model.provenance import Evidence
from wellhead.tracing.holder_class import classify, stated_class
from wellhead.tracing.holders import Holder, controlling_owner, holder_of
from wellhead.tracing.registers import Registers, countries, country_held

CONTROL_THRESHOLD = 0.25
"""The share above which ownership is taken for control: FATF's Recommendation 24 names 25 % as the customary
maximum, the European Union's anti-money-laundering law as the indicator of it."""

_Text = TypeVar("_Text", bound=str)

__all__ = ["CONTROL_THRESHOLD", "AccountDetail", "Attributed", "Registers", "attribute", "labels"]


@dataclass(frozen=True, slots=True)
class Attributed:
    """Whose an account is and to which country it counts. Ids are the registers' entity ids; where a ledger
    alone names the holder, `holder` is "" and `holder_name` is what it says.

    `country` is ISO 3166 alpha-2, "" unknown. `reason` says why this class, `control` how the owner was
    found ("owns 60 %", "director: no owner is known"). `ambiguous` lists, in words, each point at which the
    evidence allows another answer; the choice made is always the same for the same evidence.
    """

    identifier: str
    holder: str = ""
    holder_name: str = ""
    owner: str = ""
    owner_name: str = ""
    country: str = UNKNOWN
    holder_class: HolderClass = HolderClass.UNKNOWN
    reason: str = "nothing is known of the holder"
    control: str = ""
    ambiguous: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def attribute(
    identifiers: Sequence[str],
    registers: Registers,
    criterion: Criterion,
    threshold: float = CONTROL_THRESHOLD,
) -> list[Attributed]:
    """One line for each account identifier, in the order given.

    `threshold` (0-1) is the least effective share that makes an ultimate owner the controlling one. O(1) for
    each account, and once for each holder what `ownership.effective_shares` takes.
    """
    if not 0 < threshold <= 1:
        raise UsageError(f"{threshold} is no share: a threshold lies above 0 and at most at 1, as in 0.25.")
    known: dict[str, _View] = {}
    return [_attributed(identifier, registers, criterion, threshold, known) for identifier in identifiers]


def labels(attributed: Iterable[Attributed], by: str) -> list[str]:
    """What each account is counted under, `by` account, holder, owner or country; "" is unknown.

    Holders and owners are counted by entity id. A holder that only a ledger names is counted for each of its
    accounts apart: a name alone does not make two accounts one person's.
    """
    if by not in _LABELS:
        raise UsageError(f"{by!r} is nothing to count by.", remedy=f"Choose one of {', '.join(_LABELS)}.")
    return [_LABELS[by](line) for line in attributed]


def _holder_label(line: Attributed) -> str:
    return line.holder or (f"{line.holder_name} [{line.identifier}]" if line.holder_name else UNKNOWN)


def _owner_label(line: Attributed) -> str:
    return line.owner or (f"{line.owner_name} [{line.identifier}]" if line.owner_name else UNKNOWN)


_LABELS: dict[str, Callable[[Attributed], str]] = {
    "account": lambda line: line.identifier,
    "holder": _holder_label,
    "owner": _owner_label,
    "country": lambda line: line.country,
}


@dataclass(frozen=True, slots=True)
class _View:
    """What a criterion says of a holder, whichever of its accounts it is asked about."""

    owner: str
    owner_name: str
    control: str
    country: str
    holder_class: HolderClass
    reason: str
    ambiguous: tuple[str, ...]
    evidence: tuple[Evidence, ...]


def _attributed(
    identifier: str, registers: Registers, criterion: Criterion, threshold: float, known: dict[str, _View]
) -> Attributed:
    holder = holder_of(identifier, registers)
    details = registers.detail(identifier)
    if holder.entity is None:
        bare = Attributed(identifier, evidence=holder.evidence)
        line = _from_ledger(bare, details, criterion) if details else bare
    else:
        view = known.get(holder.id)
        if view is None:
            view = known[holder.id] = _view(holder.entity, registers, criterion, threshold)
        line = Attributed(
            identifier,
            holder.id,
            holder.name,
            view.owner,
            view.owner_name,
            view.country,
            view.holder_class,
            view.reason,
            view.control,
            holder.ambiguous + view.ambiguous,
            holder.evidence + view.evidence,
        )
        if details and criterion is Criterion.RESIDENCE and not line.country:
            line = _country_from_ledger(line, details)
    return _where_held(line, holder, registers) if criterion is Criterion.HELD else line


def _view(holder: Entity, registers: Registers, criterion: Criterion, threshold: float) -> _View:
    control = controlling_owner(holder, registers, threshold)
    owner = control.owner
    owner_id, owner_name = (owner.id, registers.name(owner)) if owner else ("", "")
    by_owner = criterion is Criterion.OWNER
    described = owner if by_owner else holder
    if described is None:
        unknown = "the controlling owner is not known"
        return _View("", "", "", UNKNOWN, HolderClass.UNKNOWN, unknown, control.ambiguous, control.evidence)
    found = countries(described, registers, by_nationality=criterion is Criterion.NATIONALITY)
    kind, reason = classify(described)
    doubts = control.ambiguous if by_owner else ()
    if len(found) > 1:
        listed = ", ".join(country.name(code) for code in found)
        doubts += (f"{registers.name(described)} is stated in {len(found)} countries ({listed})",)
    return _View(
        owner_id,
        owner_name,
        control.how,
        found[0] if found else UNKNOWN,
        kind,
        reason,
        doubts,
        control.evidence if by_owner else (),
    )


def _country_from_ledger(line: Attributed, details: Sequence[AccountDetail]) -> Attributed:
    places = _distinct(country.alpha2(detail.country) for detail in details)
    if len(places) != 1:
        return line
    said = "the register states no country for the holder; the ledger's is taken"
    return replace(line, country=places[0], ambiguous=(*line.ambiguous, said))


def _from_ledger(line: Attributed, details: Sequence[AccountDetail], criterion: Criterion) -> Attributed:
    """What the ledgers' own columns say of a holder that no register has."""
    names = _distinct(detail.name for detail in details)
    places = _distinct(country.alpha2(detail.country) for detail in details)
    kinds = _distinct(stated_class(detail.holder_class) for detail in details)
    kinds = [kind for kind in kinds if kind is not HolderClass.UNKNOWN] or [HolderClass.UNKNOWN]
    natural = kinds[0] in (HolderClass.PERSON, HolderClass.OFFICIAL, HolderClass.UNKNOWN)
    owned = kinds[0] in (HolderClass.COMPANY, HolderClass.BANK, HolderClass.UNKNOWN)
    name = names[0] if names else ""
    line = replace(
        line,
        holder_name=name,
        owner_name="" if owned else name,
        holder_class=kinds[0],
        reason="as the ledger states it" if kinds[0] is not HolderClass.UNKNOWN else line.reason,
        country=places[0] if places else UNKNOWN,
        ambiguous=line.ambiguous
        + _several("names of the holder", names)
        + _several("countries", [country.name(code) for code in places])
        + _several("classes", kinds),
        evidence=tuple(
            dict.fromkeys(Evidence(d.file, d.row, note="the ledger's words") for d in details if d.file)
        )[:3],
    )
    if criterion is Criterion.NATIONALITY and natural:
        return replace(line, country=UNKNOWN)
    if criterion is Criterion.OWNER and owned:
        return replace(
            line,
            country=UNKNOWN,
            holder_class=HolderClass.UNKNOWN,
            reason="the controlling owner is not known",
        )
    return line


def _where_held(line: Attributed, holder: Holder, registers: Registers) -> Attributed:
    """The line for the country of the account. Doubts about where the holder lives no longer matter."""
    held, several = country_held(line.identifier, registers)
    if line.holder_class in (HolderClass.STATE, HolderClass.OFFICIAL) and held != line.country:
        reason = f"{line.holder_class}, but of {country.name(line.country)} and not where the account is held"
        line = replace(line, holder_class=HolderClass.UNKNOWN, reason=reason)
    doubts = holder.ambiguous + _several("countries of the account", [country.name(code) for code in several])
    return replace(line, country=held, ambiguous=doubts)


def _several(what: str, found: Sequence[str]) -> tuple[str, ...]:
    return (f"{len(found)} {what} are stated ({', '.join(found)})",) if len(found) > 1 else ()


def _distinct(values: Iterable[_Text]) -> list[_Text]:
    return sorted({value for value in values if value})
