"""What a trace found: receipts, origins, groups of origins, chains."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wellhead.model import country
from wellhead.model.errors import UsageError
from wellhead.model.finding import (
    UNKNOWN,
    Chains,
    CountryLine,
    Criterion,
    Flow,
    HolderClass,
    OriginLine,
)
from wellhead.model.ledger import Ledger
from wellhead.model.money import Money
from wellhead.tracing.attribution import CONTROL_THRESHOLD, Attributed, Registers, attribute, labels
from wellhead.tracing.paths import largest_chains
from wellhead.tracing.policies import POLICIES
from wellhead.tracing.tracer import Boundary, Parts, Progress, Tracer

if TYPE_CHECKING:
    import pyarrow as pa

OTHERS = "*"
"""The label under which small countries are drawn together in pictures; tables list every country."""
DRAWN_COUNTRIES = 12
DRAWN_PAYERS = 10


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of origins: its `label` ("" unknown), its `name` to be read, part of the receipts, and number
    of accounts."""

    label: str
    name: str
    amount: float
    share: float
    accounts: int
    by_class: Mapping[HolderClass, float] = field(default_factory=dict)


class Trace:
    """A target's receipts, split by where the money was born under one policy.

    `receipts` is their sum in minor units of `ledger.currency`; `receipt_count` their number. Amounts of
    `fifo`, `lifo` and `poison` are exact integers, those of `pro-rata` floats (1e-9 relative).
    """

    def __init__(
        self,
        tracer: Tracer,
        boundary: Boundary,
        policy: str,
        registers: Registers | None = None,
        criterion: Criterion = Criterion.RESIDENCE,
        threshold: float = CONTROL_THRESHOLD,
        progress: Progress | None = None,
    ) -> None:
        self.tracer, self.boundary, self.policy = tracer, boundary, policy
        self.registers = registers or Registers.from_entities((), ())
        self.criterion, self.threshold = criterion, threshold
        self._groups: dict[str, tuple[GroupLine, ...]] = {}
        self.parts: Parts = tracer.parts(boundary, policy, progress=progress)
        self.receipts = int(tracer.amount[boundary.receipts].sum())
        self.receipt_count = int(boundary.receipts.size)

    @property
    def ledger(self) -> Ledger:
        return self.tracer.ledger

    @cached_property
    def attributed(self) -> list[Attributed]:
        """Each origin account attributed to its holder, owner, country and class, in the order of `parts`."""
        names = [self.ledger.accounts[int(x)] for x in self.parts.account]
        return attribute(names, self.registers, self.criterion, self.threshold)

    @cached_property
    def lines(self) -> tuple[OriginLine, ...]:
        """Every origin, largest first."""
        amounts, unfollowed = self.parts.amount.tolist(), self.parts.unfollowed.tolist()
        found = (
            OriginLine(
                a.identifier, amount, self.share(amount), a.holder_name, a.country, a.holder_class, left
            )
            for a, amount, left in zip(self.attributed, amounts, unfollowed, strict=True)
        )
        return tuple(sorted(found, key=lambda line: (-line.amount, line.id)))

    @property
    def origins(self) -> pa.Table:
        """Every origin, largest first: id, amount, share, name, country, class, unfollowed (Arrow)."""
        import pyarrow as pa

        lines = self.lines
        return pa.table(
            {
                "id": pa.array([line.id for line in lines], pa.string()),
                "amount": self._amounts([line.amount for line in lines]),
                "share": pa.array([line.share for line in lines], pa.float64()),
                "name": pa.array([line.name for line in lines], pa.string()),
                "country": pa.array([line.country for line in lines], pa.string()),
                "class": pa.array([str(line.holder_class) for line in lines], pa.string()),
                "unfollowed": self._amounts([line.unfollowed for line in lines]),
            }
        )

    def _amounts(self, values: list[float]) -> pa.Array:
        import pyarrow as pa

        return pa.array(values, pa.int64() if POLICIES[self.policy].exact else pa.float64())

    def share(self, amount: float) -> float:
        """`amount` as a fraction of the receipts."""
        return amount / self.receipts if self.receipts else 0.0

    def labels(self, by: str) -> list[str]:
        """The group of each origin in `parts`: an account's identifier, a holder's or owner's entity id, or a
        country code; "" where it is unknown. Raises UsageError for another word."""
        return labels(self.attributed, by)

    def groups(self, by: str) -> tuple[GroupLine, ...]:
        """Origins added up by holder, owner, country or account: largest first, then the unknown.

        Under poison a group's figure is what *any* of its members may have tainted, not a sum.
        """
        if by not in self._groups:
            self._groups[by] = self._grouped(by)
        return self._groups[by]

    def _grouped(self, by: str) -> tuple[GroupLine, ...]:
        label_of = self.labels(by)
        names = sorted(set(label_of))
        code = {name: index for index, name in enumerate(names)}
        group = np.array([code[label] for label in label_of], np.int32)
        shown = {label: _shown_name(a, by) for label, a in zip(label_of, self.attributed, strict=True)}
        totals = self._group_totals(group, len(names))
        same = by != "owner" or self.criterion is Criterion.OWNER
        classes = self._class_totals(group, len(names)) if same else [{} for _ in names]
        counts = np.bincount(group, minlength=len(names)).tolist() if names else []
        lines = [
            GroupLine(name, shown[name], totals[k], self.share(totals[k]), counts[k], classes[k])
            for k, name in enumerate(names)
        ]
        return tuple(sorted(lines, key=lambda line: (line.label == UNKNOWN, -line.amount, line.label)))

    def _group_totals(self, group: npt.NDArray[np.int32], groups: int) -> list[Any]:
        if self.policy == "poison":
            return list(self.tracer.tainted(self.boundary, self.parts.account, group).tolist())
        totals = np.zeros(groups, self.parts.amount.dtype)
        np.add.at(totals, group, self.parts.amount)
        return list(totals.tolist())

    def _class_totals(self, group: npt.NDArray[np.int32], groups: int) -> list[dict[HolderClass, float]]:
        """Per group, its amount by class of holder; none under poison, where parts do not add up."""
        totals: list[dict[HolderClass, float]] = [{} for _ in range(groups)]
        if POLICIES[self.policy].conserves:
            for k, a, amount in zip(group.tolist(), self.attributed, self.parts.amount.tolist(), strict=True):
                totals[k][a.holder_class] = totals[k].get(a.holder_class, 0) + amount
        return totals

    def by(self, by: str) -> pa.Table:
        """`groups` as an Arrow table: label, name, amount, share, accounts, and each class of holder."""
        import pyarrow as pa

        lines = self.groups(by)
        columns = {
            by: pa.array([line.label for line in lines], pa.string()),
            "name": pa.array([line.name for line in lines], pa.string()),
            "amount": self._amounts([line.amount for line in lines]),
            "share": pa.array([line.share for line in lines], pa.float64()),
            "accounts": pa.array([line.accounts for line in lines], pa.int64()),
        }
        if POLICIES[self.policy].conserves:
            for holder_class in HolderClass:
                amounts = [line.by_class.get(holder_class, 0) for line in lines]
                columns[str(holder_class)] = self._amounts(amounts)
        return pa.table(columns)

    def countries(self) -> tuple[CountryLine, ...]:
        """The receipts by country and class of holder, as the report shows them."""
        return tuple(
            CountryLine(line.label, line.amount, line.share, line.by_class, line.accounts)
            for line in self.groups("country")
        )

    def paths(self, origin: str | None = None, *, by: str = "account", most: int = 10) -> Chains:
        """The largest chains from an origin account, or from a holder, owner or country (`by`); from anywhere
        where `origin` is None. Chains and remainder add up. See `paths.largest_chains`."""
        if origin is None:
            chosen = self.parts.account
        else:
            wanted = self.tracer.accounts.find(origin) if by == "account" else None
            keep = (
                self.parts.account == wanted
                if by == "account"
                else np.array([label == origin for label in self.labels(by)], np.bool_)
            )
            chosen = self.parts.account[keep]
            if not chosen.size:
                shown = ", ".join(sorted(set(self.labels(by)) - {UNKNOWN})[:5])
                raise UsageError(f"{origin!r} is no {by} that money came from.", remedy=f"Such as: {shown}.")
        label = "all origins" if origin is None else origin
        return largest_chains(self.tracer, self.boundary, self.policy, chosen, label, most)

    def flows(self) -> tuple[Flow, ...]:
        """Country of origin → last account before the target: the largest of each, the rest together."""
        payer = self.tracer.sender[self.boundary.receipts]
        sums = np.bincount(payer, self.tracer.amount[self.boundary.receipts], len(self.ledger.accounts))
        largest = {int(x) for x in np.argsort(-sums, kind="stable")[:DRAWN_PAYERS] if sums[x] > 0}
        label = np.array([int(x) if int(x) in largest else -1 for x in payer], np.int64)
        return tuple(
            Flow(origin, OTHERS if x < 0 else self.ledger.accounts[x], amount)
            for x, origin, amount in self._split_by(label)
        )

    def months(self) -> tuple[tuple[str, str, float], ...]:
        """(month, country or "*", amount) in time order: what arrived when, by country of origin."""
        times = self.tracer.time[self.boundary.receipts].astype("datetime64[us]")
        label = times.astype("datetime64[M]").astype(np.int64)
        return tuple(
            (str(np.datetime64(month, "M")), country, amount)
            for month, country, amount in self._split_by(label)
        )

    def _split_by(self, label: npt.NDArray[np.int64]) -> list[tuple[int, str, float]]:
        """Receipts by an integer label and country of origin, small countries together. A poison trace is
        drawn as pro rata: poison's parts do not add up."""
        policy = self.policy if POLICIES[self.policy].conserves else "pro-rata"
        where = {int(x): a.country for x, a in zip(self.parts.account, self.attributed, strict=True)}
        ranked = [line.label for line in self.groups("country") if line.label != UNKNOWN]
        drawn = {UNKNOWN, *ranked[:DRAWN_COUNTRIES]}
        found: dict[tuple[int, str], float] = {}
        for value, receipts in self.tracer.receipts_by(self.boundary, label):
            parts = self.tracer.parts(self.boundary, policy, receipts)
            for x, amount in zip(parts.account.tolist(), parts.amount.tolist(), strict=True):
                name = where.get(x, UNKNOWN)
                key = (value, name if name in drawn else OTHERS)
                found[key] = found.get(key, 0) + amount
        return [(value, name, amount) for (value, name), amount in sorted(found.items())]

    def __repr__(self) -> str:
        total = Money(self.receipts, self.ledger.currency)
        counts = f"{self.receipt_count:,} receipts, {len(self.lines):,} origins"
        head = f"Trace({self.policy}, {total} in {counts})"
        rows = [f"  {line.share:7.2%}  {self._shown(line.amount):>20}  {line.id}" for line in self.lines[:10]]
        more = len(self.lines) - len(rows)
        return "\n".join([head, *rows, *([f"  … and {more:,} more"] if more > 0 else [])])

    def _shown(self, amount: float) -> str:
        return str(Money(round(amount), self.ledger.currency))

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(line.id)}</td><td style='text-align:right'>{self._shown(line.amount)}</td>"
            f"<td style='text-align:right'>{line.share:.2%}</td></tr>"
            for line in self.lines[:20]
        )
        total = Money(self.receipts, self.ledger.currency)
        return (
            f"<table><caption>{html.escape(str(total))} received, by origin, {html.escape(self.policy)} "
            f"({len(self.lines):,} origins)</caption><thead><tr><th>origin</th><th>amount</th><th>share</th>"
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )


def _shown_name(line: Attributed, by: str) -> str:
    """How a group is called where people read it."""
    names = {
        "account": line.holder_name,
        "holder": line.holder_name,
        "owner": line.owner_name,
        "country": country.name(line.country) if line.country else "",
    }
    return names[by]
