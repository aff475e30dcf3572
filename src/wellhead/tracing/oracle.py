"""Tracing as the definition reads, parcel by parcel: slow, obvious, exact.

Tests and benchmarks hold the kernels against these two functions. They are public so that a court's expert
can read in a hundred lines what the fast code claims to compute. O(transfers x parcels) time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

Movement: TypeAlias = tuple[int, str, str, int]
"""time, sender, receiver, amount (minor units), in the order in which they are to be traced."""
Exact: TypeAlias = int | Fraction


@dataclass(frozen=True, slots=True)
class Parcel:
    """Money of one origin in one place. `arrived` is None where it was there from the start."""

    origin: str
    amount: Exact
    arrived: int | None
    unfollowed: bool = False
    path: tuple[int, ...] = ()


@dataclass(slots=True)
class Traced:
    """Receipts of the target and, by origin, the part that was born there (or rested there too long)."""

    receipts: int = 0
    origins: dict[str, Exact] = field(default_factory=lambda: defaultdict(int))
    unfollowed: dict[str, Exact] = field(default_factory=lambda: defaultdict(int))
    chains: dict[tuple[str, tuple[int, ...]], Exact] = field(default_factory=lambda: defaultdict(int))


def trace_forward(
    movements: Iterable[Movement],
    targets: Collection[str],
    sources: Collection[str],
    policy: str,
    opening: Mapping[str, int] | None = None,
    max_rest: int | None = None,
) -> Traced:
    """Carry every parcel forward through the ledger under `fifo`, `lifo` or `pro-rata`."""
    held: dict[str, list[Parcel]] = defaultdict(list)
    for account, amount in (opening or {}).items():
        if amount:
            held[account].append(Parcel(account, amount, None))
    traced = Traced()
    for index, (time, sender, receiver, amount) in enumerate(movements):
        if sender == receiver or amount == 0:
            continue
        if sender in targets or sender in sources:
            parts = [Parcel(sender, amount, None)]
        else:
            held[sender] = [_aged(parcel, sender, time, max_rest) for parcel in held[sender]]
            parts, held[sender] = _pay(held[sender], sender, amount, policy)
        arriving = [replace(p, arrived=time, path=(*p.path, index)) for p in parts]
        if receiver in targets:
            if sender not in targets:
                _receive(traced, arriving, amount)
        elif receiver not in sources:
            held[receiver] += arriving
    return traced


def _receive(traced: Traced, parts: list[Parcel], amount: int) -> None:
    traced.receipts += amount
    for part in parts:
        traced.origins[part.origin] += part.amount
        traced.chains[part.origin, part.path] += part.amount
        if part.unfollowed:
            traced.unfollowed[part.origin] += part.amount


def _aged(parcel: Parcel, account: str, now: int, max_rest: int | None) -> Parcel:
    """Money that rested longer than `max_rest` is not followed further back: it counts as this account's."""
    if max_rest is None or parcel.arrived is None or now - parcel.arrived <= max_rest:
        return parcel
    return Parcel(account, parcel.amount, None, unfollowed=True)


def _pay(held: list[Parcel], payer: str, amount: int, policy: str) -> tuple[list[Parcel], list[Parcel]]:
    """Split a holding (oldest first) into what goes out and what stays, both in the holding's order."""
    balance = sum(parcel.amount for parcel in held)
    shortfall = amount - min(amount, balance)
    born = [Parcel(payer, shortfall, None)] if shortfall else []
    if policy == "pro-rata":
        out, kept = _cut_evenly(held, Fraction(amount - shortfall) / balance if balance else Fraction(0))
        return out + born, kept
    if policy == "fifo":
        out, kept = _cut_front(held, amount - shortfall)
        return out + born, kept
    if policy == "lifo":
        kept, out = _cut_front(held, balance - (amount - shortfall))
        return born + out, kept
    raise ValueError(policy)


def _cut_front(held: list[Parcel], amount: Exact) -> tuple[list[Parcel], list[Parcel]]:
    front: list[Parcel] = []
    for index, parcel in enumerate(held):
        if amount == 0:
            return front, held[index:]
        taken = min(parcel.amount, amount)
        front.append(replace(parcel, amount=taken))
        amount -= taken
        if taken < parcel.amount:
            return front, [replace(parcel, amount=parcel.amount - taken), *held[index + 1 :]]
    return front, []


def _cut_evenly(held: list[Parcel], part: Fraction) -> tuple[list[Parcel], list[Parcel]]:
    out = [replace(parcel, amount=parcel.amount * part) for parcel in held if part]
    kept = [replace(parcel, amount=parcel.amount * (1 - part)) for parcel in held if part < 1]
    return out, kept


def poison_forward(
    movements: Iterable[Movement],
    targets: Collection[str],
    sources: Collection[str],
    opening: Mapping[str, int] | None = None,
    max_rest: int | None = None,
) -> Traced:
    """Carry taint forward: a payment out of a tainted account is tainted whole."""
    opening = opening or {}
    balance: dict[str, int] = defaultdict(int, opening)
    tainted: dict[str, dict[str, int]] = defaultdict(dict)
    filled: dict[str, int] = {}
    traced = Traced()
    for time, sender, receiver, amount in movements:
        if sender == receiver or amount == 0:
            continue
        short = balance[sender] < amount
        if sender in targets or sender in sources:
            taints = {sender}
        else:
            taints = {o for o, t in tainted[sender].items() if max_rest is None or time - t <= max_rest}
            long_held = max_rest is not None and sender in filled and time - filled[sender] > max_rest
            if short or opening.get(sender, 0) > 0 or long_held:
                taints.add(sender)
        balance[sender] = max(0, balance[sender] - amount)
        if balance[sender] == 0:
            filled.pop(sender, None)
        balance[receiver] += amount
        filled.setdefault(receiver, time)
        if receiver in targets:
            if sender not in targets:
                traced.receipts += amount
                for origin in taints:
                    traced.origins[origin] += amount
        elif receiver not in sources:
            for origin in taints:
                tainted[receiver][origin] = time
    return traced
