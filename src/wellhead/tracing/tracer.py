"""One ledger, prepared once, traced for as many targets as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from wellhead.model.errors import UsageError
from wellhead.model.ledger import Int32, Int64, Ledger
from wellhead.tracing import kernels
from wellhead.tracing.accounts import AccountIndex, Named
from wellhead.tracing.policies import policy_named

MICROSECONDS_A_DAY = 86_400_000_000
TAINT_BITS = 2**31
"""Memory that one pass of the poison rule may take, in bits (a quarter of a gigabyte)."""
Progress = Callable[[int, int], None]
"""Called with (done, of) now and then during long work."""


@dataclass(frozen=True, slots=True, eq=False)
class Boundary:
    """What a trace runs between: `role` int8[accounts], the receipts that count (transfer indexes in time
    order; `all_receipts` where no period left any out), and how many µs money may rest before it is no
    longer followed."""

    role: npt.NDArray[np.int8]
    receipts: Int64
    all_receipts: bool
    max_rest: int
    target: Named
    sources: Named


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Origins' parts of receipts: `account` int32[k], `amount` int64[k] or float64[k] minor units, and
    `unfollowed`, the portion of `amount` that rested at the account longer than the horizon."""

    account: Int32
    amount: npt.NDArray[np.generic]
    unfollowed: npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Every payment cut into pieces of earlier transfers; see `kernels.split`."""

    first: Int64
    source: Int32
    offset: Int64
    start: Int64


class Tracer:
    """Traces targets through a ledger. What does not depend on the target is computed once, when first
    needed: balances (pro rata, poison), pieces (fifo, lifo), arrivals by account.

    `credits_first` re-orders transfers of equal time so that an account's credits come before its debits;
    without it the ledger's own order stands.
    """

    def __init__(self, ledger: Ledger, *, credits_first: bool = False) -> None:
        self.ledger = ledger
        self.credits_first = credits_first
        self.order: Int64 | None = None
        self.time, self.sender, self.receiver, self.amount = (
            ledger.time,
            ledger.sender,
            ledger.receiver,
            ledger.amount,
        )
        self._check()
        if credits_first:
            self.order = kernels.credits_first(self.time, self.sender, self.receiver, len(ledger.accounts))
            self.sender, self.receiver = self.sender[self.order], self.receiver[self.order]
            self.amount = self.amount[self.order]

    def _check(self) -> None:
        """Kernels trust their arrays; sums must fit 64 bits."""
        whole = self.amount.sum(dtype=np.float64) + self.ledger.opening.sum(dtype=np.float64)
        if whole >= 2.0**63:
            raise UsageError(
                f"The amounts add up to more than 64 bits of {self.ledger.currency} minor units hold.",
                remedy="Trace a shorter period, or convert to a currency with a larger unit.",
            )

    @cached_property
    def accounts(self) -> AccountIndex:
        return AccountIndex(self.ledger.accounts, self.ledger.spellings)

    @cached_property
    def held(self) -> Int64:
        """The sender's balance before each transfer. Whoever is source or target does not change it."""
        return kernels.balances(self.sender, self.receiver, self.amount, self.ledger.opening)

    @cached_property
    def arrivals(self) -> tuple[Int64, Int32]:
        """Transfers grouped by receiver: (start, position)."""
        return kernels.grouped(self.receiver, len(self.ledger.accounts))

    @cached_property
    def departures(self) -> tuple[Int64, Int32]:
        """Transfers grouped by sender: (start, position)."""
        return kernels.grouped(self.sender, len(self.ledger.accounts))

    @cached_property
    def _first_in(self) -> Pieces:
        return Pieces(*kernels.split(self.sender, self.receiver, self.amount, self.ledger.opening, False))

    @cached_property
    def _last_in(self) -> Pieces:
        return Pieces(*kernels.split(self.sender, self.receiver, self.amount, self.ledger.opening, True))

    def pieces(self, policy: str) -> Pieces:
        """The pieces of every payment under `fifo` or `lifo`. O(n), about 50 bytes a transfer."""
        return self._first_in if policy == "fifo" else self._last_in

    @cached_property
    def _workspace(self) -> tuple[Int64, Int64]:
        """Sums by account, zero between calls, so that a small trace does not pay for a large ledger."""
        return np.zeros(len(self.ledger.accounts), np.int64), np.zeros(len(self.ledger.accounts), np.int64)

    def boundary(
        self,
        to: Iterable[str],
        sources: Iterable[str] = (),
        max_rest_days: float | None = None,
        period: tuple[int | None, int | None] = (None, None),
    ) -> Boundary:
        """Resolve names, assign roles, find the receipts: arrivals from outside the target with `time` in
        [period[0], period[1]). Raises UnknownAccount where no target occurs in the ledger, UsageError where
        an account is both source and target."""
        target = self.accounts.named(to, "target")
        source = self.accounts.named(sources, "source")
        both = np.intersect1d(target.index, source.index)
        if both.size:
            names = ", ".join(self.ledger.accounts[int(x)] for x in both[:5])
            raise UsageError(
                f"{names} would be source and target at once.",
                remedy="Money that leaves a target is born there anew by definition: take it off --from.",
            )
        role = np.zeros(len(self.ledger.accounts), np.int8)
        role[source.index] = kernels.SOURCE
        role[target.index] = kernels.TARGET
        max_rest = kernels.FOREVER if max_rest_days is None else round(max_rest_days * MICROSECONDS_A_DAY)
        receipts = self._receipts(target.index, role, period)
        return Boundary(role, receipts, period == (None, None), int(max_rest), target, source)

    def _receipts(
        self, target: Int32, role: npt.NDArray[np.int8], period: tuple[int | None, int | None]
    ) -> Int64:
        start, position = self.arrivals
        found = [position[start[x] : start[x + 1]] for x in target.tolist()]
        receipts = np.sort(np.concatenate(found)) if found else np.empty(0, np.int32)
        keep = (role[self.sender[receipts]] != kernels.TARGET) & (self.amount[receipts] > 0)
        if period[0] is not None:
            keep &= self.time[receipts] >= period[0]
        if period[1] is not None:
            keep &= self.time[receipts] < period[1]
        return np.asarray(receipts[keep], np.int64)

    def parts(
        self, boundary: Boundary, policy: str, receipts: Int64 | None = None, progress: Progress | None = None
    ) -> Parts:
        """Each origin's part of `receipts` (all of the boundary's where None) under a policy.

        fifo, lifo: O(pieces of the receipts); pro-rata: O(n); poison: O(n x origins / 64).
        """
        policy = policy_named(policy).name
        chosen = boundary.receipts if receipts is None else receipts
        if policy == "pro-rata":
            return self._pro_rata(boundary, None if receipts is None and boundary.all_receipts else chosen)
        if policy == "poison":
            return self._poison(boundary, chosen, progress)
        return self._follow(boundary, policy, chosen)

    def _follow(self, boundary: Boundary, policy: str, receipts: Int64) -> Parts:
        pieces = self.pieces(policy)
        total, rested = self._workspace
        touched = kernels.follow(
            receipts,
            self.time,
            self.sender,
            self.amount,
            boundary.role,
            pieces.first,
            pieces.source,
            pieces.offset,
            pieces.start,
            boundary.max_rest,
            total,
            rested,
        )
        touched = np.unique(touched[total[touched] > 0])
        parts = Parts(touched, total[touched], rested[touched])
        total[touched] = 0
        rested[touched] = 0
        return parts

    def _pro_rata(self, boundary: Boundary, receipts: Int64 | None) -> Parts:
        counted = np.empty(0, np.uint8)
        if receipts is not None:
            counted = np.zeros(len(self.ledger), np.uint8)
            counted[receipts] = 1
        columns = (self.sender, self.receiver, self.amount, self.held, self.ledger.opening)
        if boundary.max_rest == kernels.FOREVER:
            origin = kernels.pro_rata(*columns, boundary.role, counted)
            unfollowed = np.zeros_like(origin)
        else:
            origin, unfollowed = kernels.pro_rata_within(
                self.time, *columns, boundary.role, counted, boundary.max_rest, *self.departures
            )
        account = np.flatnonzero(origin > 0).astype(np.int32)
        return Parts(account, origin[account], unfollowed[account])

    def _poison(self, boundary: Boundary, receipts: Int64, progress: Progress | None) -> Parts:
        origins = self.possible_origins(boundary, receipts)
        amount = self.tainted(boundary, origins, np.arange(origins.size, dtype=np.int32), receipts, progress)
        kept = amount > 0
        return Parts(origins[kept], amount[kept], np.zeros(int(kept.sum()), np.int64))

    def _toward(self, boundary: Boundary, receipts: Int64) -> Int64:
        """Transfers that can still reach the given receipts, those receipts included."""
        useful = kernels.reaching(self.sender, self.receiver, self.amount, boundary.role)
        last = receipts[-1] if receipts.size else -1
        useful[last + 1 :] = False
        ends = useful & (boundary.role[self.receiver] == kernels.TARGET)
        useful &= ~ends
        useful[receipts] = True
        return np.flatnonzero(useful)

    def _births(self, boundary: Boundary) -> npt.NDArray[np.bool_]:
        return kernels.births(
            self.time,
            self.sender,
            self.receiver,
            self.amount,
            self.held,
            self.ledger.opening,
            boundary.role,
            boundary.max_rest,
        )

    def possible_origins(self, boundary: Boundary, receipts: Int64 | None = None) -> Int32:
        """Accounts from which money can have come under any rule: births that precede a receipt on a path."""
        useful = self._toward(boundary, boundary.receipts if receipts is None else receipts)
        origins: Int32 = np.unique(self.sender[useful[self._births(boundary)[useful]]])
        return origins

    def tainted(
        self,
        boundary: Boundary,
        accounts: Int32,
        group: Int32,
        receipts: Int64 | None = None,
        progress: Progress | None = None,
    ) -> Int64:
        """Receipts that may carry taint of each group of accounts: int64[max(group) + 1] minor units."""
        useful = self._toward(boundary, boundary.receipts if receipts is None else receipts)
        ends = np.concatenate([self.sender[useful], self.receiver[useful]])
        present, compact = np.unique(ends, return_inverse=True)
        sender, receiver = np.split(compact.astype(np.int32), 2)
        time, amount, born = self.time[useful], self.amount[useful], self._births(boundary)[useful]
        column = np.full(present.size, -1, np.int32)
        where = np.searchsorted(present, accounts)
        inside = (where < present.size) & (present[np.minimum(where, max(present.size - 1, 0))] == accounts)
        column[where[inside]] = group[inside]
        groups = int(group.max()) + 1 if group.size else 0
        total = np.zeros(groups, np.int64)
        shared = (sender, receiver, amount, born, boundary.role[present])
        endless = boundary.max_rest == kernels.FOREVER
        most, bits = (512, 1) if endless else (64, 64)
        width = int(np.clip(TAINT_BITS // (bits * max(present.size, 1)), 1, most))
        for low in range(0, groups, width):
            if progress:
                progress(low, groups)
            here = np.where((column >= low) & (column < low + width), column - low, -1).astype(np.int32)
            columns = min(width, groups - low)
            total[low : low + width] = (
                kernels.poison(*shared, here, columns)
                if endless
                else kernels.poison_within(time, *shared, here, columns, boundary.max_rest)
            )
        return total

    def position(self, index: int) -> int:
        """The ledger's index of transfer `index` of the traced order."""
        return index if self.order is None else int(self.order[index])

    def receipts_by(self, boundary: Boundary, label: npt.NDArray[np.generic]) -> list[tuple[int, Int64]]:
        """The receipts split by an integer label of each (a payer, a month), ascending."""
        if not label.size:
            return []
        order = np.argsort(label, kind="stable")
        values, starts = np.unique(label[order], return_index=True)
        return list(zip(values.tolist(), np.split(boundary.receipts[order], starts[1:]), strict=True))
