"""The world map: countries coloured by the amount that came from them.

Equal Earth projection, so that equal land has equal ink; outlines as recorded in ``data/SOURCE.md``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup

from wellhead.model.finding import UNKNOWN
from wellhead.model.money import Currency
from wellhead.publish.shown import count, listing, money, part, percent, place
from wellhead.publish.svg import element, figure, hatch, number, text, titled, width

SMALL = 160
"""Square map units below which a country is shown by a circle: about five pixels across."""
COVERED = 4500
"""Square map units below which the number of a country would hide it and stands beside it."""
RADIUS = 11.0
CLASSES = 5
NUMBERED = 10
_SIZE = 26.0  # of the numbers, in map units


@dataclass(frozen=True, slots=True)
class Class:
    """Countries from which `low` ≤ amount < `high` (minor units; None: no upper limit) came."""

    low: int
    high: int | None
    countries: tuple[str, ...]


@cache
def world() -> Mapping[str, Any]:
    """Outlines, centres and size of the map, read once from the package."""
    data = resources.files("wellhead.publish").joinpath("data/world.json").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = json.loads(data)
    return loaded


def classes(amounts: Mapping[str, int]) -> tuple[Class, ...]:
    """At most five classes with round limits, least first; empty ones are left out."""
    known = {code: value for code, value in amounts.items() if code != UNKNOWN and value > 0}
    if not known:
        return ()
    limits = _limits(min(known.values()), max(known.values()))
    made = []
    for low, high in zip([0, *limits], [*limits, None], strict=True):
        inside = tuple(c for c, v in known.items() if v >= low and (high is None or v < high))
        if inside:
            made.append(Class(low, high, inside))
    return tuple(made)


def _limits(least: int, most: int) -> list[int]:
    """At most four limits between classes, on the finest ladder that needs no more: 1, 2, 5, 10 …; 1, 3, 10,
    30 …; 1, 10, 100 …; 1, 100, 10,000 … and so on, so that classes are about equally wide in magnitude."""
    powers = [10**k for k in range(21)]
    ladders = [sorted(m * p for p in powers for m in marks) for marks in ((1, 2, 5), (1, 3), (1,))]
    ladders += [powers[::every] for every in (2, 3, 4, 5)]
    crossed = ([limit for limit in ladder if least < limit <= most] for ladder in ladders)
    return next(limits for limits in crossed if len(limits) < CLASSES)


def ranks(amounts: Mapping[str, int]) -> list[str]:
    """Known countries, largest amount first."""
    known = [code for code, value in amounts.items() if code != UNKNOWN and value > 0]
    return sorted(known, key=lambda code: (-amounts[code], code))


def off_map(amounts: Mapping[str, int]) -> list[str]:
    """Codes with an amount that have no place on the map (withdrawn codes, organisations, mistakes)."""
    return [code for code in ranks(amounts) if code not in world()["centres"]]


def world_map(amounts: Mapping[str, int], unit: Currency) -> Markup:
    """The picture. `amounts`: country code → minor units, "" for what could not be attributed."""
    total = sum(amounts.values())
    made = classes(amounts)
    level = {code: k + CLASSES - len(made) + 1 for k, each in enumerate(made) for code in each.countries}

    def label(code: str) -> Markup:
        share = percent(part(amounts[code], total))
        return titled(f"{place(code)}: {money(amounts[code], unit)}, {share} of the receipts")

    land = [
        element("path", *([label(code)] if code in level else [titled(place(code))]), d=outline,
                class_=f"on q{level[code]}" if code in level else "land")
        for code, outline in world()["outlines"].items()
    ]  # fmt: skip
    land += [
        element("path", titled(f"{name} (no ISO code; drawn, not counted)"), d=outline, class_="land uncoded")
        for name, outline in world()["others"].items()
    ]
    small = [
        element("circle", label(code), cx=x, cy=y, r=RADIUS, class_=f"on q{level[code]}")
        for code, (x, y, size) in world()["centres"].items()
        if code in level and size < SMALL
    ]
    numbers = [_number(spot) for spot in numbered(ranks(amounts)[:NUMBERED])]
    wide, high = world()["width"], world()["height"]
    return figure(
        "map", wide, high, "World map of the countries that the money came from",
        _described(amounts, total, unit), [*land, *small, *numbers],
    )  # fmt: skip


def _described(amounts: Mapping[str, int], total: int, unit: Currency) -> str:
    ranked = ranks(amounts)
    largest = [f"{place(c)} ({percent(part(amounts[c], total))})" for c in ranked[:5]]
    if not largest:
        return "No amount could be attributed to a country."
    unknown = money(amounts.get(UNKNOWN, 0), unit)
    return (
        f"{count(len(ranked), 'country', 'countries')} coloured by amount; darker means more in print and in "
        f"the light version. The largest: {listing(largest)}. Not on the map because it could not be "
        f"attributed: {unknown}. The table of countries gives every figure."
    )


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the number of a ranked country stands: its centre, half its size, and the place that it marks."""

    rank: int
    x: float
    y: float
    half_width: float
    half_height: float
    at: tuple[float, float]

    def meets(self, other: Spot) -> bool:
        """Whether two numbers overlap."""
        return (
            abs(self.x - other.x) < self.half_width + other.half_width
            and abs(self.y - other.y) < self.half_height + other.half_height
        )


