"""How the money travelled: country → last account that paid the target → target, bands as thick as the money.

The order within a column lessens crossings (barycentre sweeps, Sugiyama, Tagawa & Toda 1981: the best of
a fixed number of sweeps is kept); "other" and "not attributed" stay at the bottom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wellhead.model.finding import UNKNOWN
from wellhead.model.money import Currency
from wellhead.publish.shown import OTHERS, count, money, part, percent, place, short, visible
from wellhead.publish.svg import element, figure, fitted, hatch, number, text, titled, width, wrapped

COUNTRIES = 15
PAYERS = 14
_WIDTH, _FLOW, _HEAD = 960.0, 430.0, 30.0
_LEFT, _MIDDLE, _RIGHT, _BROAD = 236.0, 520.0, 836.0, 12.0
_SIZE, _SLOT, _GAP = 12.5, 17.0, 4.0
_SWEEPS = 12

Edge = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A country or payer: `key`, minor units, and its bar's upper edge and height in the picture."""

    key: str
    amount: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """A name and its share beside a node; `x` and `y` are on the baseline, where it starts or ends."""

    name: str
    share: str
    x: float
    y: float
    anchor: str

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom by the estimated width."""
        wide = width(self.name + self.share, _SIZE)
        left = self.x - wide if self.anchor == "end" else self.x
        return left, self.y - _SIZE * 0.95, left + wide, self.y + _SIZE * 0.3


@dataclass(frozen=True, slots=True)
class Layout:
    """Nodes from top to bottom, `edges` (country, payer, minor units) between them, the picture's height."""

    countries: tuple[Node, ...]
    payers: tuple[Node, ...]
    edges: tuple[Edge, ...]
    height: float
    others: Mapping[str, int]
    """How many countries ("country") and payers ("payer") the "other" nodes stand for."""

    def total(self) -> int:
        """Minor units that reach the target."""
        return sum(value for _, _, value in self.edges)


def arranged(flows: Sequence[Edge]) -> Layout:
    """Flows (country, payer, minor units; zero ones ignored) as nodes and bands, largest nodes by name."""
    flows = [flow for flow in flows if flow[2] > 0]
    countries = _largest(flows, 0, COUNTRIES)
    payers = _largest(flows, 1, PAYERS)
    merged: dict[tuple[str, str], int] = {}
    for source, payer, value in flows:
        key = (source if source in countries else OTHERS, payer if payer in payers else OTHERS)
        merged[key] = merged.get(key, 0) + value
    edges = tuple((source, payer, value) for (source, payer), value in merged.items())
    left, right = ordered(edges)
    total = max(sum(value for _, _, value in edges), 1)
    heights = [_column_height(edges, side, names, total) for side, names in ((0, left), (1, right))]
    height = max(*heights, _FLOW) + _HEAD + 10
    return Layout(
        _placed(edges, 0, left, total, height, heights[0]),
        _placed(edges, 1, right, total, height, heights[1]),
        edges,
        height,
        {
            "country": len({f[0] for f in flows} - set(countries) - {OTHERS}),
            "payer": len({f[1] for f in flows} - set(payers) - {OTHERS}),
        },
    )


def _sums(edges: Sequence[Edge], side: int) -> dict[str, int]:
    sums: dict[str, int] = {}
    for edge in edges:
        key = str(edge[side])
        sums[key] = sums.get(key, 0) + edge[2]
    return sums


def _largest(flows: Sequence[Edge], side: int, most: int) -> list[str]:
    """The names that get a node of their own; the unknown always does."""
    sums = _sums(flows, side)
    named = sorted((k for k in sums if k not in (OTHERS, UNKNOWN)), key=lambda k: (-sums[k], k))
    kept = named if len(named) <= most + 1 and OTHERS not in sums else named[:most]
    return kept + [UNKNOWN] * (UNKNOWN in sums)


def ordered(edges: Sequence[Edge]) -> tuple[list[str], list[str]]:
    """Both columns in the order with the least crossing weight that the sweeps found."""
    left = sorted(_sums(edges, 0), key=lambda k: (_pinned(k), -_sums(edges, 0)[k], k))
    right = sorted(_sums(edges, 1), key=lambda k: (_pinned(k), -_sums(edges, 1)[k], k))
    best = (crossings(edges, left, right), left, right)
    for sweep in range(_SWEEPS):
        if sweep % 2 == 0:
            right = _by_barycentre(edges, 1, right, left)
        else:
            left = _by_barycentre(edges, 0, left, right)
        weight = crossings(edges, left, right)
        if weight < best[0]:
            best = (weight, left, right)
    return best[1], best[2]


