# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""From the case file to a ledger in memory: selected, in one currency, sorted by time."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wellhead.model.entity import AccountDetail, Entity
from wellhead.model.errors import UsageError
from wellhead.model.ledger import Ledger, Quality
from wellhead.model.money import LARGEST_AMOUNT, NO_CURRENCY, Currency, Money, currency
from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.store.convert import Converted, convert
from wellhead.store.currency_words import currency_words
from wellhead.store.rates import RateTable, ecb_rates

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from duckdb import DuckDBPyConnection

    from wellhead.store.case_file import CaseFile

SHOWN_REPORTS = 10_000
"""Report lines that a ledger carries; the case file keeps more, and the counts are whole."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a case becomes the ledger. `code` is the currency asked for ("" the only one there is);
    `start` and `end` bound the time to [start, end) in µs UTC; `drop_duplicates` leaves out rows equal in
    every column to an earlier row of their file."""

    code: str = ""
    start: int | None = None
    end: int | None = None
    drop_duplicates: bool = False


def load_ledger(case: CaseFile, selection: Selection | None = None, rates: RateTable | None = None) -> Ledger:
    """The case's transfers in one currency and in time order; ties stand as files and rows do.

    Left out, and counted in the ledger's quality: other legs of a payment that is counted already, rows
    without a rate, rows out of the period, duplicates where asked. Raises UsageError where the case has
    several currencies and none was asked for. O(n log n) time, 45 bytes a transfer at the peak.
    """
    chosen = selection or Selection()
    engine = case.engine
    unit, converted = _in_one_currency(engine, chosen, rates)
    condition, parameters = _condition(chosen)
    dropped = _dropped(engine, chosen, converted, condition, parameters)
    columns = _columns(engine, converted, condition, parameters)
    columns, too_large = _within_64_bits(columns)
    accounts, spellings = _accounts(engine)
    files = case.sources()
    opening, unopened = _opening(engine, len(accounts), unit, converted.table, columns["time"])
    reports = (*converted.reports, *_large_reports(files, columns, too_large), *unopened)
    ledger = Ledger(
        **{name: columns[name] for name in ("time", "sender", "receiver", "amount", "file", "row")},
        accounts=accounts,
        opening=opening,
        currency=unit,
        files=files,
        quality=Quality(),
        rates=converted.sentences,
        spellings=spellings,
        entities=_entities(engine),
        details=_details(engine, accounts),
    )
    return replace(ledger, quality=_quality(engine, ledger, converted, reports, len(too_large), dropped))


def currencies(engine: DuckDBPyConnection) -> dict[str, int]:
    """Code → rows, of every currency in the case, the most frequent first."""
    rows = engine.execute(
        "SELECT currency, count(*) FROM transfer GROUP BY currency ORDER BY count(*) DESC, currency"
    ).fetchall()
    return dict(rows)


def _in_one_currency(
    engine: DuckDBPyConnection, chosen: Selection, rates: RateTable | None
) -> tuple[Currency, Converted]:
    legs = (engine.execute("SELECT count(*) FROM leg WHERE NOT overruled").fetchone() or (0,))[0]
    relation = "counted_transfer" if legs else "transfer"
    found = currencies(engine)
    asked = chosen.code.upper()
    code = currency_words().get(asked, (asked,))[0] or next(iter(found), NO_CURRENCY)
    if len(found) > 1 and not chosen.code:
        listed = ", ".join(f"{_named(code)} ({rows:,} rows)" for code, rows in found.items())
        raise UsageError(
            f"The ledger has several currencies: {listed}.", remedy="Choose one: --currency USD."
        )
    unit = currency(code)
    if not set(found) - {unit.code}:
        return unit, Converted(relation, legs=legs)
    return unit, replace(convert(engine, relation, unit, rates or ecb_rates()), legs=legs)


def _named(code: str) -> str:
    return "none stated" if code == NO_CURRENCY else code


def _condition(chosen: Selection) -> tuple[str, dict[str, int]]:
    parts, parameters = ["amount IS NOT NULL"], {}
    if chosen.start is not None:
        parts.append("time >= $start")
        parameters["start"] = chosen.start
    if chosen.end is not None:
        parts.append("time < $end")
        parameters["end"] = chosen.end
    if chosen.drop_duplicates:
        parts.append("NOT duplicate")
    return " AND ".join(parts), parameters


def _dropped(
    engine: DuckDBPyConnection,
    chosen: Selection,
    converted: Converted,
    condition: str,
    parameters: dict[str, int],
) -> int:
    if not chosen.drop_duplicates:
        return 0
    kept = condition.replace("NOT duplicate", "duplicate")
    query = f"SELECT count(*) FROM {converted.relation} WHERE {kept}"
    row = engine.execute(query, parameters).fetchone()
    return int(row[0]) if row else 0


