"""The plot of the demo case: which countries pay, through whom, and what a run must find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from wellhead.model.finding import UNKNOWN, HolderClass

Cell: TypeAlias = tuple[str, HolderClass]
"""A country (ISO 3166 alpha-2, "" unknown) and a class of holder."""

_STATE, _OFFICIAL, _COMPANY = HolderClass.STATE, HolderClass.OFFICIAL, HolderClass.COMPANY
_CHARITY, _BANK, _PERSON = HolderClass.CHARITY, HolderClass.BANK, HolderClass.PERSON
NOBODY_KNOWS: Cell = (UNKNOWN, HolderClass.UNKNOWN)

# How many countries, and who pays in each. In one country the state pays and nobody else does.
PARTS: tuple[tuple[int, tuple[HolderClass, ...]], ...] = (
    (1, (_STATE,)),
    (22, (_PERSON,)),
    (6, (_PERSON, _COMPANY)),
    (4, (_PERSON, _CHARITY)),
    (2, (_COMPANY,)),
    (1, (_CHARITY,)),
    (1, (_PERSON, _BANK)),
    (1, (_OFFICIAL,)),
    (1, (_PERSON, _OFFICIAL)),
    (1, (_COMPANY, _CHARITY)),
)
REACHING = sum(countries for countries, _ in PARTS)
SILENT = 20
"""Countries whose holders trade, earn and spend, but whose money cannot reach the group."""
POOLED = (_PERSON, _COMPANY, _CHARITY, HolderClass.UNKNOWN)
"""Classes that also pay into the exchange houses, where money of many origins is mixed."""

# Countries that can be seen on a world map. Each seed deals the parts anew.
DRAWN_FROM = """
    AE AL AM AO AR AT AU AZ BA BD BE BG BO BR BW BY CA CH CI CL CM CN CO CR CZ DE DK DO DZ EC EE EG
    ES ET FI FR GA GB GE GH GR GT HN HR HU ID IE IL IN IR IS IT JO JP KE KG KH KR KW KZ LA LB LK LT
    LV MA MD MG MK MM MN MX MY MZ NA NG NI NL NO NP NZ OM PA PE PH PK PL PT PY QA RO RS RU SA SE SI
    SK SN TH TN TR TW TZ UA UG US UY UZ VN ZA ZM
"""


@dataclass(frozen=True, slots=True)
class Plot:
    """`cells` maps each that pays to what its own chains carry to the group, in cents. `silent` countries
    pay nothing."""

    cells: Mapping[Cell, int]
    reaching: tuple[str, ...]
    silent: tuple[str, ...]

    @property
    def state_country(self) -> str:
        return next(country for country, kind in self.cells if kind is _STATE)


def dealt(rng: np.random.Generator) -> Plot:
    """Deal the parts to countries, and the amounts to the parts."""
    countries = [str(code) for code in rng.permutation(DRAWN_FROM.split())[: REACHING + SILENT]]
    reaching, silent = countries[:REACHING], countries[REACHING:]
    kinds = [kinds for number, kinds in PARTS for _ in range(number)]
    cells = [(country, kind) for country, classes in zip(reaching, kinds, strict=True) for kind in classes]
    amounts = {cell: round(6e7 * 4 ** rng.normal()) // 100 * 100 for cell in [*cells, NOBODY_KNOWS]}
    amounts[reaching[0], _STATE] = 1_750_000_000
    return Plot({c: max(a, 2_000_000) for c, a in amounts.items()}, tuple(reaching), tuple(silent))


@dataclass(frozen=True, slots=True)
class Planted:
    """What was planted, in US cents and by the holder's residence, so that a run can be held against it.

    `exact`: what each cell's own chains of accounts carry to the group. Nothing else flows in these chains,
    so fifo, lifo and pro rata find these amounts to the cent, and more only by `pooled_receipts`.
    `pooled`: what each cell pays into the exchange houses, whose money is mixed with that of all others and
    only partly goes on. Of `pooled_receipts`, what reaches the group that way, no policy can say for certain
    whose it was: `expected` splits it in proportion.
    `dirty` counts the rows that are not as they should be, by what is wrong with them.
    """

    seed: int
    rows: int
    receipts: int
    receipt_count: int
    pooled_receipts: int
    exact: Mapping[Cell, int]
    pooled: Mapping[Cell, int]
    reaching: tuple[str, ...]
    silent: tuple[str, ...]
    state_country: str
    target: tuple[str, ...]
    dirty: Mapping[str, int]

    def expected(self) -> dict[Cell, float]:
        """`exact`, and `pooled_receipts` split in proportion to `pooled`; adds up to `receipts`."""
        whole = sum(self.pooled.values())
        return {
            cell: amount + self.pooled_receipts * self.pooled.get(cell, 0) / whole
            for cell, amount in self.exact.items()
        }

    def quality(self) -> dict[str, int]:
        """What the load report of the case must count, by the names of `model.ledger.Quality`."""
        dirty = self.dirty
        same = ("duplicates", "self_transfers", "negative", "rounded", "other_legs")
        return {
            "rows": self.rows + dirty["register_lines"],
            **{name: dirty[name] for name in same},
            "missing": sum(dirty[name] for name in ("missing_amount", "missing_account", "missing_time")),
            "unreadable": sum(dirty[name] for name in ("bad_amount", "bad_time", "ragged", "register_lines")),
        }

    def as_json(self) -> dict[str, Any]:
        """Plain values; cells are written ``"NO private person"``, the unknown ``" unknown"``."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("exact", "pooled"):
            plain[name] = {f"{place} {kind}": value for (place, kind), value in plain[name].items()}
        return plain
