"""Make the report's map outlines from the npm package world-atlas. Run once; the result is in the repository.

    npm pack world-atlas@2.0.2
    python scripts/vendor_world_atlas.py world-atlas-2.0.2.tgz

Reads ``countries-50m.json`` (Natural Earth 4.1, 1:50m, as TopoJSON), projects it (Equal Earth, central
meridian 11° E, so that the cut runs through the Bering Strait and splits no country), thins every shared
border once (Douglas-Peucker), rounds to whole map units and writes ``src/wellhead/publish/data/world.json``:

    {"width", "height",
     "outlines": {alpha-2: path}, "others": {name: path}, "centres": {alpha-2: [x, y, area]}}

The same package gives the same bytes. Needs `pycountry` (a dependency of schwifty) for numeric → alpha-2.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import tarfile
from itertools import pairwise
from pathlib import Path

import pycountry

TARGET = Path(__file__).parents[1] / "src" / "wellhead" / "publish" / "data" / "world.json"
MEMBER = "package/countries-50m.json"
SHA256 = "04342cdc1e3016bcd7db1630de95684d67b79fe3c8c460321e87aef469502394"

WIDTH = 2400
MERIDIAN = 11.0
THINNING = 1.3  # map units; about half a pixel in a map 1,000 px wide
SMALLEST_RING = 5.0  # square map units; the largest ring of a country always stays

# Natural Earth gives these no ISO number. Kosovo has the user-assigned code XK that banks and the EU use;
# the others have no code, are drawn and never coloured.
KOSOVO = {"Kosovo": "XK"}
WITHOUT_CODE = {
    "N. Cyprus": "Northern Cyprus",
    "Somaliland": "Somaliland",
    "Siachen Glacier": "Siachen Glacier",
}
LEFT_OUT = {"Antarctica", "Indian Ocean Ter."}  # the latter: Christmas and Cocos Islands, by CENTRES below

# Parts that ISO 3166 codes apart but Natural Earth draws with their state: (west, south, east, north).
PARTS = {
    "FR": {
        "GF": (-55, 2, -51, 6), "GP": (-62, 15.8, -61, 16.6), "MQ": (-61.3, 14.3, -60.7, 15),
        "RE": (55, -21.5, 56, -20.8), "YT": (45, -13.1, 45.4, -12.5),
    },
    "NL": {"BQ": (-68.5, 12, -62.9, 17.7)},
    "NO": {"SJ": (-10, 70.5, 34, 81)},
}  # fmt: skip
# Territories with an ISO code that the outlines lack: longitude, latitude of the main settlement or island.
CENTRES = {
    "BV": (3.36, -54.42), "CC": (96.83, -12.17), "CX": (105.63, -10.49), "GI": (-5.35, 36.14),
    "TK": (-171.85, -9.2), "TV": (179.2, -8.52), "UM": (166.63, 19.28), "AQ": (11.0, -55.9),
}  # fmt: skip

Point = tuple[float, float]
Ring = list[Point]


def equal_earth(longitude: float, latitude: float) -> Point:
    """Šavrič, Patterson, Jenny (2018), "The Equal Earth map projection"; degrees in, radians of arc out."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(t) / (3 * slope)
    return x, a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t


SCALE = WIDTH / (2 * equal_earth(180, 0)[0])
TOP = equal_earth(0, 83.7)[1]
HEIGHT = math.ceil((TOP - equal_earth(0, -56)[1]) * SCALE)


def on_map(longitude: float, latitude: float) -> Point:
    x, y = equal_earth(longitude, latitude)
    return WIDTH / 2 + x * SCALE, (TOP - y) * SCALE


def from_meridian(longitude: float, near: float | None = None) -> float:
    """Degrees east of the central meridian, on the side of `near` where the cut lies between the two."""
    shifted = (longitude - MERIDIAN + 180) % 360 - 180
    if near is not None and abs(shifted - near) > 180:
        shifted += math.copysign(360, near)
    return shifted


def decoded_arcs(topology: dict) -> list[list[Point]]:
    """Delta-coded arcs → longitude/latitude in degrees (TopoJSON 1.0, section 2.1.3)."""
    (kx, ky), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for deltas in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            arc.append((x * kx + tx, y * ky + ty))
        arcs.append(arc)
    return arcs


def projected(arc: list[Point]) -> list[Point]:
    last: float | None = None
    points = []
    for longitude, latitude in arc:
        last = from_meridian(longitude, last)
        points.append(on_map(last, latitude))
    return points


