# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""How the columns of `text` are written, decided from all of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellhead.model.errors import UsageError
from wellhead.model.money import NO_CURRENCY
from wellhead.model.table import TransferTable
from wellhead.store import amounts, times
from wellhead.store.currency_words import currency_words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


SAMPLE = 1_000
"""Records by which it is decided whether to try the usual form first."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How a file writes amounts and times, and its `words` for currencies: each with its code, exponent and
    the decimals by which the word's unit is smaller than the currency's own (18 for wei).

    An `assumed` profile is the usual form, whose readings are beyond doubt: ISO 8601 times without a zone,
    short plain numbers with no more than two decimals. It holds if it reads every row.
    """

    number: amounts.NumberStyle
    time: times.TimeStyle
    words: Mapping[str, tuple[str, int, int]]
    assumed: bool = False


def assumed(engine: DuckDBPyConnection, table: TransferTable) -> Profile | None:
    """The usual form, where the first records are in it: most ledgers need no profile. None for others."""
    sample = f"(FROM temp.text LIMIT {SAMPLE:d})"
    number, time = amounts.NumberStyle(), times.TimeStyle(usual=True)
    words = _words(engine, table, number, sample)
    if table.date_format or any(exponent != 2 or below for _, exponent, below in words.values()):
        return None
    read = (
        "count(*)",
        f"count({amounts.fast_minor('amount_text', 2)})",
        f"count({times.micros('time_text', time, 'UTC')[0]})",
    )
    rows, amount_rows, time_rows = _counts(engine, *read, source=sample)
    return Profile(number, time, words, assumed=True) if rows == amount_rows == time_rows else None


def profile(engine: DuckDBPyConnection, table: TransferTable) -> Profile:
    """The profile of ``temp.text``. Raises UsageError for a default currency that is not known."""
    plain = amounts.plain_count("amount_text")
    amount_rows, plain_rows, *votes = _counts(
        engine, "count(amount_text)", plain, *amounts.votes("amount_text")
    )
    number = amounts.decided(amount_rows, plain_rows, *votes)
    return Profile(number, _time_style(engine, table), _words(engine, table, number))


def _time_style(engine: DuckDBPyConnection, table: TransferTable) -> times.TimeStyle:
    if table.date_format:
        return times.given_style(table.date_format)
    rows, iso = _counts(engine, "count(time_text)", times.iso_count("time_text"))
    if iso == rows:
        return times.TimeStyle()
    numbers = times.NUMBERS.format(text="time_text")
    counted = (numbers, *times.numeric_counts("time_text"), *times.order_counts("time_text"))
    bare, compact, *rest = _counts(engine, *counted)
    if bare > iso and bare * 2 > rows:
        return times.numeric_style(compact, tuple(rest[:4]), table.excel_serials)
    return times.text_style(*rest[4:])


def _words(
    engine: DuckDBPyConnection, table: TransferTable, number: amounts.NumberStyle, source: str = "temp.text"
) -> dict[str, tuple[str, int, int]]:
    known = currency_words()
    default = (table.currency or NO_CURRENCY).upper()
    if default not in known:
        raise UsageError(
            f"{table.currency!r} is neither an ISO 4217 code nor a token that Wellhead knows.",
            remedy="Give a code such as USD, EUR, JPY, BTC, ETH or USDT.",
        )
    places = ["upper(currency_text)"] if "currency" in table.meaning else []
    places += [] if number.plain else [f"({amounts.normalised('amount_text', number)}).unit"]
    found = {default}
    for place in places:
        query = f"SELECT DISTINCT {place} AS word FROM {source} WHERE word IN (SELECT unnest($known))"
        found |= {word for (word,) in engine.execute(query, {"known": list(known)}).fetchall()}
    return {word: known[word] for word in sorted(found)}


def _counts(engine: DuckDBPyConnection, *expressions: str, source: str = "temp.text") -> tuple[int, ...]:
    row = engine.execute(f"SELECT {', '.join(expressions)} FROM {source}").fetchone()
    return tuple(row or ())