def numbered(codes: Sequence[str]) -> list[Spot]:
    """A spot for every code that the map has: on its country, or moved aside where two would overlap."""
    spots: list[Spot] = []
    for rank, code in enumerate(codes, 1):
        if code not in world()["centres"]:
            continue
        x, y, size = world()["centres"][code]
        half = (width(str(rank), _SIZE) + 14) / 2
        tries = (Spot(rank, x + dx, y + dy, half, 18, (x, y)) for dx, dy in _offsets(size))
        spots.append(next(s for s in tries if _inside(s) and not any(s.meets(o) for o in spots)))
    return spots


def _offsets(size: float) -> list[tuple[float, float]]:
    """Nearest first: on a country large enough not to be hidden, then on ever wider squares around it."""
    rings = [(0.0, 0.0)] if size >= COVERED else []
    for reach in range(1 if size >= COVERED else 2, 30):
        d = 20.0 * reach
        rings += [(0, -d), (d, -d), (-d, -d), (d, 0), (-d, 0), (d, d), (-d, d), (0, d)]
    return rings


def _inside(spot: Spot) -> bool:
    wide, high = float(world()["width"]), float(world()["height"])
    return spot.half_width <= spot.x <= wide - spot.half_width and (
        spot.half_height <= spot.y <= high - spot.half_height
    )


def _number(spot: Spot) -> Markup:
    x, y = spot.at
    moved = (spot.x, spot.y) != spot.at
    line = element("path", d=f"M{number(x)} {number(y)}L{number(spot.x)} {number(spot.y)}", class_="pointer")
    box = element(
        "rect", x=spot.x - spot.half_width, y=spot.y - spot.half_height + 2, width=2 * spot.half_width,
        height=2 * spot.half_height - 4, rx=6, class_="tag",
    )  # fmt: skip
    words = text(spot.x, spot.y + _SIZE * 0.36, str(spot.rank), class_="rank", text_anchor="middle")
    return element("g", *([line] if moved else []), box, words, class_="numbered", aria_hidden="true")


def swatch(name: str) -> Markup:
    """A legend's sample of a class (``q1`` … ``q5``), of land without an amount, or of what is unknown."""
    if name != "unknown":
        return element("svg", element("rect", width=28, height=16, class_=name), viewBox="0 0 28 16",
                       class_="swatch", aria_hidden="true")  # fmt: skip
    return element(
        "svg", element("defs", hatch("map-unknown", "M-1 7L7 -1")),
        element("rect", width=28, height=16, fill="url(#map-unknown)", class_="unknown"),
        viewBox="0 0 28 16", class_="swatch", aria_hidden="true",
    )  # fmt: skip


def legend(amounts: Mapping[str, int], unit: Currency) -> list[tuple[Markup, str]]:
    """(swatch, words) for every class, largest first, then for no amount and for the unknown."""
    made = classes(amounts)
    lines = []
    for k, each in reversed(list(enumerate(made))):
        swatch_name = f"on q{k + CLASSES - len(made) + 1}"
        lines.append((swatch(swatch_name), f"{_range(each, unit)}: {_countries(len(each.countries))}"))
    lines.append((swatch("land"), "no money traced to holders there"))
    if amounts.get(UNKNOWN, 0):
        unknown = money(amounts[UNKNOWN], unit)
        lines.append((swatch("unknown"), f"not attributed to a country, so not on the map: {unknown}"))
    return lines


def _countries(number_of: int) -> str:
    return count(number_of, "country", "countries")


def _range(each: Class, unit: Currency) -> str:
    if each.high is None:
        return f"{money(each.low, unit)} and more" if each.low else "any amount"
    if not each.low:
        return f"less than {money(each.high, unit)}"
    return f"{money(each.low, unit)} to less than {money(each.high, unit)}"