def _pinned(key: str) -> int:
    return {OTHERS: 1, UNKNOWN: 2}.get(key, 0)


def _by_barycentre(edges: Sequence[Edge], side: int, names: list[str], across: list[str]) -> list[str]:
    """`names` by the mean position of what they are tied to, weighted by amount."""
    position = {name: i for i, name in enumerate(across)}
    weight = _sums(edges, side)
    moment = dict.fromkeys(names, 0)
    for edge in edges:
        moment[str(edge[side])] += edge[2] * position[str(edge[1 - side])]
    return sorted(names, key=lambda k: (_pinned(k), moment[k] / weight[k], -weight[k], k))


def crossings(edges: Sequence[Edge], left: Sequence[str], right: Sequence[str]) -> int:
    """Sum over crossing pairs of bands of the product of their amounts. O(edges²)."""
    rows, columns = {k: i for i, k in enumerate(left)}, {k: i for i, k in enumerate(right)}
    placed = [(rows[source], columns[payer], value) for source, payer, value in edges]
    return sum(
        a[2] * b[2] for i, a in enumerate(placed) for b in placed[:i] if (a[0] - b[0]) * (a[1] - b[1]) < 0
    )


def _column_height(edges: Sequence[Edge], side: int, names: Sequence[str], total: int) -> float:
    sums = _sums(edges, side)
    slots = [max(sums[name] * _FLOW / total, _SLOT) for name in names]
    return sum(slots) + _GAP * max(len(slots) - 1, 0)


def _placed(
    edges: Sequence[Edge], side: int, names: Sequence[str], total: int, height: float, column: float
) -> tuple[Node, ...]:
    """Every node in a slot high enough for its label, the column in the middle of the picture."""
    sums = _sums(edges, side)
    y = _HEAD + (height - _HEAD - 10 - column) / 2
    nodes = []
    for name in names:
        high = sums[name] * _FLOW / total
        slot = max(high, _SLOT)
        nodes.append(Node(name, sums[name], y + (slot - high) / 2, high))
        y += slot + _GAP
    return tuple(nodes)


def labels(layout: Layout, names: Mapping[str, str]) -> list[Label]:
    """Country labels left of their bars, payer labels right of theirs: one slot each, so none overlap."""
    made = []
    for node in layout.countries:
        words = _label(_country(node.key, layout), node.amount, layout.total(), _LEFT - 12)
        made.append(Label(*words, _LEFT - 6, node.y + node.height / 2 + 4, "end"))
    for node in layout.payers:
        words = _label(_payer(node.key, layout, names), node.amount, layout.total(), 270)
        made.append(Label(*words, _MIDDLE + _BROAD + 6, node.y + node.height / 2 + 4, "start"))
    return made


def _label(name: str, value: int, total: int, room: float) -> tuple[str, str]:
    share = f"\u00a0\u00a0{percent(part(value, total))}"
    return fitted(name, _SIZE, room - width(share, _SIZE)), share


def _country(key: str, layout: Layout) -> str:
    others = layout.others["country"]
    if key == OTHERS and others:
        return count(others, "other country", "other countries")
    return place(key)


def _payer(key: str, layout: Layout, names: Mapping[str, str]) -> str:
    if key == OTHERS:
        others = layout.others["payer"]
        return count(others, "other payer") if others else "Other payers"
    return (names.get(key) or key) if key != UNKNOWN else "Payer not known"


