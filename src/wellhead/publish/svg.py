"""Scalable vector graphics as text: elements, numbers and the width of words, the same on every machine."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

from markupsafe import Markup

from wellhead.publish.shown import visible

_NARROW = frozenset("iljItfr.,:;'|!()[]/ \u00a0\u202f")
_BROAD = frozenset("mwMWOQGDCHNU@%&—…⟨⟩")


def number(value: float) -> str:
    """At most two decimals, no exponent, no trailing zeros. Raises ValueError for NaN and infinities."""
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be drawn")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(name: str, *children: Markup | str, **attributes: str | float | None) -> Markup:
    """``element("rect", x=1, class_="bar")``; underscores become hyphens, a trailing one is dropped, and
    attributes that are None are left out. Text is escaped, Markup is not."""
    written = []
    for key, value in attributes.items():
        if value is not None:
            shown = value if isinstance(value, str) else number(value)
            written.append(Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), shown))
    inside = Markup("").join(children)
    if not children:
        return Markup("<{}{}/>").format(name, Markup("").join(written))
    return Markup("<{}{}>{}</{}>").format(name, Markup("").join(written), inside, name)


def text(x: float, y: float, words: str, **attributes: str | float | None) -> Markup:
    """A line of text, made visible; the stylesheet isolates its direction from what surrounds it."""
    return element("text", visible(words), x=x, y=y, **attributes)


def titled(words: str) -> Markup:
    """The tooltip and accessible name of the element that it stands in."""
    return element("title", visible(words))


def figure(
    key: str, width: float, height: float, title: str, description: str, body: Iterable[Markup]
) -> Markup:
    """A whole picture: role ``img``, with a title, and described in words for those who cannot see it."""
    return element(
        "svg",
        element("title", visible(title), id=f"{key}-title"),
        element("desc", visible(description), id=f"{key}-desc"),
        *body,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        class_=f"chart {key}",
        id=key,
    )


def hatch(key: str, *strokes: str, size: float = 6) -> Markup:
    """A pattern: its ground has the class ``{key}-ground``, its strokes (path data) ``{key}-line``."""
    return element(
        "pattern",
        element("rect", width=size, height=size, class_=f"{key}-ground"),
        *(element("path", d=stroke, class_=f"{key}-line") for stroke in strokes),
        id=key,
        width=size,
        height=size,
        patternUnits="userSpaceOnUse",
    )


def letter_width(char: str) -> float:
    """A careful estimate in ems: rather too wide than too narrow for any common sans-serif."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(char) in ("W", "F"):
        return 1.1
    if char in _NARROW:
        return 0.40
    if char in _BROAD:
        return 0.98
    return 0.70 if char.isupper() else 0.62


def width(words: str, size: float) -> float:
    """About how wide `words` are at a font size, in the same unit."""
    return sum(map(letter_width, words)) * size


def fitted(words: str, size: float, room: float) -> str:
    """`words`, made visible and cut with an ellipsis so that they take at most `room`."""
    kept: list[str] = []
    used = 0.0
    limit = room - width("…", size)
    shown = visible(words[:400])
    for index, char in enumerate(shown):
        used += width(char, size)
        if used > limit and width(shown[index:], size) + used - width(char, size) > room:
            return "".join(kept).rstrip() + "…"
        kept.append(char)
    return shown if len(words) <= 400 else shown + "…"


def wrapped(words: str, size: float, room: float, most: int) -> list[str]:
    """At most `most` lines of at most `room`; the last one is cut where there is more."""
    lines: list[str] = [""]
    for word in visible(words[:400]).split():
        joined = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(joined, size) > room:
            lines.append(word)
        else:
            lines[-1] = joined
    shown = lines[: most - 1] + ([" ".join(lines[most - 1 :])] if len(lines) >= most else [])
    return [fitted(line, size, room) for line in shown]
