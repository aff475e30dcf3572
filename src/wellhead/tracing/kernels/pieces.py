"""First in, first out, and last in, first out: payments as pieces of earlier payments."""

from __future__ import annotations

import numpy as np
from numba import njit

from wellhead.tracing.kernels.arrays import Bool, Int8, Int32, Int64
from wellhead.tracing.kernels.roles import BORN, ORDINARY


@njit(cache=True, nogil=True)
def split(
    sender: Int32, receiver: Int32, amount: Int64, opening: Int64, newest_first: bool
) -> tuple[Int64, Int32, Int64, Int64]:
    """Cut every payment into the pieces of earlier transfers that it passes on. O(n) time and space.

    Each account holds a chain of arrivals; payments take from its front, and the two policies differ in the
    end at which arrivals join: the back (first in, first out) or the front (last in, first out).
    Returns first int64[n + 1] and, for the pieces first[i]..first[i + 1] - 1 of transfer i in the order in
    which they lie in it: source int32 (a transfer, or BORN), offset int64 (where the piece begins in that
    transfer), start int64 (where it begins in transfer i). At most 3n + accounts pieces, usually about 2n.
    """
    n = sender.size
    front = np.full(opening.size, -1, np.int32)
    back = np.full(opening.size, -1, np.int32)
    resting = np.empty((n, 2), np.int64)  # what is unspent of an arrival, and the arrival behind it
    own = opening.copy()
    first = np.zeros(n + 1, np.int64)
    room = 3 * n + opening.size  # untouched pages cost nothing
    source = np.empty(room, np.int32)
    offset = np.empty(room, np.int64)
    start = np.empty(room, np.int64)
    count = 0
    for i in range(n):
        first[i] = count
        payer = sender[i]
        payee = receiver[i]
        due = amount[i]
        if payer == payee or due == 0:
            continue
        if own[payer] > 0 and not newest_first:
            taken = min(own[payer], due)
            own[payer] -= taken
            due -= taken
            source[count] = BORN
            offset[count] = 0
            start[count] = taken
            count += 1
        while due > 0 and front[payer] >= 0:
            j = front[payer]
            unspent = resting[j, 0]
            taken = min(unspent, due)
            source[count] = j
            offset[count] = unspent - taken if newest_first else amount[j] - unspent
            start[count] = taken
            count += 1
            due -= taken
            resting[j, 0] = unspent - taken
            if unspent == taken:
                front[payer] = resting[j, 1]
        if due > 0:
            own[payer] -= min(own[payer], due)
            source[count] = BORN
            offset[count] = 0
            start[count] = due
            count += 1
        if newest_first:
            _reverse(source, offset, start, first[i], count)
        begin = 0
        for p in range(first[i], count):
            length = start[p]
            start[p] = begin
            begin += length
        resting[i, 0] = amount[i]
        resting[i, 1] = -1
        if front[payee] < 0:
            front[payee] = i
            back[payee] = i
        elif newest_first:
            resting[i, 1] = front[payee]
            front[payee] = i
        else:
            resting[back[payee], 1] = i
            back[payee] = i
    first[n] = count
    return first, source[:count], offset[:count], start[:count]


@njit(cache=True, nogil=True)
def _reverse(source: Int32, offset: Int64, start: Int64, low: int, high: int) -> None:
    high -= 1
    while low < high:
        source[low], source[high] = source[high], source[low]
        offset[low], offset[high] = offset[high], offset[low]
        start[low], start[high] = start[high], start[low]
        low += 1
        high -= 1


