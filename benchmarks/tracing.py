"""The kernels beside a bare pass over the same arrays, and beside two tracers that others would write."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Row, random_ledger, seconds
from wellhead.model.ledger import Ledger
from wellhead.tracing import kernels
from wellhead.tracing.oracle import trace_forward
from wellhead.tracing.tracer import Tracer

SLICE = 20_000
"""Transfers that the slow peers are given; they are compared per transfer."""


def rows() -> Iterator[Row]:
    """One row a figure."""
    _compile()
    for skew, most in (("uniform", 15), ("zipf", 30)):
        ledger = random_ledger(skew)
        yield from _pro_rata(ledger, skew, most)
        yield from _fifo(ledger, skew)
    yield from _peers(random_ledger("uniform", SLICE, SLICE // 10))


def _compile() -> None:
    tracer = Tracer(random_ledger("uniform", 1000, 100))
    boundary = tracer.boundary(["A0000001"])
    for policy in ("fifo", "lifo", "pro-rata", "poison"):
        tracer.parts(boundary, policy)


def _largest(ledger: Ledger) -> int:
    return int(np.bincount(ledger.receiver, minlength=len(ledger.accounts)).argmax())


def _pro_rata(ledger: Ledger, skew: str, most: int) -> Iterator[Row]:
    role = np.zeros(len(ledger.accounts), np.int8)
    role[_largest(ledger)] = kernels.TARGET
    every = np.empty(0, np.uint8)
    columns = (ledger.sender, ledger.receiver, ledger.amount)
    by_account = ledger.opening + 1.0

    def gather() -> float:
        return float(by_account[ledger.sender].sum() + by_account[ledger.receiver].sum())

    def both_passes() -> None:
        held = kernels.balances(*columns, ledger.opening)
        kernels.pro_rata(*columns, held, ledger.opening, role, every)

    bare = seconds(gather, 5)
    sweep = seconds(both_passes, 5)
    each, gathers = sweep / len(ledger) * 1e9, bare / len(ledger) * 1e9
    yield Row(
        f"pro-rata, all origins of one target, 5M transfers, {skew}",
        f"{each:.1f} ns a transfer; {sweep / bare:.1f} x two random gathers in numpy ({gathers:.1f} ns)",
        f"≤ 8 x; ≤ {most} ns on a quiet machine",
        "met" if sweep / bare <= 8 else "missed",
    )


def _fifo(ledger: Ledger, skew: str) -> Iterator[Row]:
    tracer = Tracer(ledger)
    preparing = seconds(
        lambda: kernels.split(ledger.sender, ledger.receiver, ledger.amount, ledger.opening, False), 3
    )
    each = preparing / len(ledger) * 1e9
    pieces = len(tracer.pieces("fifo").source) / len(ledger)
    yield Row(
        f"fifo, preparation, {skew}",
        f"{each:.0f} ns a transfer; {pieces:.2f} pieces a transfer",
        "≤ 300 ns",
        "met" if each <= 300 else "missed",
    )
    received = np.bincount(ledger.receiver, minlength=len(ledger.accounts))
    order = np.argsort(received, kind="stable")
    _ = tracer.arrivals, tracer.accounts.find("A0000001")
    for name, account, floor in (("median", order[len(order) // 2], 1.0), ("largest", order[-1], 500.0)):
        names = [ledger.accounts[int(account)]]
        taken = seconds(lambda names=names: tracer.parts(tracer.boundary(names), "fifo"), 5) * 1e3
        yield Row(
            f"fifo, {name} target ({received[account]:,} receipts), {skew}",
            f"{taken:.2f} ms",
            f"< {floor:g} ms",
            "met" if taken < floor else "missed",
        )


def _peers(ledger: Ledger) -> Iterator[Row]:
    """What the same question costs without the sweep, on a slice, per transfer."""
    target = ledger.accounts[_largest(ledger)]
    tracer = Tracer(ledger)
    ours = seconds(lambda: Tracer(ledger).parts(tracer.boundary([target]), "pro-rata"), 3)
    for name, work in (
        ("a dictionary of origins for each account", lambda: _dictionaries(ledger)),
        ("networkx, all time-respecting predecessors", lambda: _networkx(ledger, target)),
        ("the oracle (exact parcels), fifo", lambda: _oracle(ledger, target)),
    ):
        theirs = seconds(work, 1)
        yield Row(
            f"{name}, {len(ledger):,} transfers",
            f"{theirs / len(ledger) * 1e9:,.0f} ns a transfer; {theirs / ours:,.0f} x the pro-rata sweep",
            "slower",
            "met" if theirs > ours else "missed",
        )


def _dictionaries(ledger: Ledger) -> dict[int, dict[int, float]]:
    held: dict[int, dict[int, float]] = {}
    for payer, payee, paid in zip(
        ledger.sender.tolist(), ledger.receiver.tolist(), ledger.amount.tolist(), strict=True
    ):
        if payer == payee:
            continue
        own = held.setdefault(payer, {})
        balance = sum(own.values())
        part = min(1.0, paid / balance) if balance else 0.0
        other = held.setdefault(payee, {})
        for origin, amount in own.items():
            other[origin] = other.get(origin, 0.0) + amount * part
            own[origin] = amount * (1 - part)
        if paid > balance:
            other[payer] = other.get(payer, 0.0) + paid - balance
    return held


def _networkx(ledger: Ledger, target: str) -> int:
    """Reachability alone, no amounts: a graph of (account, visit) nodes and its ancestors."""
    import networkx as nx

    graph: nx.DiGraph[tuple[int, int]] = nx.DiGraph()
    visit: dict[int, int] = {}
    for payer, payee in zip(ledger.sender.tolist(), ledger.receiver.tolist(), strict=True):
        before = visit.get(payee, 0)
        visit[payee] = before + 1
        graph.add_edge((payee, before), (payee, before + 1))
        graph.add_edge((payer, visit.get(payer, 0)), (payee, before + 1))
    end = ledger.accounts.index(target)
    return len(nx.ancestors(graph, (end, visit[end])))


def _oracle(ledger: Ledger, target: str) -> object:
    names = ledger.accounts
    columns = (ledger.time, ledger.sender, ledger.receiver, ledger.amount)
    movements = [
        (t, names[s], names[r], a) for t, s, r, a in zip(*(c.tolist() for c in columns), strict=True)
    ]
    return trace_forward(movements, [target], [], "fifo")
