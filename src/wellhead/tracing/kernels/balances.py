"""What accounts hold, who pays whom, and in which order payments of one moment are traced."""

from __future__ import annotations

import numpy as np
from numba import njit

from wellhead.tracing.kernels.arrays import Int32, Int64


@njit(cache=True, nogil=True)
def balances(sender: Int32, receiver: Int32, amount: Int64, opening: Int64) -> Int64:
    """What each sender holds just before each transfer: int64[n]. O(n) time, O(accounts) space."""
    held = np.empty(sender.size, np.int64)
    balance = opening.copy()
    for i in range(sender.size):
        payer = sender[i]
        payee = receiver[i]
        paid = amount[i]
        holding = balance[payer]
        held[i] = holding
        if payer != payee:
            balance[payer] = holding - paid if holding > paid else 0
            balance[payee] += paid
    return held


@njit(cache=True, nogil=True)
def grouped(label: Int32, groups: int) -> tuple[Int64, Int32]:
    """Positions of `label` (int32[n]) by group, in order: (start int64[groups + 1], position int32[n])."""
    start = np.zeros(groups + 1, np.int64)
    for i in range(label.size):
        start[label[i] + 1] += 1
    for g in range(groups):
        start[g + 1] += start[g]
    position = np.empty(label.size, np.int32)
    free = start[:-1].copy()
    for i in range(label.size):
        position[free[label[i]]] = i
        free[label[i]] += 1
    return start, position


@njit(cache=True, nogil=True)
def credits_first(time: Int64, sender: Int32, receiver: Int32, accounts: int) -> Int64:
    """An order in which, among transfers of equal time, an account's credits come before its debits.

    Money flows through a day in the order of a topological sort; where payments form a circle, the ledger's
    own order breaks it. Kahn 1962, per group of equal times. int64[n]. O(n).
    """
    n = sender.size
    order = np.empty(n, np.int64)
    awaited = np.zeros(accounts, np.int64)
    first_debit = np.full(accounts, -1, np.int64)
    last_debit = np.full(accounts, -1, np.int64)
    next_debit = np.full(n, -1, np.int64)
    placed = np.zeros(n, np.bool_)
    queue = np.empty(n, np.int64)
    begin = 0
    while begin < n:
        end = begin + 1
        while end < n and time[end] == time[begin]:
            end += 1
        for i in range(begin, end):
            if sender[i] != receiver[i]:
                awaited[receiver[i]] += 1
            if first_debit[sender[i]] < 0:
                first_debit[sender[i]] = i
            else:
                next_debit[last_debit[sender[i]]] = i
            last_debit[sender[i]] = i
        head = 0
        tail = 0
        oldest = begin
        for i in range(begin, end):
            if awaited[sender[i]] == 0:
                queue[tail] = i
                placed[i] = True
                tail += 1
        while head < end - begin:
            if head == tail:
                while placed[oldest]:
                    oldest += 1
                queue[tail] = oldest
                placed[oldest] = True
                tail += 1
            i = queue[head]
            order[begin + head] = i
            head += 1
            if sender[i] != receiver[i]:
                payee = receiver[i]
                awaited[payee] -= 1
                if awaited[payee] == 0:
                    debit = first_debit[payee]
                    while debit >= 0:
                        if not placed[debit]:
                            queue[tail] = debit
                            placed[debit] = True
                            tail += 1
                        debit = next_debit[debit]
        for i in range(begin, end):
            first_debit[sender[i]] = -1
            awaited[receiver[i]] = 0
        begin = end
    return order
