"""The largest chains of transfers by which an origin's money reached the target."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wellhead.model.errors import UsageError
from wellhead.model.finding import Chain, Chains, Step
from wellhead.model.ledger import Int32
from wellhead.tracing import kernels
from wellhead.tracing.tracer import MICROSECONDS_A_DAY, Boundary, Tracer

EXPANSIONS = 200_000
"""How many partial chains the pro-rata search looks at before it gives the largest found so far."""


def largest_chains(
    tracer: Tracer, boundary: Boundary, policy: str, origins: Int32, label: str, most: int = 10
) -> Chains:
    """The `most` largest chains by which money of any of `origins` (account indexes) came into the receipts.

    fifo, lifo: exact, one walk over the pieces of all receipts. pro-rata: best first by an upper bound (what
    is on the partial chain times the origin's share of its first transfer), so chains come out in order of
    size and the largest are found without listing the exponentially many small ones. Chains and remainder
    add up to the total. Raises UsageError for poison, which marks and does not split.
    """
    if policy == "poison":
        raise UsageError("Poison marks whole receipts and has no paths with amounts.", remedy="Use fifo.")
    chosen = np.zeros(len(tracer.ledger.accounts), np.bool_)
    chosen[origins] = True
    if policy == "pro-rata":
        found = _ProRataSearch(tracer, boundary, chosen).run(most)
        parts = tracer.parts(boundary, policy)
        total = float(parts.amount[chosen[parts.account]].sum())
    else:
        total, found = _split_chains(tracer, boundary, policy, chosen, most)
    chains = tuple(
        Chain(tracer.ledger.accounts[int(tracer.sender[steps[0]])], size, _steps(tracer, steps))
        for size, steps in sorted(found, key=lambda chain: (-chain[0], chain[1]))
    )
    return Chains(label, total, chains, total - sum(chain.amount for chain in chains))


def _split_chains(
    tracer: Tracer, boundary: Boundary, policy: str, chosen: npt.NDArray[np.bool_], most: int
) -> tuple[int, list[tuple[float, list[int]]]]:
    pieces = tracer.pieces(policy)
    total, size, length, chain = kernels.largest_chains(
        boundary.receipts,
        tracer.time,
        tracer.sender,
        tracer.amount,
        boundary.role,
        pieces.first,
        pieces.source,
        pieces.offset,
        pieces.start,
        boundary.max_rest,
        chosen,
        most,
    )
    return int(total), [
        (int(amount), [int(i) for i in chain[k, : length[k]][::-1]])
        for k, amount in enumerate(size)
        if amount
    ]


def _steps(tracer: Tracer, transfers: list[int]) -> tuple[Step, ...]:
    """Transfers of a chain, birth first, as steps with the days that the money rested before each."""
    ledger, before, steps = tracer.ledger, None, []
    for i in transfers:
        time = int(tracer.time[i])
        steps.append(
            Step(
                time,
                ledger.accounts[int(tracer.sender[i])],
                ledger.accounts[int(tracer.receiver[i])],
                int(tracer.amount[i]),
                None if before is None else (time - before) / MICROSECONDS_A_DAY,
                ledger.evidence(tracer.position(i)),
            )
        )
        before = time
    return tuple(steps)


@dataclass(frozen=True, slots=True, order=True)
class _Partial:
    """The tail of a chain: `amount` on transfer `first` goes on through `later` into the target."""

    bound: float
    first: int
    amount: float
    later: tuple[int, ...]
    complete: bool = False


class _ProRataSearch:
    """Best-first search back from the receipts (Hart, Nilsson & Raphael 1968; the bound is admissible)."""

    def __init__(self, tracer: Tracer, boundary: Boundary, chosen: npt.NDArray[np.bool_]) -> None:
        self._tracer, self._boundary, self._chosen = tracer, boundary, chosen
        if boundary.max_rest == kernels.FOREVER:
            self._share = kernels.share_from(
                tracer.sender,
                tracer.receiver,
                tracer.amount,
                tracer.held,
                tracer.ledger.opening,
                boundary.role,
                chosen,
            )
        else:
            self._share = np.ones(len(tracer.ledger))

    def run(self, most: int) -> list[tuple[float, list[int]]]:
        amounts = self._tracer.amount[self._boundary.receipts].astype(np.float64)
        bounds = amounts * self._share[self._boundary.receipts]
        queue = [
            _Partial(-bound, int(i), float(amount), ())
            for i, amount, bound in zip(self._boundary.receipts, amounts, bounds, strict=True)
            if bound > 0
        ]
        heapq.heapify(queue)
        found: list[tuple[float, list[int]]] = []
        for _ in range(EXPANSIONS):
            if not queue or len(found) == most:
                break
            tail = heapq.heappop(queue)
            if tail.complete:
                found.append((tail.amount, [tail.first, *tail.later]))
            else:
                self._expand(tail, queue)
        return found

    def _expand(self, tail: _Partial, queue: list[_Partial]) -> None:
        """Push what of the tail was born at its first sender, and each earlier transfer that fed it."""
        tracer, payer = self._tracer, int(self._tracer.sender[tail.first])
        start, position = tracer.arrivals
        pay_start, pay_position = tracer.departures
        sources, weights, own = kernels.composition(
            tail.first,
            tracer.time,
            tracer.sender,
            tracer.receiver,
            tracer.amount,
            tracer.held,
            tracer.ledger.opening,
            self._boundary.role,
            self._boundary.max_rest,
            position[start[payer] : start[payer + 1]],
            pay_position[pay_start[payer] : pay_start[payer + 1]],
        )
        if own > 0 and self._chosen[payer]:
            amount = tail.amount * own
            heapq.heappush(queue, _Partial(-amount, tail.first, amount, tail.later, True))
        later = (tail.first, *tail.later)
        for j, weight in zip(sources.tolist(), weights.tolist(), strict=True):
            amount = tail.amount * weight
            bound = amount * float(self._share[j])
            if bound > 0:
                heapq.heappush(queue, _Partial(-bound, j, amount, later))
