"""Small ledgers for tests: written by hand as movements, or drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from wellhead.model.ledger import Ledger
from wellhead.model.money import currency
from wellhead.tracing.oracle import Movement

DAY = 86_400_000_000
"""A day in µs."""


def ledger_of(
    movements: Sequence[Movement], opening: Mapping[str, int] | None = None, accounts: Sequence[str] = ()
) -> Ledger:
    """A ledger of (time µs, sender, receiver, minor units), which must be in time order."""
    opening = opening or {}
    names = list(dict.fromkeys([*accounts, *(name for m in movements for name in (m[1], m[2])), *opening]))
    index = {name: k for k, name in enumerate(names)}
    return Ledger(
        time=np.array([m[0] for m in movements], np.int64),
        sender=np.array([index[m[1]] for m in movements], np.int32),
        receiver=np.array([index[m[2]] for m in movements], np.int32),
        amount=np.array([m[3] for m in movements], np.int64),
        file=np.zeros(len(movements), np.int16),
        row=np.arange(1, len(movements) + 1, dtype=np.int64),
        accounts=names,
        opening=np.array([opening.get(name, 0) for name in names], np.int64),
        currency=currency("USD"),
    )


@dataclass(frozen=True, slots=True)
class Situation:
    """A ledger with everything that a trace can be asked."""

    movements: list[Movement]
    opening: dict[str, int]
    targets: list[str]
    sources: list[str]
    max_rest: int | None

    @property
    def ledger(self) -> Ledger:
        return ledger_of(self.movements, self.opening, [*self.targets, *self.sources])

    @property
    def max_rest_days(self) -> float | None:
        return None if self.max_rest is None else self.max_rest / DAY


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Few accounts, many ties, cycles, self-transfers, shortfalls, sources that receive, targets that pay."""
    accounts = [f"A{k}" for k in range(draw(st.integers(2, 7)))]
    name = st.sampled_from(accounts)
    amount = st.one_of(st.sampled_from([0, 1, 2, 3, 5, 10, 50]), st.integers(0, 10**6))
    steps = draw(st.lists(st.tuples(st.sampled_from([0, 0, 1, 3]), name, name, amount), max_size=30))
    time, movements = 0, []
    for wait, sender, receiver, paid in steps:
        time += wait * DAY
        movements.append((time, sender, receiver, paid))
    shuffled = draw(st.permutations(accounts))
    targets = shuffled[: draw(st.integers(1, 2))]
    sources = shuffled[len(targets) : len(targets) + draw(st.integers(0, 2))]
    opening = draw(st.dictionaries(name, st.integers(0, 60), max_size=3))
    max_rest = draw(st.sampled_from([None, None, 0, DAY, 3 * DAY, 6 * DAY]))
    return Situation(movements, opening, targets, sources, max_rest)
