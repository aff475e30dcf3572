"""What is wrong with real ledgers, planted row by row and counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Row = list[str]
"""time, sender, receiver, amount, currency, reference, purpose, as a bank writes them."""
TIME, SENDER, RECEIVER, AMOUNT, CURRENCY, REFERENCE, PURPOSE = range(7)
_BAD_DATES = ("2015-02-30", "31.31.2014", "soon", "0000-00-00", "yesterday")
_BAD_AMOUNTS = ("12,34,5x", "see note", "--", "1.2.3.4")


@dataclass(frozen=True, slots=True)
class Flaw:
    """A kind of flaw, how many rows in 10,000 have it, and how it is made of a sound row."""

    name: str
    rate: float
    spoil: Callable[[Row, int], Row]


def _with(column: int, text: Callable[[Row, int], str]) -> Callable[[Row, int], Row]:
    def spoil(row: Row, nth: int) -> Row:
        return [text(row, nth) if place == column else cell for place, cell in enumerate(row)]

    return spoil


# Each is a row added to the ledger; "ragged" rows have too many or too few fields.
FLAWS = (
    Flaw("negative", 6, _with(AMOUNT, lambda row, _: f"-{row[AMOUNT]}")),
    Flaw("missing_amount", 4, _with(AMOUNT, lambda *_: "")),
    Flaw("missing_account", 3, _with(RECEIVER, lambda *_: "")),
    Flaw("missing_time", 2, _with(TIME, lambda *_: "")),
    Flaw("bad_time", 3, _with(TIME, lambda _, nth: _BAD_DATES[nth % len(_BAD_DATES)])),
    Flaw("bad_amount", 3, _with(AMOUNT, lambda _, nth: _BAD_AMOUNTS[nth % len(_BAD_AMOUNTS)])),
    Flaw("ragged", 3, lambda row, nth: row[:3] if nth % 2 else [*row, "surplus", "fields"]),
    Flaw("self_transfers", 8, _with(RECEIVER, lambda row, _: row[SENDER])),
    Flaw("rounded", 10, _with(AMOUNT, lambda row, nth: f"{row[AMOUNT]}{1 + nth % 9}")),
)
REPEATED = 12
"""Rows in 10,000 that stand in the ledger twice."""


def soiled(
    rng: np.random.Generator, rows: list[Row], ordinary: list[int], new_reference: Callable[[], str]
) -> tuple[list[Row], dict[str, int]]:
    """The rows with flawed ones put between them, and how many of each flaw. Only `ordinary` rows (by
    place) are repeated or serve as models, so that the plot's own payments stay as they were planted."""
    counts: dict[str, int] = {}
    after: dict[int, list[Row]] = {}
    for flaw in FLAWS:
        counts[flaw.name] = max(1, round(flaw.rate * len(rows) / 10_000))
        for nth, place in enumerate(rng.choice(ordinary, counts[flaw.name]).tolist()):
            model = [*rows[place][:REFERENCE], new_reference(), rows[place][PURPOSE]]
            after.setdefault(place, []).append(flaw.spoil(model, nth))
    counts["duplicates"] = max(1, round(REPEATED * len(rows) / 10_000))
    for place in rng.choice(ordinary, counts["duplicates"], replace=False).tolist():
        after.setdefault(place, []).append(list(rows[place]))
    return [row for place, own in enumerate(rows) for row in (own, *after.get(place, ()))], counts