def drawn(layout: Layout, target: str, names: Mapping[str, str], unit: Currency) -> Markup:
    """The picture. `names`: account identifier → holder, where known."""
    scale = _FLOW / max(layout.total(), 1)
    heads = [
        text(_LEFT + _BROAD, 16, "Country of origin", text_anchor="end", class_="strong"),
        text(_MIDDLE, 16, "Last payer before the target", class_="strong"),
        text(_RIGHT, 16, "Target", class_="strong"),
    ]
    bands = _bands(layout, target, names, unit, scale)
    nodes = [
        element("rect", titled(f"{_country(n.key, layout)}: {money(n.amount, unit)}"), x=_LEFT, y=n.y,
                width=_BROAD, height=max(n.height, 1), class_=_kind(n.key))
        for n in layout.countries
    ]  # fmt: skip
    nodes += [
        element("rect", titled(_payer_title(n, layout, names, unit)), x=_MIDDLE, y=n.y, width=_BROAD,
                height=max(n.height, 1), class_=_kind(n.key))
        for n in layout.payers
    ]  # fmt: skip
    top = (layout.height + _HEAD - 10 - _FLOW) / 2
    nodes.append(element("rect", titled(f"{target}: {money(layout.total(), unit)}"), x=_RIGHT, y=top,
                         width=_BROAD, height=_FLOW, class_="node"))  # fmt: skip
    words = [
        element("text", element("tspan", each.name), element("tspan", each.share), x=each.x, y=each.y,
                text_anchor=each.anchor, class_="label")
        for each in labels(layout, names)
    ]  # fmt: skip
    lines = [*wrapped(target, _SIZE, _WIDTH - _RIGHT - _BROAD - 6, 5), percent(1.0 if layout.total() else 0)]
    first = top + _FLOW / 2 - 8 * (len(lines) - 1) + 4
    words += [
        text(_RIGHT + _BROAD + 6, first + 16 * i, line, class_="label target") for i, line in enumerate(lines)
    ]
    patterns = element("defs", hatch("sk-unknown", "M-1 7L7 -1"))
    return figure(
        "sankey", _WIDTH, layout.height,
        "Flows from countries through the last payer before the target to the target",
        _described(layout, names), [patterns, *heads, *bands, *nodes, *words],
    )  # fmt: skip


def _kind(key: str) -> str:
    return {OTHERS: "node others", UNKNOWN: "node unknown"}.get(key, "node")


def _payer_title(node: Node, layout: Layout, names: Mapping[str, str], unit: Currency) -> str:
    account = f" (account {short(node.key)})" if node.key in names else ""
    return f"{_payer(node.key, layout, names)}{account}: {money(node.amount, unit)}"


def _bands(
    layout: Layout, target: str, names: Mapping[str, str], unit: Currency, scale: float
) -> list[Markup]:
    """Bands in the order of their ends, so that those of one node do not cross each other."""
    rows = {n.key: i for i, n in enumerate(layout.countries)}
    columns = {n.key: i for i, n in enumerate(layout.payers)}
    leaving = {n.key: n.y for n in layout.countries}
    arriving = {n.key: n.y for n in layout.payers}
    ends: dict[tuple[str, str], float] = {}
    for source, payer, value in sorted(layout.edges, key=lambda e: (columns[e[1]], rows[e[0]])):
        ends[source, payer] = arriving[payer]
        arriving[payer] += value * scale
    bands = []
    for source, payer, value in sorted(layout.edges, key=lambda e: (rows[e[0]], columns[e[1]])):
        words = f"{_country(source, layout)} → {_payer(payer, layout, names)}: {money(value, unit)}"
        bands.append(_band(_LEFT + _BROAD, leaving[source], _MIDDLE, ends[source, payer], value * scale,
                           words, source))  # fmt: skip
        leaving[source] += value * scale
    y = (layout.height + _HEAD - 10 - _FLOW) / 2
    for node in layout.payers:
        words = f"{_payer(node.key, layout, names)} → {visible(target)}: {money(node.amount, unit)}"
        bands.append(_band(_MIDDLE + _BROAD, node.y, _RIGHT, y, node.height, words, node.key))
        y += node.height
    return bands


def _band(x1: float, y1: float, x2: float, y2: float, thick: float, words: str, kind: str) -> Markup:
    a, b, middle = y1 + thick / 2, y2 + thick / 2, (x1 + x2) / 2
    return element(
        "path", titled(words), stroke_width=max(thick, 0.4),
        d=f"M{number(x1)} {number(a)}C{number(middle)} {number(a)} {number(middle)} {number(b)} "
        f"{number(x2)} {number(b)}",
        class_="band unknown" if kind == UNKNOWN else "band",
    )  # fmt: skip


def _described(layout: Layout, names: Mapping[str, str]) -> str:
    if not layout.edges:
        return "No flows."
    total = layout.total()
    largest = sorted(layout.edges, key=lambda e: (-e[2], e[0], e[1]))[:3]
    words = [
        f"{_country(s, layout)} through {short(_payer(p, layout, names))} ({percent(part(v, total))})"
        for s, p, v in largest
    ]
    return f"Bands as thick as the money. The three largest: {'; '.join(words)}."