def thinned(points: list[Point], tolerance: float) -> list[Point]:
    """Douglas-Peucker; both ends stay, so that neighbours keep sharing the border."""
    if len(points) < 3:
        return points
    (x1, y1), (x2, y2) = points[0], points[-1]
    length = math.hypot(x2 - x1, y2 - y1)

    def distance(p: Point) -> float:
        if length == 0:
            return math.hypot(p[0] - x1, p[1] - y1)
        return abs((x2 - x1) * (y1 - p[1]) - (x1 - p[0]) * (y2 - y1)) / length

    farthest = max(range(1, len(points) - 1), key=lambda i: distance(points[i]))
    if distance(points[farthest]) <= tolerance:
        return [points[0], points[-1]]
    return thinned(points[: farthest + 1], tolerance)[:-1] + thinned(points[farthest:], tolerance)


def ring(indexes: list[int], arcs: list[list[Point]]) -> Ring:
    points: Ring = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc[1:] if points else arc
    return points


def area(points: Ring) -> float:
    """Signed area (shoelace) in square map units."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(points)) / 2


def centre(points: Ring) -> Point:
    whole = area(points)
    if abs(whole) < 1e-9:
        return points[0]
    pairs = list(pairwise(points))
    x = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * whole)
    y = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * whole)
    return x, y


def path(rings: list[Ring]) -> str:
    """Rings as one SVG path in whole units with relative steps."""
    parts = []
    for points in rings:
        whole = [(round(x), round(y)) for x, y in points[:-1]]
        kept = [p for i, p in enumerate(whole) if p != whole[i - 1]] or whole[:1]
        if len(kept) < 3:
            continue
        steps = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(kept)]
        parts.append(f"M{kept[0][0]} {kept[0][1]}l{' '.join(steps)}z".replace(" -", "-"))
    return "".join(parts)


def rings(
    shapes: list[list[list[int]]], largest: list[list[int]], whole: list[Ring], thin: list[Ring]
) -> list[Ring]:
    """The rings worth drawing, thinned; the largest shape stays, unthinned where too little would be left."""
    kept = []
    for polygon in shapes:
        for indexes in polygon:
            points = ring(indexes, thin)
            if polygon is largest and len(points) < 5:
                points = ring(indexes, whole)
            if len(points) > 3 and (polygon is largest or abs(area(ring(indexes, whole))) >= SMALLEST_RING):
                kept.append(points)
    return kept


def part_of(code: str, points: list[Point]) -> str:
    """The code of the part that a ring of degrees lies in, or `code` itself."""
    longitude, latitude = points[0]
    for part, (west, south, east, north) in PARTS.get(code, {}).items():
        if west <= longitude <= east and south <= latitude <= north:
            return part
    return code


def polygons(topology: dict) -> dict[str, list[list[list[int]]]]:
    """Code or name → polygons as arc indexes, the parts of PARTS under their own code."""
    degrees = decoded_arcs(topology)
    by_number = {c.numeric: c.alpha_2 for c in pycountry.countries}
    found: dict[str, list[list[list[int]]]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        name = shape["properties"]["name"]
        if name in LEFT_OUT:
            continue
        number = shape.get("id")
        code = by_number[number] if number else KOSOVO.get(name) or WITHOUT_CODE[name]
        listed = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for polygon in listed:
            found.setdefault(part_of(code, ring(polygon[0], degrees)), []).append(polygon)
    return found


def main(package: str) -> None:
    with tarfile.open(package) as archive:
        member = archive.extractfile(MEMBER)
        assert member is not None
        data = member.read()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise SystemExit(f"{MEMBER} is not that of world-atlas 2.0.2 (SHA-256 differs)")
    topology = json.loads(data)
    whole = [projected(arc) for arc in decoded_arcs(topology)]
    thin = [thinned(arc, THINNING) for arc in whole]
    outlines: dict[str, str] = {}
    others: dict[str, str] = {}
    centres: dict[str, list[int]] = {}
    for code, shapes in sorted(polygons(topology).items()):
        largest = max(shapes, key=lambda polygon: abs(area(ring(polygon[0], whole))))
        drawn = path(rings(shapes, largest, whole, thin))
        if len(code) > 2:
            others[code] = drawn
            continue
        if drawn:
            outlines[code] = drawn
        x, y = centre(ring(largest[0], whole))
        size = sum(abs(area(ring(polygon[0], whole))) for polygon in shapes)
        centres[code] = [round(x), round(y), round(size)]
    for code, (longitude, latitude) in CENTRES.items():
        x, y = on_map(from_meridian(longitude), latitude)
        centres[code] = [round(x), round(y), 0]
    missing = sorted({c.alpha_2 for c in pycountry.countries} - set(centres))
    if missing:
        raise SystemExit(f"no place on the map for {', '.join(missing)}")
    world = {
        "width": WIDTH,
        "height": HEIGHT,
        "outlines": dict(sorted(outlines.items())),
        "others": others,
        "centres": dict(sorted(centres.items())),
    }
    TARGET.write_text(json.dumps(world, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, {len(outlines)} outlines, {len(centres)} places")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
