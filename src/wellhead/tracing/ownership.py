"""Who owns whom, and how much of it after every detour."""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

NEGLIGIBLE = 1e-12
_RANGE_BELOW = re.compile(r"<|\b(?:less|under|below|up to|max)", re.IGNORECASE)
_FRACTION = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Stake:
    """`owner` holds `share` (0-1) of `asset`; None where the register does not say how much. `assumed` marks
    a share that `settled` filled in. `file` and `row` say where the tie is stated."""

    owner: str
    asset: str
    share: float | None
    file: str = ""
    row: int = 0
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """The stakes in one asset, one an owner, every share filled in, together at most 1. `doubt` says what of
    the register's statement did not fit together and what was done."""

    stakes: tuple[Stake, ...]
    doubt: str = ""


def parse_share(text: str) -> float | None:
    """A share of 0-1 from a register's words: ``"51"``, ``"51,5 %"``, ``"1/3"``; of a range (``"25-50"``,
    ``"more than 25%"``) its lower end, 0 for ``"less than 5 %"``; None where nothing below 100 % is stated.
    """
    if _RANGE_BELOW.search(text):
        return 0.0 if _NUMBER.search(text) else None
    if parts := _FRACTION.search(text):
        share = int(parts[1]) / int(parts[2]) if int(parts[2]) else 2.0
        return share if share <= 1 else None
    number = _NUMBER.search(text)
    percent = float(number[0].replace(",", ".")) if number else 101.0
    return percent / 100 if percent <= 100 and not text.strip().startswith("-") else None


def settled(stakes: Sequence[Stake]) -> Settled:
    """One stake an owner, and a share for each.

    An owner stated twice counts once, with the larger share: registers repeat each other. Owners without a
    stated share divide what the others leave, in equal parts, marked as assumed. A total above 100 % (old
    owners never struck off) is scaled to 100 %. An asset's stakes in itself are left out.
    """
    if len(stakes) == 1 and stakes[0].share and stakes[0].owner != stakes[0].asset:
        return Settled(tuple(stakes))  # by far the most, in a register of a million accounts
    largest: dict[str, Stake] = {}
    conflicting = False
    for stake in stakes:
        if stake.owner == stake.asset or stake.share == 0:
            continue
        other = largest.get(stake.owner)
        if other is not None and None not in (other.share, stake.share):
            conflicting |= abs((other.share or 0) - (stake.share or 0)) > NEGLIGIBLE
        if other is None or (stake.share or 0) > (other.share or 0):
            largest[stake.owner] = stake
    known = sum(stake.share for stake in largest.values() if stake.share is not None)
    unknown = sum(1 for stake in largest.values() if stake.share is None)
    left = max(0.0, 1 - known) / unknown if unknown else 0.0
    scale = max(1.0, known)
    filled = [
        Stake(stake.owner, stake.asset, left, stake.file, stake.row, assumed=True)
        if stake.share is None
        else replace(stake, share=stake.share / scale)
        for stake in largest.values()
    ]
    owned = tuple(stake for stake in filled if (stake.share or 0) > NEGLIGIBLE)
    doubts = []
    if known > 1 + 1e-9:
        doubts.append(f"the stated shares add up to {100 * known:.4g} % and were scaled down to 100 %")
    if conflicting:
        doubts.append("two shares are stated for one owner, of which the larger counts")
    return Settled(owned, "; ".join(doubts))


def effective_shares(asset: str, owners: Mapping[str, Sequence[Stake]]) -> dict[str, float]:
    """What each ultimate owner (one that nobody owns) has of `asset` through every chain of stakes.

    The share of an owner is the sum over all paths of the products of the stakes on them. Where companies
    own each other the paths never end, and the sum is the solution of a linear system: F. Brioschi,
    L. Buzzacchi, M. G. Colombo, "Risk capital financing and the separation of ownership and control in
    business groups", J. Banking & Finance 13 (1989) 747-772; A. Chapelle, A. Szafarz, "Controlling firms
    through the majority voting rule", Physica A 355 (2005) 509-529. Read as a walk from the asset to its
    owners it is the chance of ending at each, found by eliminating the companies between one by one.

    `owners` maps each asset to its settled stakes. Groups of companies that own each other wholly, with no
    owner outside, have no ultimate owner. Float, relative error below 1e-9 unless a group owns more than
    99.9999 % of itself. O(n + k^3), n stakes above the asset, k companies in mutual ownership.
    """
    direct = owners.get(asset, ())
    if not any(owners.get(stake.owner) for stake in direct):
        return {stake.owner: stake.share or 0.0 for stake in direct}
    onward = _with_an_end(asset, owners)
    between = [node for node, steps in onward.items() if steps and node != asset]
    inward: dict[str, set[str]] = defaultdict(set)
    for node, steps in onward.items():
        for owner in steps:
            inward[owner].add(node)
    # Farthest first: a tree then folds up without a single new tie.
    for node in reversed(between):
        steps = onward.pop(node)
        back = 1 / (1 - steps.pop(node, 0.0))
        inward[node].discard(node)
        for owner in steps:
            inward[owner].discard(node)
        for below in inward.pop(node):
            through = onward[below].pop(node) * back
            for owner, share in steps.items():
                onward[below][owner] = onward[below].get(owner, 0.0) + through * share
                inward[owner].add(below)
    steps = onward.get(asset, {})
    back = 1 / (1 - steps.pop(asset, 0.0))
    return {owner: share * back for owner, share in steps.items() if share * back > NEGLIGIBLE}


def strongest_chain(asset: str, owner: str, owners: Mapping[str, Sequence[Stake]]) -> tuple[Stake, ...]:
    """The chain of stakes with the largest product from `asset` up to `owner`; () where there is none.

    Dijkstra's algorithm on products, O(n log n) in the stakes above the asset.
    """
    waiting: list[tuple[float, int, str, tuple[Stake, ...]]] = [(-1.0, 0, asset, ())]
    done: set[str] = set()
    pushed = count(1)
    while waiting:
        product, _, node, chain = heapq.heappop(waiting)
        if node == owner and chain:
            return chain
        if node in done:
            continue
        done.add(node)
        for stake in owners.get(node, ()):
            if stake.owner not in done:
                heapq.heappush(
                    waiting, (product * (stake.share or 0.0), next(pushed), stake.owner, (*chain, stake))
                )
    return ()


def above(asset: str, owners: Mapping[str, Sequence[Stake]]) -> list[str]:
    """`asset` and everything that owns it, directly or not, by distance."""
    found = {asset: None}
    for node in (waiting := [asset]):
        new = dict.fromkeys(s.owner for s in owners.get(node, ()) if s.owner not in found)
        found |= new
        waiting += new
    return list(found)


def _with_an_end(asset: str, owners: Mapping[str, Sequence[Stake]]) -> dict[str, dict[str, float]]:
    """Everything above `asset` in the order of its distance, without what leads to no ultimate owner."""
    onward = {
        node: {stake.owner: stake.share or 0.0 for stake in owners.get(node, ())}
        for node in above(asset, owners)
    }
    below: dict[str, list[str]] = defaultdict(list)
    for node, steps in onward.items():
        for owner in steps:
            below[owner].append(node)
    reaches = [node for node, steps in onward.items() if not steps]
    ends = set(reaches)
    for node in reaches:
        new = [lower for lower in below[node] if lower not in ends]
        ends.update(new)
        reaches += new
    return {
        node: {owner: share for owner, share in steps.items() if owner in ends}
        for node, steps in onward.items()
        if node in ends
    }
