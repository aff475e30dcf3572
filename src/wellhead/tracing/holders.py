"""From an account to its holder, and from a holder to whoever controls it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wellhead.model.entity import Entity
from wellhead.model.finding import HolderClass
from wellhead.model.provenance import Evidence
from wellhead.tracing.holder_class import PARTY, classify
from wellhead.tracing.ownership import Stake, above, effective_shares, strongest_chain
from wellhead.tracing.registers import ACCOUNTS, Registers

_SAME = 1e-9
"""Shares closer than this are equal; far above the error of `effective_shares`."""
_CONTROLS = "controller by other means than ownership"
_DIRECTS = "director: no controlling owner is known"
_OWN_MASTERS = (HolderClass.PERSON, HolderClass.OFFICIAL, HolderClass.STATE, HolderClass.CHARITY)
"""Holders that answer for themselves where nobody is known to own or control them. A company, a bank and
what may be anything do not: their owner is then unknown."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an account is, as far as registers say."""

    entity: Entity | None = None
    name: str = ""
    ambiguous: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def id(self) -> str:
        return self.entity.id if self.entity else ""


@dataclass(frozen=True, slots=True)
class Control:
    """A holder's controlling owner, and in words how it controls."""

    owner: Entity | None = None
    how: str = ""
    ambiguous: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def holder_of(identifier: str, registers: Registers) -> Holder:
    """The holder of an account by the registers: whoever owns the account's entity; a party whose id is
    itself used as an account is its own holder. Of several holders the one with the largest share is taken,
    then by name and id, and the choice is reported."""
    entries = registers.account(identifier)
    stakes = [stake for entry in entries for stake in _held_by(entry, registers)]
    shares: dict[str, float] = {}
    for stake in stakes:
        shares[stake.owner] = max(shares.get(stake.owner, 0.0), stake.share or 0.0)
    ranked = _ranked(shares, registers)
    if not ranked:
        return Holder(evidence=tuple(_row(entry, "the account") for entry in entries))
    chosen = ranked[0]
    ambiguous: tuple[str, ...] = ()
    if len(ranked) > 1:
        names = ", ".join(registers.name(entity) for entity in ranked[:4])
        ambiguous = (
            f"the account leads to {len(ranked)} holders ({names}{', …' if len(ranked) > 4 else ''})",
        )
    tie = next(stake for stake in stakes if stake.owner == chosen.id)
    evidence = [_row(entry, "the account") for entry in entries if entry.id == tie.asset != chosen.id]
    evidence += [Evidence(tie.file, tie.row, note="held by")] if tie.file and tie.asset != chosen.id else []
    evidence.append(_row(chosen, "the holder"))
    return Holder(chosen, registers.name(chosen), ambiguous, tuple(evidence))


def controlling_owner(holder: Entity, registers: Registers, threshold: float) -> Control:
    """Who controls a holder, by the first of these that names anyone.

    1. A person answers for itself.
    2. The ultimate owner with the largest effective share, where that reaches `threshold`.
    3. Whoever the register says controls it by other means (``Control``).
    4. Public bodies and charities answer for themselves, whoever directs them.
    5. A director: FATF's last resort (Recommendation 24).

    Who is found by 2 or 3 and is itself controlled by other means is followed on. Ties go to the name, then
    the id, that comes first, and are reported. Shares that the register leaves open are assumed as in
    `ownership.settled`, and that is said.
    """
    if holder.schema == "Person":
        return Control(holder, "a person, in control of itself")
    found = _by_ownership(holder, registers, threshold) or _by_other_means(holder, registers)
    if found is not None:
        return _followed(found, registers, {holder.id})
    if classify(holder)[0] in _OWN_MASTERS:
        return Control(holder, "in control of itself: no owner is known")
    return _by_tie(registers.directors.get(holder.id, ()), _DIRECTS, registers) or Control()


def _followed(control: Control, registers: Registers, passed: set[str]) -> Control:
    while control.owner is not None and control.owner.id not in passed:
        passed.add(control.owner.id)
        further = _by_other_means(control.owner, registers)
        if further is None or further.owner is None or further.owner.id in passed:
            break
        control = Control(
            further.owner,
            f"{further.how} of {registers.name(control.owner)}, which {control.how}",
            control.ambiguous + further.ambiguous,
            control.evidence + further.evidence,
        )
    return control


def _held_by(entry: Entity, registers: Registers) -> Iterable[Stake]:
    if entry.schema in ACCOUNTS:
        return registers.owners.get(entry.id, ())
    return [Stake(entry.id, entry.id, 1.0)] if entry.schema in PARTY else []


def _by_ownership(holder: Entity, registers: Registers, threshold: float) -> Control | None:
    shares = effective_shares(holder.id, registers.owners)
    ranked = [entity for entity in _ranked(shares, registers) if shares[entity.id] >= threshold - _SAME]
    if not ranked:
        return None
    owner, share = ranked[0], shares[ranked[0].id]
    chain = strongest_chain(holder.id, owner.id, registers.owners)
    ambiguous = [
        f"{node}: {registers.doubts[node]}"
        for node in (above(holder.id, registers.owners) if registers.doubts else ())
        if node in registers.doubts
    ]
    if len(ranked) > 1 and share - shares[ranked[1].id] < _SAME:
        names = " and ".join(registers.name(entity) for entity in ranked[:2])
        ambiguous.append(f"{names} own equal shares of {registers.name(holder)}")
    assumed = ", assuming shares that the register leaves open" if any(s.assumed for s in chain) else ""
    evidence = (*_rows(chain), _row(owner, "the controlling owner"))
    return Control(owner, f"owns {100 * share:.4g} %{assumed}", tuple(ambiguous), evidence)


def _by_other_means(holder: Entity, registers: Registers) -> Control | None:
    return _by_tie(registers.controllers.get(holder.id, ()), _CONTROLS, registers)


def _by_tie(ties: Iterable[Stake], how: str, registers: Registers) -> Control | None:
    listed = list(ties)
    ranked = _ranked({tie.owner: 1.0 for tie in listed}, registers)
    if not ranked:
        return None
    owner = ranked[0]
    ambiguous: tuple[str, ...] = ()
    if len(ranked) > 1:
        names = ", ".join(registers.name(entity) for entity in ranked[:4])
        ambiguous = (f"{len(ranked)} are named as {how.split(':')[0]} ({names}); the first is taken",)
    tie = next(tie for tie in listed if tie.owner == owner.id)
    row = (Evidence(tie.file, tie.row, note=f"{tie.owner} is {how.split(':')[0]} of {tie.asset}"),)
    return Control(owner, how, ambiguous, (row if tie.file else ()) + (_row(owner, "the controlling owner"),))


def _ranked(shares: dict[str, float], registers: Registers) -> list[Entity]:
    """Entities by share, largest first; equal ones by name, then id. Ids that no register explains are left
    out: nothing could be said of them."""
    known = [registers.entities[owner] for owner in shares if owner in registers.entities]
    if len(known) < 2:
        return known
    return sorted(known, key=lambda e: (-round(shares[e.id] / _SAME), registers.name(e), e.id))


def _rows(stakes: Iterable[Stake]) -> list[Evidence]:
    return [
        Evidence(
            stake.file,
            stake.row,
            note=f"{stake.owner} owns {100 * (stake.share or 0):.4g} % of {stake.asset}",
        )
        for stake in stakes
        if stake.file
    ]


def _row(entity: Entity, note: str) -> Evidence:
    return Evidence(entity.file, entity.row, note=f"{note}: {entity.id}")