_TYPES = {
    "time": "int64",
    "row": "int64",
    "file": "int16",
    "sender": "int32",
    "receiver": "int32",
    "amount": "int64",
}


def _columns(
    engine: DuckDBPyConnection, converted: Converted, condition: str, parameters: dict[str, int]
) -> dict[str, Any]:
    """The ledger's arrays in time order, ties by file and row. One column at a time: the peak is one extra."""
    import numpy as np

    relation = converted.relation
    if relation == "counted_transfer":
        engine.execute("CREATE OR REPLACE TEMP TABLE counted AS FROM counted_transfer")
        relation = "temp.counted"

    def column(name: str) -> npt.NDArray[Any]:
        query = f"SELECT {name} FROM {relation} WHERE {condition}"
        return np.asarray(engine.execute(query, parameters).fetchnumpy()[name], dtype=_TYPES[name])

    file, row, time = column("file"), column("row"), column("time")
    order = _order(time, file, row)
    columns = {"time": time, "file": file, "row": row}
    for name in _TYPES:
        values = columns.pop(name) if name in columns else column(name)
        columns[name] = values if order is None else values[order]
    engine.execute("DROP TABLE IF EXISTS temp.counted")
    engine.execute("DROP TABLE IF EXISTS temp.converted")
    return columns


def _order(
    time: npt.NDArray[np.int64], file: npt.NDArray[np.int16], row: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64] | None:
    """The permutation that sorts by time, then file, then row; None where they are sorted already."""
    import numpy as np

    if len(time) < 2:
        return None
    same_file = file[1:] == file[:-1]
    placed = bool(((file[1:] > file[:-1]) | (same_file & (row[1:] > row[:-1]))).all())
    if not placed:
        return np.lexsort((row, file, time))
    if bool((time[1:] >= time[:-1]).all()):
        return None
    return _stable_order(time)


