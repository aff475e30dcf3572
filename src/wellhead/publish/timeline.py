"""When the money arrived: one bar a month (or a year), stacked by country."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wellhead.model.finding import UNKNOWN
from wellhead.model.money import Currency
from wellhead.publish.shown import OTHERS, amount, money, place, unit_label
from wellhead.publish.svg import element, figure, hatch, number, text, titled, width

SERIES = 5
MOST_MONTHS = 96
_WIDTH, _HEIGHT = 960.0, 340.0
_TOP, _BOTTOM, _RIGHT = 26.0, 30.0, 8.0
_SIZE = 12.0
_PATTERNS = {
    "s1": (),
    "s2": ("M-1 7L7 -1",),
    "s3": (),
    "s4": ("M0 3L6 3",),
    "s5": ("M3 0L3 6",),
    "rest": ("M-1 -1L7 7",),
    "unknown": ("M-1 7L7 -1", "M-1 -1L7 7"),
}


@dataclass(frozen=True, slots=True)
class Timeline:
    """Amounts in minor units: `table[period][series]`, one column a series, every period of the span."""

    unit: str
    periods: tuple[str, ...]
    series: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]

    def total(self) -> int:
        """The receipts of the whole span."""
        return sum(map(sum, self.table))


def arranged(months: Sequence[tuple[str, str, int]]) -> Timeline:
    """`months` (``YYYY-MM``, country, amount) by period and series, gaps filled with zeros.

    The five largest countries have a series each, then all others and the unknown where they occur.
    Spans of more than 96 months are added up by year.
    """
    by_country: dict[str, int] = {}
    for _, code, value in months:
        by_country[code] = by_country.get(code, 0) + value
    named = sorted((c for c in by_country if c not in (UNKNOWN, OTHERS)), key=lambda c: (-by_country[c], c))
    rest = named[SERIES:] or OTHERS in by_country
    tail = ((OTHERS,) if rest else ()) + ((UNKNOWN,) if UNKNOWN in by_country else ())
    series = (*named[:SERIES], *tail)
    spanned = _span(sorted({month for month, _, _ in months}))
    yearly = len(spanned) > MOST_MONTHS
    periods = tuple(dict.fromkeys(month[:4] for month in spanned)) if yearly else tuple(spanned)
    sums = {period: dict.fromkeys(series, 0) for period in periods}
    for month, code, value in months:
        sums[month[:4] if yearly else month][code if code in series else OTHERS] += value
    return Timeline(
        "year" if yearly else "month",
        periods,
        series,
        tuple(tuple(sums[period].values()) for period in periods),
    )


def _span(months: Sequence[str]) -> list[str]:
    """Every month from the first to the last."""
    if not months:
        return []
    first, last = (int(m[:4]) * 12 + int(m[5:7]) - 1 for m in (months[0], months[-1]))
    return [f"{m // 12:04d}-{m % 12 + 1:02d}" for m in range(first, last + 1)]


def fills(line: Timeline) -> Mapping[str, str]:
    """Series → name of its fill, which has a colour and a texture of its own."""
    names = iter(_PATTERNS)
    special = {OTHERS: "rest", UNKNOWN: "unknown"}
    return {code: special.get(code) or next(names) for code in line.series}


def steps(most: int, unit: Currency) -> list[int]:
    """Round marks of the axis in minor units, from 0 to at least `most`: at most six steps of 1, 2 or 5."""
    most = max(most, 1)
    least = 10**unit.exponent if most >= 5 * 10**unit.exponent else 1
    size = next(m * 10**k for k in range(20) for m in (1, 2, 5) if m * 10**k * 5 >= most)
    size = max(size, least)
    return list(range(0, most + size, size))


def drawn(line: Timeline, unit: Currency) -> Markup:
    """The picture: bars from zero, textures as well as colours, titles with every figure."""
    marks = steps(max((sum(row) for row in line.table), default=0), unit)
    labels = [_mark(mark, unit) for mark in marks]
    left = max(width(label, _SIZE) for label in labels) + 12
    scale = (_HEIGHT - _TOP - _BOTTOM) / marks[-1] if marks[-1] else 0.0
    base = _HEIGHT - _BOTTOM
    grid = []
    for mark, label in zip(marks, labels, strict=True):
        y = base - mark * scale
        grid.append(element("path", d=f"M{number(left)} {number(y)}H{number(_WIDTH - _RIGHT)}",
                            class_="axis" if mark == 0 else "grid"))  # fmt: skip
        grid.append(text(left - 6, y + 4, label, text_anchor="end"))
    step = (_WIDTH - _RIGHT - left) / max(len(line.periods), 1)
    bars = [
        _bar(line, index, unit, left + index * step, step, base, scale) for index in range(len(line.periods))
    ]
    axis_title = text(0, 14, f"{unit_label(unit)} a {line.unit}", class_="strong")
    patterns = element("defs", *(hatch(f"tl-{key}", *strokes) for key, strokes in _PATTERNS.items()))
    return figure(
        "timeline", _WIDTH, _HEIGHT, f"Money received by the target, by {line.unit} and country",
        _described(line, unit), [patterns, axis_title, *grid, *bars, *_dates(line, left, step)],
    )  # fmt: skip


def _bar(
    line: Timeline, index: int, unit: Currency, left: float, step: float, base: float, scale: float
) -> Markup:
    """One period: its parts stacked in the order of the legend, the first at the bottom."""
    period, row, filled = line.periods[index], line.table[index], fills(line)
    broad = max(step * 0.78, 0.6)
    y = base
    pieces = []
    for code, value in zip(line.series, row, strict=True):
        if value > 0:
            y -= value * scale
            pieces.append(element(
                "rect", titled(f"{period}, {place(code)}: {money(value, unit)}"), x=left + (step - broad) / 2,
                y=y, width=broad, height=value * scale, fill=f"url(#tl-{filled[code]})",
            ))  # fmt: skip
    return element("g", *pieces, class_="bar") if pieces else Markup("")


def _dates(line: Timeline, left: float, step: float) -> list[Markup]:
    """As many dates as fit side by side, Januaries first where months are shown."""
    room = width("0000-00", _SIZE) + 14
    every = max(1, -(-int(room) // max(int(step), 1)) if step < room else 1)
    if line.unit == "month" and every > 1:
        every = next((n for n in (2, 3, 6, 12, 24, 48, 96) if n >= every), 96)
    shown = [i for i, p in enumerate(line.periods) if _counted(p, i) % every == 0] or [0] * bool(line.periods)
    return [
        text(min(left + (i + 0.5) * step, _WIDTH - room / 2), _HEIGHT - 10, line.periods[i],
             text_anchor="middle")
        for i in shown
    ]  # fmt: skip


def _counted(period: str, index: int) -> int:
    return int(period[:4]) * 12 + int(period[5:7]) - 1 if len(period) > 4 else index


def _mark(minor: int, unit: Currency) -> str:
    """An axis mark without needless zeros after the point."""
    shown = amount(minor, unit)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _described(line: Timeline, unit: Currency) -> str:
    if not line.periods:
        return "No receipts."
    sums = [sum(row) for row in line.table]
    largest = max(range(len(sums)), key=lambda i: (sums[i], -i))
    return (
        f"Stacked bars from {line.periods[0]} to {line.periods[-1]}; the largest {line.unit} is "
        f"{line.periods[largest]} with {money(sums[largest], unit)}. The table below the picture gives "
        "every figure."
    )


def swatch(fill: str) -> Markup:
    """A legend's sample of a series, drawn with the pictures' own patterns."""
    return element(
        "svg", element("rect", width=28, height=16, fill=f"url(#tl-{fill})", class_="edge"),
        viewBox="0 0 28 16", class_="swatch", aria_hidden="true",
    )  # fmt: skip
