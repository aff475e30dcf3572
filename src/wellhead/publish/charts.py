"""The small pictures: a share as a bar in a table, and how much the answer depends on the rule."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from wellhead.publish.shown import listing, percent, place
from wellhead.publish.svg import element, figure, fitted, number, text, titled, width

_WIDTH, _LEFT, _RIGHT, _TOP, _SIZE = 960.0, 200.0, 30.0, 46.0, 12.5
_ROW, _LANE = 14.0, 9.0
_MARKS = ("circle", "square", "triangle", "diamond", "cross")


def share_bar(share: float, largest: float) -> Markup:
    """A bar as long as `share` is of the largest one; the figure itself stands beside it."""
    full = share / largest if largest > 0 else 0.0
    return element(
        "svg", element("rect", width=number(max(0.0, min(full, 1.0)) * 100), height=8),
        viewBox="0 0 100 8", preserveAspectRatio="none", class_="share", aria_hidden="true",
    )  # fmt: skip


def policies(rows: Sequence[tuple[str, Sequence[tuple[str, float]]]], names: Sequence[str]) -> Markup:
    """Each country's share under each policy, one mark of its own shape a policy, side by side in lanes.

    `rows`: (country, [(policy, fraction)]); `names`: the policies' names in the same order.
    """
    most = max((share for _, shares in rows for _, share in shares), default=0.0)
    step = next(s for s in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if s * 6 >= most)
    top = step * max(1, -(-most // step))
    scale = (_WIDTH - _LEFT - _RIGHT) / top
    lanes = max((len(shares) for _, shares in rows), default=1)
    high = _ROW + lanes * _LANE
    bottom = _TOP + len(rows) * high
    grid = [
        element("g", element("path", d=f"M{number(x)} {number(_TOP)}V{number(bottom)}", class_="grid"),
                text(x, bottom + 18, _tick(mark), text_anchor="middle"))
        for mark in _marks(step, top)
        for x in [_LEFT + mark * scale]
    ]  # fmt: skip
    drawn = [
        piece
        for i, (code, shares) in enumerate(rows)
        for piece in _row(code, shares, names, _TOP + i * high, high, scale)
    ]
    return figure(
        "policies", _WIDTH, bottom + 28, "Each country’s share of the receipts under each rule",
        _described(rows, names), [*_legend(names), *grid, *drawn],
    )  # fmt: skip


def _marks(step: float, top: float) -> list[float]:
    return [i * step for i in range(round(top / step) + 1)]


def _tick(mark: float) -> str:
    return f"{number(mark * 100)}\u00a0%"


def _legend(names: Sequence[str]) -> list[Markup]:
    x, pieces = _LEFT, []
    for k, name in enumerate(names):
        pieces.append(_mark(k, x + 6, 12))
        pieces.append(text(x + 16, 16, name))
        x += width(name, _SIZE) + 40
    return pieces


def _row(
    code: str,
    shares: Sequence[tuple[str, float]],
    names: Sequence[str],
    y: float,
    high: float,
    scale: float,
) -> list[Markup]:
    middle = y + high / 2
    pieces = [
        element("path", d=f"M0 {number(y + high)}H{number(_WIDTH - _RIGHT)}", class_="grid faint"),
        text(_LEFT - 14, middle + 4, fitted(place(code), _SIZE, _LEFT - 20), text_anchor="end"),
    ]
    for k, ((_, share), name) in enumerate(zip(shares, names, strict=True)):
        lane = middle + (k - (len(shares) - 1) / 2) * _LANE
        label = titled(f"{place(code)}, {name}: {percent(share)}")
        pieces.append(element("g", label, _mark(k, _LEFT + share * scale, lane)))
    return pieces


def _mark(kind: int, x: float, y: float) -> Markup:
    """A shape of about eight units, so that nobody has to tell policies apart by colour."""
    shape = _MARKS[kind % len(_MARKS)]
    a, b = number(x), number(y)
    paths = {
        "square": f"M{number(x - 3.5)} {number(y - 3.5)}h7v7h-7z",
        "triangle": f"M{a} {number(y - 4.5)}l4.5 8h-9z",
        "diamond": f"M{a} {number(y - 5)}l5 5 -5 5 -5 -5z",
        "cross": f"M{number(x - 4)} {number(y - 4)}l8 8m0-8l-8 8",
    }
    if shape == "circle":
        return element("circle", cx=a, cy=b, r=4, class_="mark m0")
    return element("path", d=paths[shape], class_=f"mark m{kind % len(_MARKS)}")


def _described(rows: Sequence[tuple[str, Sequence[tuple[str, float]]]], names: Sequence[str]) -> str:
    words = []
    for code, shares in rows[:3]:
        parts = [f"{percent(share)} {name}" for (_, share), name in zip(shares, names, strict=True)]
        words.append(f"{place(code)}: {listing(parts)}")
    return "; ".join(words) + "."
