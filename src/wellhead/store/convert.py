# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""One currency for a ledger: every row's amount converted at its own day's rate, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from math import gcd
from typing import TYPE_CHECKING

from wellhead.model.money import Currency, Money, currency
from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.store.rates import MOST_DAYS_BACK, Rate, RateTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Converted:
    """`relation` is the SQL name of a relation like ``transfer`` whose amounts are all in one currency and
    NULL where there is no rate; `converted` rows changed currency, `unconverted` have no rate; `legs` rows
    of the case are not in it, being other legs of a payment that is."""

    relation: str
    converted: int = 0
    unconverted: int = 0
    legs: int = 0
    sentences: tuple[str, ...] = ()
    reports: tuple[RowReport, ...] = ()
    table: RateTable | None = None


def convert(engine: DuckDBPyConnection, relation: str, target: Currency, table: RateTable) -> Converted:
    """Convert the rows of `relation` into `target`. Each takes the rate of its own UTC day, or of the last
    business day before; the result is rounded half to even to whole minor units.
    """
    days = engine.execute(
        f"""SELECT currency, time // {DAY} - CASE WHEN time % {DAY} < 0 THEN 1 ELSE 0 END AS day, count(*)
            FROM {relation} WHERE currency <> $code GROUP BY ALL ORDER BY ALL""",
        {"code": target.code},
    ).fetchall()
    rates = {(code, day): _rate(table, code, target.code, day) for code, day, _ in days}
    _fill(engine, rates, target)
    engine.execute(_CONVERSION.format(day=DAY, relation=relation), {"code": target.code})
    sentences, reports = [], []
    for code in sorted({code for code, _, _ in days}):
        of_code = [(rates[code, day], rows) for c, day, rows in days if c == code]
        found = [(rate, rows) for rate, rows in of_code if rate]
        if found:
            sentences.append(_sentence(code, target.code, found, table))
        if len(found) < len(of_code):
            reports.append(_without_rate(engine, code, target.code, table))
    counts = engine.execute(
        """SELECT count(*) FILTER (was <> $code AND amount IS NOT NULL), count(*) FILTER (amount IS NULL)
           FROM temp.converted""",
        {"code": target.code},
    ).fetchone() or (0, 0)
    return Converted(
        "temp.converted",
        converted=counts[0],
        unconverted=counts[1],
        sentences=tuple(sentences),
        reports=tuple(reports),
        table=table,
    )


def convert_amount(amount: int, source: Currency, target: Currency, rate: Rate) -> int:
    """`amount` minor units of one currency in those of another, rounded half to even."""
    numerator, denominator = _minor_ratio(source, target, rate)
    whole, rest = divmod(amount * numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


def _minor_ratio(source: Currency, target: Currency, rate: Rate) -> tuple[int, int]:
    numerator = rate.numerator * 10**target.exponent
    denominator = rate.denominator * 10**source.exponent
    common = gcd(numerator, denominator)
    return numerator // common, denominator // common


def _rate(table: RateTable, source: str, target: str, day: int) -> Rate | None:
    try:
        return table.rate(source, target, day_of(day * DAY))
    except (ValueError, OverflowError):
        return None


def day_of(micros: int) -> date:
    """The UTC date of a time in µs since 1970."""
    return datetime.fromordinal(719_163 + micros // DAY).replace(tzinfo=UTC).date()


def _fill(engine: DuckDBPyConnection, rates: dict[tuple[str, int], Rate | None], target: Currency) -> None:
    known = [
        (code, day, *_minor_ratio(currency(code), target, rate))
        for (code, day), rate in rates.items()
        if rate
    ]
    engine.execute(
        """CREATE OR REPLACE TEMP TABLE rate_of_day AS
           SELECT unnest($codes)::VARCHAR AS currency, unnest($days)::BIGINT AS day,
                  unnest($over)::VARCHAR::HUGEINT AS over, unnest($under)::VARCHAR::HUGEINT AS under""",
        {
            "codes": [code for code, _, _, _ in known],
            "days": [day for _, day, _, _ in known],
            "over": [str(over) for _, _, over, _ in known],
            "under": [str(under) for _, _, _, under in known],
        },
    )


# Half to even: with `amount * over = whole * under + rest`, the whole grows by one where the rest is more than
# half of `under`, or just half and the whole is odd. HUGEINT holds the products; what overflows has no figure.
_CONVERSION = """
CREATE OR REPLACE TEMP TABLE converted AS
SELECT * EXCLUDE (product, under, given, whole),
       CASE WHEN was = $code THEN given
            ELSE TRY_CAST(whole + CASE WHEN 2 * (product - whole * under) > under
                                         OR (2 * (product - whole * under) = under AND whole % 2 = 1)
                                       THEN 1 ELSE 0 END AS BIGINT) END AS amount
FROM (
    SELECT *, product // under AS whole FROM (
        SELECT moved.* EXCLUDE (amount, currency), moved.amount AS given, moved.currency AS was,
               TRY(moved.amount::HUGEINT * rate_of_day.over) AS product, rate_of_day.under
        FROM {relation} AS moved LEFT JOIN temp.rate_of_day
          ON rate_of_day.currency = moved.currency
         AND rate_of_day.day = moved.time // {day} - CASE WHEN moved.time % {day} < 0 THEN 1 ELSE 0 END))
"""


def _sentence(source: str, target: str, found: list[tuple[Rate, int]], table: RateTable) -> str:
    rates = [rate for rate, _ in found]
    lowest, highest = min(rates, key=_size), max(rates, key=_size)
    first, last = min(rate.day for rate in rates), max(rate.day for rate in rates)
    rows = sum(count for _, count in found)
    span = f"on {first}" if first == last else f"from {first} to {last}"
    how = (
        f"1 {source} = {_shown(lowest)} {target}"
        if lowest.decimal == highest.decimal
        else f"1 {source} = {_shown(lowest)} ({lowest.day}) to {_shown(highest)} ({highest.day}) {target}"
    )
    return (
        f"{rows:,} transfers in {source} were converted to {target} at the rate of their own day or of the last "
        f"business day before it: {how}, rates {span}; {table.name}, which reaches to {table.last_day}."
    )


def _size(rate: Rate) -> Decimal:
    return rate.decimal


def _shown(rate: Rate) -> str:
    return f"{rate.decimal:.6g}"


def _without_rate(engine: DuckDBPyConnection, source: str, target: str, table: RateTable) -> RowReport:
    row = engine.execute(
        "SELECT count(*), sum(given_amount) FROM ("
        " SELECT moved.amount AS given_amount FROM temp.converted AS kept"
        " JOIN transfer AS moved ON moved.file = kept.file AND moved.row = kept.row"
        " WHERE kept.amount IS NULL AND kept.was = $code)",
        {"code": source},
    ).fetchone()
    rows, total = row if row else (0, 0)
    unit = currency(source)
    detail = (
        f"{Money(int(total or 0), unit)} in {rows:,} rows could not be converted to {target}: {table.name} has no "
        f"rate within {MOST_DAYS_BACK} days before them; they are not in any sum"
    )
    return RowReport("", 0, Reason.NO_RATE, Action.SET_ASIDE, detail, rows)