def _stable_order(time: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """As numpy's stable argsort. Time and position are packed into one integer where they fit, which sorts
    several times as fast and in place."""
    import numpy as np

    count, first = len(time), int(time.min())
    unit = 1_000_000 if not (time % 1_000_000).any() else 1
    if (int(time.max()) - first) // unit >= 2**63 // count - 1:
        return np.argsort(time, kind="stable")
    packed = time - first
    packed //= unit
    packed *= count
    packed += np.arange(count)
    packed.sort()
    packed %= count
    return packed


def _within_64_bits(columns: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """The columns less the largest rows, where the sum of all would not fit 64 bits; and those rows."""
    import numpy as np

    amount = columns["amount"]
    if not len(amount) or int(amount.max()) <= LARGEST_AMOUNT // len(amount):
        return columns, []
    high, low = int((amount >> 32).sum()), int((amount & 0xFFFFFFFF).sum())
    total = (high << 32) + low
    too_large: list[int] = []
    if total > LARGEST_AMOUNT:
        for index in np.argsort(-amount, kind="stable"):
            if total <= LARGEST_AMOUNT:
                break
            total -= int(amount[index])
            too_large.append(int(index))
    keep = np.ones(len(amount), dtype=bool)
    keep[too_large] = False
    columns["left out"] = [(int(columns["file"][i]), int(columns["row"][i])) for i in too_large]
    return {
        name: values[keep] if too_large and name in _TYPES else values for name, values in columns.items()
    }, too_large


def _large_reports(
    files: tuple[Any, ...], columns: dict[str, Any], too_large: list[int]
) -> tuple[RowReport, ...]:
    if not too_large:
        return ()
    detail = "the amount is so large that the ledger's sum would not fit 64 bits of minor units"
    return tuple(
        RowReport(files[file].path, row, Reason.BAD_AMOUNT, Action.SET_ASIDE, detail)
        for file, row in columns["left out"][:SHOWN_REPORTS]
    )


def _accounts(engine: DuckDBPyConnection) -> tuple[list[str], dict[str, str]]:
    accounts = (
        engine.execute("SELECT identifier FROM account ORDER BY id").fetchnumpy()["identifier"].tolist()
    )
    others = engine.execute("SELECT identifier, account FROM account_spelling ORDER BY ALL").fetchall()
    return accounts, {identifier: accounts[account] for identifier, account in others}


def _opening(
    engine: DuckDBPyConnection, accounts: int, unit: Currency, table: RateTable | None, time: Any
) -> tuple[npt.NDArray[np.int64], tuple[RowReport, ...]]:
    """Balances before the first transfer; other currencies at the rate of the first transfer's day."""
    import numpy as np

    from wellhead.store.convert import convert_amount, day_of

    opening = np.zeros(accounts, dtype=np.int64)
    reports = []
    rows = engine.execute(
        """SELECT account, amount, currency, path, row
           FROM opening_balance JOIN source_file ON source_file.id = opening_balance.file ORDER BY file, row"""
    ).fetchall()
    for account, amount, code, path, row in rows:
        if code != unit.code:
            rate = (table or ecb_rates()).rate(code, unit.code, day_of(int(time[0]))) if len(time) else None
            if rate is None:
                detail = f"opening balance of {Money(amount, currency(code))}: no rate to {unit.code}"
                reports.append(RowReport(path, row, Reason.NO_RATE, Action.SET_ASIDE, detail))
                continue
            amount = convert_amount(amount, currency(code), unit, rate)
        opening[account] += amount
    return opening, tuple(reports)


def _entities(engine: DuckDBPyConnection) -> tuple[Entity, ...]:
    rows = engine.execute(
        """SELECT entity.id, schema, properties, path, row
           FROM entity JOIN source_file ON source_file.id = entity.file ORDER BY file, row, entity.id"""
    ).fetchall()
    return tuple(
        Entity(
            identifier,
            schema,
            {name: tuple(values) for name, values in json.loads(properties).items()},
            path,
            row,
        )
        for identifier, schema, properties, path, row in rows
    )


def _details(engine: DuckDBPyConnection, accounts: list[str]) -> tuple[AccountDetail, ...]:
    rows = engine.execute(
        """SELECT account, coalesce(name, ''), coalesce(country, ''), coalesce(holder_class, ''),
                  coalesce(bank, ''), path, row
           FROM account_detail JOIN source_file ON source_file.id = account_detail.file ORDER BY account"""
    ).fetchall()
    return tuple(AccountDetail(accounts[account], *rest) for account, *rest in rows)


_ASIDE = ("negative", "missing", "unreadable", "other_legs")


def _quality(
    engine: DuckDBPyConnection,
    ledger: Ledger,
    converted: Converted,
    reports: tuple[RowReport, ...],
    too_large: int,
    dropped: int,
) -> Quality:
    import numpy as np

    counted = _file_counts(engine)
    transfers = counted["rows"] - sum(counted[name] for name in _ASIDE)
    left_out = len(ledger) + too_large + converted.unconverted + converted.legs + dropped
    return Quality(
        rows=counted["rows"],
        loaded=len(ledger),
        duplicates=counted["duplicates"],
        duplicates_dropped=dropped,
        self_transfers=int(np.count_nonzero(ledger.sender == ledger.receiver)),
        negative=counted["negative"],
        missing=counted["missing"],
        unreadable=counted["unreadable"] + too_large,
        rounded=counted["rounded"],
        ties=int(np.count_nonzero(ledger.time[1:] == ledger.time[:-1])),
        no_zone=counted["no_zone"],
        other_legs=counted["other_legs"] + converted.legs,
        no_rate=converted.unconverted,
        converted=converted.converted,
        respelled=counted["respelled"],
        outside=transfers - left_out,
        reports=(*reports, *load_reports(engine))[:SHOWN_REPORTS],
    )


def _file_counts(engine: DuckDBPyConnection) -> dict[str, int]:
    """The files' counters added up. Rows that became something else than transfers are not a ledger's."""
    total: dict[str, int] = {}
    for (text,) in engine.execute("SELECT counts FROM source_file").fetchall():
        counts = json.loads(text)
        counts["rows"] -= counts["loaded"] - counts["transfers"]
        for name, number in counts.items():
            total[name] = total.get(name, 0) + number
    names = (
        "rows",
        "duplicates",
        "negative",
        "missing",
        "unreadable",
        "rounded",
        "no_zone",
        "other_legs",
        "respelled",
    )
    return {name: total.get(name, 0) for name in names}


def load_reports(engine: DuckDBPyConnection) -> tuple[RowReport, ...]:
    """The load report of all files, a line a row up to SHOWN_REPORTS."""
    rows = engine.execute(
        f"""SELECT path, row, reason, action, detail, count
            FROM row_report JOIN source_file ON source_file.id = row_report.file
            ORDER BY file, action <> 'set aside', reason, row LIMIT {SHOWN_REPORTS:d}"""
    ).fetchall()
    return tuple(
        RowReport(path, row, Reason(reason), Action(action), detail, count)
        for path, row, reason, action, detail, count in rows
    )


def only_currency(engine: DuckDBPyConnection) -> str:
    """The one currency of all transfers, "" where there are several or none."""
    found = engine.execute("SELECT DISTINCT currency FROM transfer LIMIT 2").fetchall()
    return str(found[0][0]) if len(found) == 1 else ""
