"""How figures, dates and names are shown: exact, the same everywhere, and safe whatever a source contains."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from wellhead.model import country
from wellhead.model.finding import UNKNOWN
from wellhead.model.money import NO_CURRENCY, Currency, Money

OTHERS = "*"
"""The label of all others taken together."""
LONGEST_NAME = 60
_JOINERS = "\u200c\u200d"  # needed by Persian, Indic scripts and emoji
_MOST_MARKS = 4  # combining marks on one letter; Vietnamese and Thai need at most three
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def unit_label(unit: Currency) -> str:
    """The currency's code, or words where the ledger names none."""
    return "units (no currency stated)" if unit.code == NO_CURRENCY else unit.code


def amount(minor: int, unit: Currency) -> str:
    """Digits of an amount without its currency, for columns that name it at their head."""
    return str(Money(minor, unit)).rpartition(" ")[0]


def money(minor: int, unit: Currency) -> str:
    """An amount with its currency, never broken across lines."""
    return f"{amount(minor, unit)}\u00a0{unit_label(unit)}"


def percent(share: float) -> str:
    """A fraction as per cent with one decimal; never 0 for what is something nor 100 for what is not all."""
    if share <= 0:
        return "0\u00a0%"
    if share < 0.0005:
        return "<\u202f0.1\u00a0%"
    if share >= 1:
        return "100\u00a0%" if share < 1.0005 else f"{share * 100:,.1f}\u00a0%"
    return ">\u202f99.9\u00a0%" if share >= 0.9995 else f"{share * 100:.1f}\u00a0%"


def part(minor: int, whole: int) -> float:
    """`minor` as a fraction of `whole`; 0 where there is nothing to divide."""
    return minor / whole if whole else 0.0


def whole_units(parts: Sequence[float], total: int) -> list[int]:
    """Integers that add up to `total`, each less than one unit from its part (largest remainder).

    Raises ValueError where the parts do not add up to `total` (to 1e-6 relative and one unit a part):
    printing lines that disagree with their own sum would mislead. O(n log n).
    """
    floors = [math.floor(each) for each in parts]
    missing = total - sum(floors)
    if 0 <= missing <= len(parts):
        by_remainder = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
        for i in by_remainder[:missing]:
            floors[i] += 1
        return floors
    off = abs(sum(map(Fraction, parts), Fraction(0)) - total)
    if not parts or off > 1 + Fraction(abs(total), 10**6):
        raise ValueError(f"parts add up to {math.fsum(parts):,.2f}, not to {total:,} minor units")
    floors[max(range(len(parts)), key=lambda i: floors[i])] += missing
    return floors


def count(number: int, one: str, many: str = "") -> str:
    """``1 row``, ``2 rows``."""
    return f"{number:,}\u00a0{one if number == 1 else many or one + 's'}"


def listing(items: Sequence[str], conjunction: str = "and") -> str:
    """``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def moment(time: int) -> str:
    """µs since 1970 UTC as ISO date and time; the date alone at midnight, where ledgers of bare dates sit."""
    try:
        when = _EPOCH + timedelta(microseconds=time)
    except OverflowError:
        return f"{time} µs"
    if (when.hour, when.minute, when.second) == (0, 0, 0):
        return when.date().isoformat()
    return when.strftime("%Y-%m-%d %H:%M:%S")


def rest(days: float | None) -> str:
    """How long money rested, or that it began here."""
    if days is None:
        return "began here"
    if days < 0.05:
        return "same day" if days > 0 else "0 days"
    return f"{days:,.1f} days"


def place(code: str) -> str:
    """What the reader is told for a country code, `UNKNOWN` or `OTHERS`."""
    if code == UNKNOWN:
        return "Not attributed"
    return "Other countries" if code == OTHERS else short(country.name(code), 48)


def visible(text: str) -> str:
    """`text` with every character that hides, reorders or breaks lines spelled out, as in ``⟨U+202E⟩``.

    Right-to-left overrides, control and zero-width characters, lone surrogates and towers of combining
    marks can make a name look like another one; they are evidence and so are shown, not dropped.
    """
    shown: list[str] = []
    marks = 0
    for char in text:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if char in _JOINERS or (kind not in ("Cc", "Cf", "Cs", "Zl", "Zp") and marks <= _MOST_MARKS):
            shown.append(char)
        else:
            shown.append(f"⟨U+{ord(char):04X}⟩")
    return "".join(shown)


def short(text: str, limit: int = LONGEST_NAME) -> str:
    """`text` made visible and cut to `limit` characters, the cut marked."""
    full = visible(text[: 4 * limit])
    if len(text) <= 4 * limit and len(full) <= limit:
        return full
    return full[: limit - 1].rstrip() + "…"