@njit(cache=True, nogil=True)
def _piece_at(start: Int64, low: int, high: int, position: int) -> int:
    """The last piece in low..high - 1 that begins at or before `position`."""
    while high - low > 1:
        middle = (low + high) // 2
        if start[middle] <= position:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def follow(
    receipts: Int64,
    time: Int64,
    sender: Int32,
    amount: Int64,
    role: Int8,
    first: Int64,
    source: Int32,
    offset: Int64,
    start: Int64,
    max_rest: int,
    total: Int64,
    rested: Int64,
) -> Int32:
    """Follow whole receipts back to their births. Adds to `total`, `rested` (int64[accounts], zero before);
    returns the accounts added to, int32. O(pieces that the receipts consist of)."""
    touched = np.empty(64, np.int32)
    touches = 0
    stack = np.empty((64, 3), np.int64)
    for receipt in receipts:
        stack[0, 0] = receipt
        stack[0, 1] = 0
        stack[0, 2] = amount[receipt]
        depth = 1
        while depth > 0:
            depth -= 1
            i = stack[depth, 0]
            low = stack[depth, 1]
            high = stack[depth, 2]
            payer = sender[i]
            if total[payer] == 0:
                if touches == touched.size:
                    touched = np.append(touched, np.empty(touches, np.int32))
                touched[touches] = payer
                touches += 1
            if role[payer] != ORDINARY:
                total[payer] += high - low
                continue
            p = _piece_at(start, first[i], first[i + 1], low)
            while p < first[i + 1] and start[p] < high:
                end = start[p + 1] if p + 1 < first[i + 1] else amount[i]
                begins = max(low, start[p])
                length = min(high, end) - begins
                j = source[p]
                if j == BORN:
                    total[payer] += length
                elif time[i] - time[j] > max_rest:
                    total[payer] += length
                    rested[payer] += length
                else:
                    if depth == stack.shape[0]:
                        stack = np.append(stack, np.empty((depth, 3), np.int64), axis=0)
                    stack[depth, 0] = j
                    stack[depth, 1] = offset[p] + begins - start[p]
                    stack[depth, 2] = stack[depth, 1] + length
                    depth += 1
                p += 1
    return touched[:touches]


@njit(cache=True, nogil=True)
def largest_chains(
    receipts: Int64,
    time: Int64,
    sender: Int32,
    amount: Int64,
    role: Int8,
    first: Int64,
    source: Int32,
    offset: Int64,
    start: Int64,
    max_rest: int,
    chosen: Bool,
    most: int,
) -> tuple[int, Int64, Int32, Int32]:
    """The `most` largest chains by which money of `chosen` (bool[accounts]) origins came into the receipts.

    Returns (total int64, size int64[k], length int32[k], chain int32[k, longest]): the transfers of a chain
    from the receipt back to the birth. Same walk as `follow`; a piece at depth d ends path[:d + 1].
    """
    stack = np.empty((64, 4), np.int64)
    path = np.empty(64, np.int32)
    size = np.zeros(most, np.int64)
    length = np.zeros(most, np.int32)
    chain = np.zeros((most, 64), np.int32)
    total = 0
    for receipt in receipts:
        stack[0, 0] = receipt
        stack[0, 1] = 0
        stack[0, 2] = amount[receipt]
        stack[0, 3] = 0
        depth = 1
        while depth > 0:
            depth -= 1
            i = stack[depth, 0]
            low = stack[depth, 1]
            high = stack[depth, 2]
            level = stack[depth, 3]
            if level == path.size:
                path = np.append(path, np.empty(level, np.int32))
            path[level] = i
            payer = sender[i]
            here = 0
            if role[payer] != ORDINARY:
                here = high - low
            else:
                p = _piece_at(start, first[i], first[i + 1], low)
                while p < first[i + 1] and start[p] < high:
                    end = start[p + 1] if p + 1 < first[i + 1] else amount[i]
                    begins = max(low, start[p])
                    taken = min(high, end) - begins
                    j = source[p]
                    if j == BORN or time[i] - time[j] > max_rest:
                        here += taken
                    else:
                        if depth == stack.shape[0]:
                            stack = np.append(stack, np.empty((depth, 4), np.int64), axis=0)
                        stack[depth, 0] = j
                        stack[depth, 1] = offset[p] + begins - start[p]
                        stack[depth, 2] = stack[depth, 1] + taken
                        stack[depth, 3] = level + 1
                        depth += 1
                    p += 1
            if here > 0 and chosen[payer]:
                total += here
                smallest = np.argmin(size)
                if here > size[smallest]:
                    if level >= chain.shape[1]:
                        wider = np.zeros((most, 2 * path.size), np.int32)
                        wider[:, : chain.shape[1]] = chain
                        chain = wider
                    size[smallest] = here
                    length[smallest] = level + 1
                    chain[smallest, : level + 1] = path[: level + 1]
    return total, size, length, chain
