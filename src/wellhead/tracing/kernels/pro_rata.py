"""Every payment carries away all money held in equal proportion.

The rule is linear: what part of a unit reaches the target can be carried back through time, one number an
account, and every origin's share comes out of a single pass.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wellhead.tracing.kernels.arrays import Bool, Float64, Int8, Int32, Int64, UInt8
from wellhead.tracing.kernels.roles import ORDINARY, SOURCE, TARGET


@njit(cache=True, nogil=True)
def pro_rata(
    sender: Int32, receiver: Int32, amount: Int64, held: Int64, opening: Int64, role: Int8, counted: UInt8
) -> Float64:
    """Each account's part of the target's receipts: float64[accounts]. One pass back in time, O(n).

    `value[x]` is what part of a unit now resting at x still reaches the target. `counted` uint8[n] says which
    receipts count, or is empty for all.
    """
    value = (role == TARGET).astype(np.float64)
    origin = np.zeros(role.size)
    choosing = counted.size > 0
    for i in range(sender.size - 1, -1, -1):
        payer = sender[i]
        payee = receiver[i]
        paid = amount[i]
        worth = value[payee]
        if choosing and counted[i] == 0 and role[payee] == TARGET:
            worth = 0.0
        if role[payer] != ORDINARY:
            if role[payer] != role[payee]:
                origin[payer] += paid * worth
        elif payer != payee and paid > 0:
            born = paid - held[i]
            if born > 0:
                origin[payer] += born * worth
            part = 1.0 if born >= 0 else paid / held[i]
            value[payer] = part * worth + (1.0 - part) * value[payer]
    for x in range(role.size):
        if opening[x] > 0 and role[x] == ORDINARY:
            origin[x] += opening[x] * value[x]
    return origin


@njit(cache=True, nogil=True)
def pro_rata_within(
    time: Int64,
    sender: Int32,
    receiver: Int32,
    amount: Int64,
    held: Int64,
    opening: Int64,
    role: Int8,
    counted: UInt8,
    max_rest: int,
    pay_start: Int64,
    pay_position: Int32,
) -> tuple[Float64, Float64]:
    """As `pro_rata`, but money that rests longer than `max_rest` µs becomes the resting account's own.

    Of money that arrives at t, the part still there at the account's first payment after t + max_rest is
    relabelled. `left` and `emptied` hold the part that survives all later payments, as a logarithm and a
    count of zeros, so that the part surviving any stretch is one difference. O(n) time and space.
    `pay_start`, `pay_position` are the transfers grouped by sender. Returns (origin, unfollowed).
    """
    accounts = role.size
    value = np.zeros(accounts)
    origin = np.zeros(accounts)
    unfollowed = np.zeros(accounts)
    choosing = counted.size > 0
    left = np.zeros(accounts)
    emptied = np.zeros(accounts, np.int64)
    value_before = np.zeros(sender.size)
    left_before = np.zeros(sender.size)
    emptied_before = np.zeros(sender.size, np.int64)
    late = pay_start[1:].copy()
    for i in range(sender.size - 1, -1, -1):
        payer = sender[i]
        payee = receiver[i]
        paid = amount[i]
        if payer != payee and paid > 0:
            if role[payee] == ORDINARY:
                worth = value[payee]
                while late[payee] > pay_start[payee] and (
                    time[pay_position[late[payee] - 1]] - time[i] > max_rest
                ):
                    late[payee] -= 1
                if late[payee] < pay_start[payee + 1]:
                    first = pay_position[late[payee]]
                    if emptied[payee] == emptied_before[first]:
                        overdue = np.exp(left[payee] - left_before[first]) * value_before[first]
                        overdue = min(overdue, worth)
                        worth -= overdue
                        origin[payee] += paid * overdue
                        unfollowed[payee] += paid * overdue
            elif role[payee] == SOURCE or role[payer] == TARGET or (choosing and counted[i] == 0):
                worth = 0.0
            else:
                worth = 1.0
            if role[payer] != ORDINARY:
                origin[payer] += paid * worth
            elif paid >= held[i]:
                origin[payer] += (paid - held[i]) * worth
                value[payer] = worth
                if held[i] > 0:
                    emptied[payer] += 1
            else:
                value[payer] += (paid / held[i]) * (worth - value[payer])
                left[payer] += np.log1p(-paid / held[i])
        value_before[i] = value[payer]
        left_before[i] = left[payer]
        emptied_before[i] = emptied[payer]
    for x in range(accounts):
        if opening[x] > 0 and role[x] == ORDINARY:
            origin[x] += opening[x] * value[x]
    return origin, unfollowed


@njit(cache=True, nogil=True)
def share_from(
    sender: Int32, receiver: Int32, amount: Int64, held: Int64, opening: Int64, role: Int8, chosen: Bool
) -> Float64:
    """What fraction of each transfer was born at a `chosen` (bool[accounts]) account: float64[n]. O(n)."""
    holding = np.zeros(role.size)
    for x in range(role.size):
        if chosen[x]:
            holding[x] = opening[x]
    share = np.zeros(sender.size)
    for i in range(sender.size):
        payer = sender[i]
        payee = receiver[i]
        paid = amount[i]
        if payer == payee or paid == 0:
            continue
        if role[payer] != ORDINARY:
            part = 1.0 if chosen[payer] else 0.0
        elif paid >= held[i]:
            part = holding[payer] / paid
            if chosen[payer]:
                part += (paid - held[i]) / paid
            holding[payer] = 0.0
        else:
            part = holding[payer] / held[i]
            holding[payer] -= part * paid
        share[i] = part
        if role[payee] == ORDINARY:
            holding[payee] += part * paid
    return share


@njit(cache=True, nogil=True)
def composition(
    i: int,
    time: Int64,
    sender: Int32,
    receiver: Int32,
    amount: Int64,
    held: Int64,
    opening: Int64,
    role: Int8,
    max_rest: int,
    arrivals: Int32,
    departures: Int32,
) -> tuple[Int64, Float64, float]:
    """What transfer `i` is made of: earlier transfers int64[k], their parts of it float64[k], and the part
    born at its sender (or resting there longer than `max_rest`). `arrivals`, `departures` are the sender's
    transfers in order. O(arrivals + departures before i since the sender was last empty)."""
    payer = sender[i]
    if role[payer] != ORDINARY or held[i] == 0:
        return np.empty(0, np.int64), np.empty(0), 1.0
    whole = float(max(amount[i], held[i]))
    source = np.empty(arrivals.size, np.int64)
    weight = np.empty(arrivals.size)
    count = 0
    own = max(0.0, float(amount[i] - held[i])) / whole
    kept = 1.0
    a = np.searchsorted(arrivals, i) - 1
    d = np.searchsorted(departures, i) - 1
    while kept > 0 and (a >= 0 or d >= 0):
        if a >= 0 and (d < 0 or arrivals[a] > departures[d]):
            j = arrivals[a]
            a -= 1
            part = amount[j] * kept / whole
            if sender[j] == payer or part == 0:
                continue
            if time[i] - time[j] > max_rest:
                own += part
            else:
                source[count] = j
                weight[count] = part
                count += 1
        else:
            j = departures[d]
            d -= 1
            if receiver[j] != payer and amount[j] > 0 and held[j] > 0:
                kept *= max(0.0, 1.0 - amount[j] / held[j])
    own += opening[payer] * kept / whole
    return source[:count], weight[:count], own
