"""The rows of the report's tables, in whole minor units that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wellhead.model.finding import UNKNOWN, Chain, Chains, HolderClass, OriginLine
from wellhead.model.ledger import Quality
from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.publish.release import Release
from wellhead.publish.shown import OTHERS, part, place, short, whole_units

MOST_ROWS = 100
"""Rows, rates and accounts that are listed one by one; the rest is counted."""
ALL_ORIGINS = "all origins"
"""The label of paths from anywhere."""
_SET_ASIDE = ("negative", "missing", "unreadable", "no_rate")
"""Counters of `Quality` whose rows were set aside."""


@dataclass(frozen=True, slots=True)
class CountryRow:
    """A line of the table of countries: `rank` from 1 (0: not attributed), minor units by class."""

    rank: int
    code: str
    amount: int
    share: float
    by_class: Mapping[HolderClass, int]
    origins: int
    reached: bool
    """Whether at least half a minor unit came from here: less is counted, but makes no country of origin."""

    def of(self, holder: HolderClass) -> int:
        """Minor units paid by holders of one class."""
        return self.by_class.get(holder, 0)


@dataclass(frozen=True, slots=True)
class OriginRow:
    """A line of the table of origins."""

    line: OriginLine
    amount: int
    unfollowed: int


@dataclass(frozen=True, slots=True)
class PathRow:
    """A path with its amount in whole units."""

    chain: Chain
    amount: int


@dataclass(frozen=True, slots=True)
class Paths:
    """The largest paths from one origin or group: amounts and remainder add up to `total`."""

    label: str
    heading: str
    total: int
    rows: tuple[PathRow, ...]
    remainder: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """Rows that did not become transfers: counted by reason, listed, and how many more there are."""

    by_reason: tuple[tuple[Reason, int], ...]
    listed: tuple[RowReport, ...]
    unlisted: int


def countries(release: Release) -> list[CountryRow]:
    """Largest first, the unknown last. Amounts add up to the receipts, classes to their line's amount.

    Raises ValueError where the release's figures do not add up (the policy ``poison`` apart).
    """
    lines = sorted(release.countries, key=lambda line: (line.country == UNKNOWN, -line.amount, line.country))
    amounts = _whole(release, [line.amount for line in lines])
    rows = []
    for rank, (line, amount) in enumerate(zip(lines, amounts, strict=True), 1):
        parts = [line.by_class.get(each, 0) for each in HolderClass]
        split = [round(p) for p in parts] if not release.additive else whole_units(parts, amount)
        rows.append(
            CountryRow(
                0 if line.country == UNKNOWN else rank,
                line.country,
                amount,
                part(amount, release.receipts),
                dict(zip(HolderClass, split, strict=True)),
                line.origins,
                line.amount >= 0.5,
            )
        )
    return rows


def _whole(release: Release, amounts: list[float]) -> list[int]:
    return whole_units(amounts, release.receipts) if release.additive else [round(a) for a in amounts]


def flows(release: Release) -> list[tuple[str, str, int]]:
    """(country, payer, minor units) that add up to the receipts."""
    amounts = _whole(release, [flow.amount for flow in release.flows])
    return [(flow.source, flow.payer, a) for flow, a in zip(release.flows, amounts, strict=True)]


def months(release: Release) -> list[tuple[str, str, int]]:
    """(month, country, minor units) that add up to the receipts."""
    amounts = _whole(release, [amount for _, _, amount in release.months])
    return [(month, code, a) for (month, code, _), a in zip(release.months, amounts, strict=True)]


def origins(release: Release) -> tuple[list[OriginRow], int]:
    """The origins listed, and what the unlisted ones add up to (0 under ``poison``: lines overlap)."""
    parts = [line.amount for line in release.origins]
    if not release.additive or not parts:
        amounts, rest = [round(p) for p in parts], 0
    elif release.origins_total <= len(parts):
        amounts, rest = whole_units(parts, release.receipts), 0
    else:
        left = max(release.receipts - sum(parts), 0)
        *amounts, rest = whole_units([*parts, left], release.receipts)
    rows = [
        OriginRow(line, a, min(round(line.unfollowed), a))
        for line, a in zip(release.origins, amounts, strict=True)
    ]
    return rows, rest


def paths(release: Release, rows: list[CountryRow]) -> list[Paths]:
    """Every group of paths; a country's total is the one in the table of countries."""
    shown = {row.code: row.amount for row in rows}
    return [_paths(group, shown) for group in release.chains]


def _paths(group: Chains, shown: Mapping[str, int]) -> Paths:
    total = shown.get(group.label, round(group.total))
    if abs(total - group.total) > 1:
        total = round(group.total)
    *amounts, remainder = whole_units([*(c.amount for c in group.chains), group.remainder], total)
    pairs = zip(group.chains, amounts, strict=True)
    return Paths(
        group.label,
        _heading(group.label, shown),
        total,
        tuple(PathRow(chain, a) for chain, a in pairs),
        remainder,
    )


def _heading(label: str, countries: Mapping[str, int]) -> str:
    if label == ALL_ORIGINS:
        return "From anywhere"
    if label in countries:
        return f"From {place(label)}" if label else "From origins not attributed to a country"
    return f"From {short(label)}"


def set_aside(quality: Quality) -> SetAside:
    """The rows not in the ledger, up to `MOST_ROWS` lines in the order of the reports."""
    reports = [report for report in quality.reports if report.action is Action.SET_ASIDE]
    sums: dict[Reason, int] = {}
    for report in reports:
        sums[report.reason] = sums.get(report.reason, 0) + report.count
    listed = tuple(reports[:MOST_ROWS])
    counted = sum(getattr(quality, name) for name in _SET_ASIDE)
    by_reason = tuple(sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])))
    return SetAside(by_reason, listed, max(counted - sum(report.count for report in listed), 0))


def policy_shares(release: Release, most: int = 8) -> list[tuple[str, list[tuple[str, float]]]]:
    """(country, [(policy, share)]) for the largest countries, where the policies give shares."""
    given = [line for line in release.policies if line.shares]
    if len(given) < 2:
        return []
    used = next((line for line in given if line.policy == release.policy), given[0])
    largest = sorted(
        ((code, share) for code, share in used.shares if code not in (UNKNOWN, OTHERS)),
        key=lambda pair: (-pair[1], pair[0]),
    )[:most]
    return [
        (code, [(line.policy, dict(line.shares).get(code, 0.0)) for line in given]) for code, _ in largest
    ]
