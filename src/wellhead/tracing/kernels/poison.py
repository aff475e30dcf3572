"""Whatever tainted money touched is tainted."""

from __future__ import annotations

import numpy as np
from numba import njit

from wellhead.tracing.kernels.arrays import Bool, Int8, Int32, Int64
from wellhead.tracing.kernels.roles import FOREVER, ORDINARY, SOURCE, TARGET


@njit(cache=True, nogil=True)
def reaching(sender: Int32, receiver: Int32, amount: Int64, role: Int8) -> Bool:
    """Which transfers can still reach the target: bool[n]. One pass back in time, O(n)."""
    reaches = np.zeros(role.size, np.bool_)
    useful = np.zeros(sender.size, np.bool_)
    for i in range(sender.size - 1, -1, -1):
        payer = sender[i]
        payee = receiver[i]
        if payer == payee or amount[i] == 0:
            continue
        if role[payee] == TARGET:
            useful[i] = role[payer] != TARGET
        else:
            useful[i] = role[payee] == ORDINARY and reaches[payee]
        if useful[i] and role[payer] == ORDINARY:
            reaches[payer] = True
    return useful


@njit(cache=True, nogil=True)
def births(
    time: Int64,
    sender: Int32,
    receiver: Int32,
    amount: Int64,
    held: Int64,
    opening: Int64,
    role: Int8,
    max_rest: int,
) -> Bool:
    """Which transfers may carry money of their own sender: bool[n]. O(n).

    A boundary's payments, a payment beyond the holding, a payment out of an account that had an opening
    balance, and one out of an account that was never empty for longer than `max_rest`.
    """
    born = np.zeros(sender.size, np.bool_)
    filled = np.full(role.size, FOREVER)
    for i in range(sender.size):
        payer = sender[i]
        payee = receiver[i]
        if payer == payee or amount[i] == 0:
            continue
        born[i] = (
            role[payer] != ORDINARY
            or amount[i] > held[i]
            or opening[payer] > 0
            or (filled[payer] != FOREVER and time[i] - filled[payer] > max_rest)
        )
        if amount[i] >= held[i]:
            filled[payer] = FOREVER
        if filled[payee] == FOREVER:
            filled[payee] = time[i]
    return born


@njit(cache=True, nogil=True)
def poison(
    sender: Int32,
    receiver: Int32,
    amount: Int64,
    born: Bool,
    role: Int8,
    column: Int32,
    columns: int,
) -> Int64:
    """Receipts that may be tainted by each group of origins: int64[columns]. O(n x columns / 64).

    `column` int32[accounts] is the group of an origin, -1 for none. A bit of `tainted` says whether a
    group's taint has reached an account.
    """
    words = (columns + 63) // 64
    tainted = np.zeros((role.size, words), np.uint64)
    total = np.zeros(columns, np.int64)
    for i in range(sender.size):
        payer = sender[i]
        payee = receiver[i]
        if payer == payee or amount[i] == 0 or role[payee] == SOURCE:
            continue
        if role[payee] == TARGET and role[payer] == TARGET:
            continue
        own = column[payer] if born[i] else -1
        for w in range(words):
            taint = tainted[payer, w] if role[payer] == ORDINARY else np.uint64(0)
            if own >= 0 and own // 64 == w:
                taint |= np.uint64(1) << np.uint64(own % 64)
            if taint == 0:
                continue
            if role[payee] == ORDINARY:
                tainted[payee, w] |= taint
                continue
            for c in range(64 * w, min(columns, 64 * w + 64)):
                if (taint >> np.uint64(c % 64)) & np.uint64(1):
                    total[c] += amount[i]
    return total


@njit(cache=True, nogil=True)
def poison_within(
    time: Int64,
    sender: Int32,
    receiver: Int32,
    amount: Int64,
    born: Bool,
    role: Int8,
    column: Int32,
    columns: int,
    max_rest: int,
) -> Int64:
    """Receipts that may be tainted by each group of origins: int64[columns]. O(n x columns).

    As `poison`, but a taint ends where money has rested longer than `max_rest` µs: `last` is when an
    account was last reached by a group's taint.
    """
    never = np.iinfo(np.int64).min
    last = np.full((role.size, columns), never)
    total = np.zeros(columns, np.int64)
    for i in range(sender.size):
        payer = sender[i]
        payee = receiver[i]
        if payer == payee or amount[i] == 0 or role[payee] == SOURCE:
            continue
        if role[payee] == TARGET and role[payer] == TARGET:
            continue
        for c in range(columns):
            tainted = born[i] and column[payer] == c
            if role[payer] == ORDINARY and last[payer, c] != never:
                tainted = tainted or time[i] - last[payer, c] <= max_rest
            if tainted:
                if role[payee] == TARGET:
                    total[c] += amount[i]
                else:
                    last[payee, c] = time[i]
    return total
