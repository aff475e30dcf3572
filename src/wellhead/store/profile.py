# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""How the columns of `text` are written, decided from all of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wellhead.model.errors import UsageError
from wellhead.model.money import NO_CURRENCY
from wellhead.model.table import TransferTable
from wellhead.store import amounts, times
from wellhead.store.currency_words import currency_words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Profile:
    """How a file writes amounts and times, and its `words` for currencies: each with its code, exponent and
    the decimals by which the word's unit is smaller than the currency's own (18 for wei)."""

    number: amounts.NumberStyle
    time: times.TimeStyle
    words: Mapping[str, tuple[str, int, int]]


def profile(engine: DuckDBPyConnection, table: TransferTable) -> Profile:
    """The profile of ``temp.text``. Raises UsageError for a default currency that is not known."""
    counted = (
        "count(amount_text)",
        amounts.plain_count("amount_text"),
        amounts.most_decimals("amount_text"),
        "count(time_text)",
        times.usual_count("time_text"),
    )
    amount_rows, plain, decimals, time_rows, usual = _counts(engine, *counted)
    number = amounts.NumberStyle(decimals=-1 if decimals is None else decimals)
    if plain < amount_rows or decimals == 3:
        found = amounts.decided(amount_rows, plain, *_counts(engine, *amounts.votes("amount_text")))
        number = replace(found, decimals=number.decimals if found.plain else -1)
    time = _time_style(engine, table, time_rows, usual)
    return Profile(number, time, _words(engine, table, number))


def _time_style(engine: DuckDBPyConnection, table: TransferTable, rows: int, usual: int) -> times.TimeStyle:
    if table.date_format:
        return times.given_style(table.date_format)
    if usual == rows:
        return times.TimeStyle(usual=True)
    (iso,) = _counts(engine, times.iso_count("time_text"))
    if iso == rows:
        return times.TimeStyle()
    numbers = times.NUMBERS.format(text="time_text")
    counted = (numbers, *times.numeric_counts("time_text"), *times.order_counts("time_text"))
    bare, compact, *rest = _counts(engine, *counted)
    if bare > iso and bare * 2 > rows:
        return times.numeric_style(compact, tuple(rest[:4]), table.excel_serials)
    return times.text_style(*rest[4:])


def _words(
    engine: DuckDBPyConnection, table: TransferTable, number: amounts.NumberStyle
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
        query = f"SELECT DISTINCT {place} AS word FROM temp.text WHERE word IN (SELECT unnest($known))"
        found |= {word for (word,) in engine.execute(query, {"known": list(known)}).fetchall()}
    return {word: known[word] for word in sorted(found)}


def _counts(engine: DuckDBPyConnection, *expressions: str) -> tuple[int, ...]:
    row = engine.execute(f"SELECT {', '.join(expressions)} FROM temp.text").fetchone()
    return tuple(row or ())
