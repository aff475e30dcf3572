# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""From a table's text to typed rows: one temporary table `stage` a file, in the file's own order.

    text  ──▶ profile: how the amounts and times of the whole column are written
          ──▶ stage: (row, time, sender, receiver, amount, currency, print, …, trouble, shown)

`trouble` names the reason for which a row is set aside, NULL for a row that loads; `print` is a fingerprint
of the whole record. Nothing of the file is ever part of the SQL text: values travel as parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wellhead.model.errors import InputError, UsageError
from wellhead.model.money import NO_CURRENCY
from wellhead.model.table import Relation, TransferTable
from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.store import amounts, times
from wellhead.store.accounts import BLANKS
from wellhead.store.currency_words import currency_words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DETAILS = (
    "sender_name", "receiver_name", "sender_country", "receiver_country", "sender_class", "receiver_class",
    "sender_bank", "receiver_bank", "reference", "purpose",
)  # fmt: skip
"""Optional columns of a stage: only those that the file has are there."""

_ABSENT = "('null', 'nan', 'none', 'n/a', '#n/a', '<na>', 'nat', 'nil', '(null)')"


@dataclass(frozen=True, slots=True)
class Stage:
    """What was staged. `row` is the SQL expression of a record's number; `columns` are the optional columns
    that the stage has; of the file's rows, `unstaged` are not in it, but `elsewhere` of those are in the case
    as something else than transfers; `reports` concern unstaged rows and whole columns."""

    row: str
    columns: tuple[str, ...]
    unstaged: int = 0
    elsewhere: int = 0
    reports: tuple[RowReport, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    number: amounts.NumberStyle
    time: times.TimeStyle
    words: Mapping[str, tuple[str, int, int]]


def stage_table(engine: DuckDBPyConnection, table: TransferTable) -> Stage:
    """Fill the temporary table `stage` from a file. Raises InputError where the engine cannot read it."""
    import duckdb

    faults: list[str] = []
    for opened in (table.strict, table.careful):
        try:
            with opened() as relation:
                return _staged(engine, table, relation)
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            faults.append(str(error).partition("\n")[0])
    raise InputError(f"cannot be read as a table: {faults[-1]}", file=table.name)


def _staged(engine: DuckDBPyConnection, table: TransferTable, relation: Relation) -> Stage:
    plan = _profile(engine, table, relation)
    present = tuple(name for name in DETAILS if name in table.meaning)
    sql, parameters = _stage_query(table, relation, plan, present)
    engine.execute("DROP TABLE IF EXISTS temp.stage")
    engine.execute(f"CREATE TEMP TABLE stage AS {sql}", parameters)
    doubtful = (
        (Reason.AMBIGUOUS_DATE, plan.time.doubtful, plan.time.note),
        (Reason.BAD_AMOUNT, plan.number.doubtful, plan.number.note),
    )
    reports = tuple(
        RowReport(table.name, 0, reason, Action.LOADED, note, count)
        for reason, count, note in doubtful
        if count
    )
    notes = tuple(note for note in (plan.number.note, plan.time.note) if note)
    given = (*relation.reports, *reports)
    return Stage("stage.row", present, unstaged=relation.refused, reports=given, notes=notes)


def _profile(engine: DuckDBPyConnection, table: TransferTable, relation: Relation) -> _Plan:
    """How the columns are written, decided from all of their values."""
    said = _said(table, relation)
    counted = ", ".join(
        (
            "count(amount_text)",
            amounts.plain_count("amount_text"),
            amounts.most_decimals("amount_text"),
            "count(time_text)",
            times.usual_count("time_text"),
        )
    )
    amount_rows, plain, decimals, time_rows, usual = _row(engine, f"SELECT {counted} FROM ({said})", relation)
    number = amounts.NumberStyle(decimals=-1 if decimals is None else decimals)
    if plain < amount_rows or decimals == 3:
        votes = ", ".join(amounts.votes("amount_text"))
        found = amounts.decided(amount_rows, plain, *_row(engine, f"SELECT {votes} FROM ({said})", relation))
        number = replace(found, decimals=number.decimals if found.plain else -1)
    time = _time_style(engine, table, relation, said, time_rows, usual)
    return _Plan(number, time, _words(engine, table, relation, said, number))


def _time_style(
    engine: DuckDBPyConnection, table: TransferTable, relation: Relation, said: str, rows: int, usual: int
) -> times.TimeStyle:
    if table.date_format:
        return times.given_style(table.date_format)
    if usual == rows:
        return times.TimeStyle(usual=True)
    (iso,) = _row(engine, f"SELECT {times.iso_count('time_text')} FROM ({said})", relation)
    if iso == rows:
        return times.TimeStyle()
    numbers = times.NUMBERS.format(text="time_text")
    numeric = times.numeric_counts("time_text")
    ordered = times.order_counts("time_text")
    query = f"SELECT {', '.join((numbers, *numeric, *ordered))} FROM ({said})"
    bare, compact, *rest = _row(engine, query, relation)
    if bare > iso and bare * 2 > rows:
        return times.numeric_style(compact, tuple(rest[:4]), table.excel_serials)
    return times.text_style(*rest[4:])


def _words(
    engine: DuckDBPyConnection,
    table: TransferTable,
    relation: Relation,
    said: str,
    number: amounts.NumberStyle,
) -> dict[str, tuple[str, int, int]]:
    """The currency words that occur, each with its code, exponent and the decimals that its unit is below
    the currency's own (18 for wei)."""
    known = currency_words()
    default = (table.currency or NO_CURRENCY).upper()
    if default not in known:
        raise UsageError(
            f"{table.currency!r} is neither an ISO 4217 code nor a token that Wellhead knows.",
            remedy="Give a code such as USD, EUR, JPY, BTC, ETH or USDT.",
        )
    parts = []
    if "currency" in table.meaning:
        parts.append(f"SELECT upper(currency_text) AS word FROM ({said})")
    if not number.plain:
        unit = f"({amounts.normalised('amount_text', number)}).unit"
        parts.append(f"SELECT {unit} AS word FROM ({said})")
    found = {default}
    for part in parts:
        query = f"SELECT DISTINCT word FROM ({part}) WHERE word IN (SELECT unnest($known))"
        parameters = {**relation.parameters, "known": list(known)}
        found |= {word for (word,) in engine.execute(query, parameters).fetchall()}
    return {word: known[word] for word in sorted(found)}


def _said(table: TransferTable, relation: Relation) -> str:
    """The columns by their meaning, as text, blanks off, empty cells NULL."""
    meaning = dict(table.meaning)
    time = _cell(meaning["time"])
    if "clock" in meaning:
        time = f"{time} || ' ' || {_cell(meaning['clock'])}"
    cells = [f"{time} AS time_text", f"{_cell(meaning['amount'])} AS amount_text"]
    cells += [f"{_cell(meaning[side])} AS {side}" for side in ("sender", "receiver")]
    if "currency" in meaning:
        cells.append(f"{_cell(meaning['currency'])} AS currency_text")
    cells += [f"{_cell(meaning[name])} AS {name}" for name in DETAILS if name in meaning]
    # Records are numbered while they are read: neither rowids nor a table's order can be trusted for it
    # (rowids of an open transaction start at 2^55, and a wide CREATE TABLE AS swaps chunks of a large file).
    cells.append(f"{f'{relation.row}::BIGINT' if relation.row else 'row_number() OVER ()'} AS row")
    cells.append(f"hash({', '.join(relation.columns)}) AS print")
    return f"SELECT {', '.join(cells)} FROM {relation.sql}"


def _cell(column: str) -> str:
    return f"nullif(trim({column}), '')"


def _stage_query(
    table: TransferTable, relation: Relation, plan: _Plan, present: tuple[str, ...]
) -> tuple[str, dict[str, Any]]:
    """The pipeline from text to typed rows, each step named after what it adds."""
    words = list(plan.words)
    micros, no_zone = times.micros("time_text", plan.time, table.zone)
    default = words.index((table.currency or NO_CURRENCY).upper()) + 1
    number = f"{amounts.normalised('amount_text', plan.number)} AS figure"
    said = _said(table, relation)
    timed = f"SELECT *, {micros} AS micros, {no_zone} AS bare_zone, {number} FROM ({said})"
    valued = _valued(timed, plan, "currency" in table.meaning, default)
    kept = ", ".join(("row", *present))
    sql = f"""
        SELECT {kept}, print, micros AS time, sender, receiver, minor AS amount,
               code AS currency, rounded, bare_zone AS no_zone, trouble,
               left(CASE WHEN trouble IN ('bad_time', 'missing_time') THEN time_text
                         WHEN trouble = 'missing_account' THEN concat_ws(' → ', sender, receiver)
                         WHEN trouble = 'bad_currency' THEN {_currency_shown(table)}
                         WHEN trouble IS NOT NULL THEN amount_text END, 100) AS shown
        FROM (SELECT *, {_trouble()} AS trouble FROM ({valued}))"""
    parameters: dict[str, Any] = dict(relation.parameters)
    offered = {
        "words": words,
        "codes": [plan.words[word][0] for word in words],
        "formats": list(plan.time.formats),
        "zone": table.zone,
    }
    parameters |= {name: value for name, value in offered.items() if f"${name}" in sql}
    return sql, parameters


def _valued(timed: str, plan: _Plan, has_currency: bool, default: int) -> str:
    """`timed` with the currency of each row and its amount in minor units."""
    stated = "upper(currency_text)" if has_currency else "NULL"
    if len(plan.words) == 1 and not has_currency and plan.number.plain:
        place = f"{default:d}"
    else:
        place = f"""CASE WHEN {stated} IS NULL AND figure.unit IS NULL THEN {default:d}
            WHEN {stated} IS NULL OR figure.unit IS NULL THEN list_position($words, coalesce({stated}, figure.unit))
            WHEN $codes[list_position($words, {stated})] = $codes[list_position($words, figure.unit)]
            THEN list_position($words, {stated}) END"""
    placed = f"SELECT *, {place} AS place FROM ({timed})"
    units = list(plan.words.values())
    if all(0 <= plan.number.decimals <= exponent and not below for _, exponent, below in units):
        return _simply_valued(placed, units)
    fast = " ".join(
        f"WHEN {position:d} THEN {amounts.fast_minor('figure.number', exponent)}"
        for position, (_, exponent, below) in enumerate(units, 1)
        if below == 0
    )
    exponents = " ".join(f"WHEN {n:d} THEN {e - below:d}" for n, (_, e, below) in enumerate(units, 1))
    parts = amounts.NUMBER_PARTS.format(number="figure.number")
    quick = f"CASE place {fast} END" if fast else "NULL::BIGINT"
    first = f"SELECT *, {quick} AS quick FROM ({placed})"
    scale = f"(CASE place {exponents} END)"
    slow = (
        f"CASE WHEN quick IS NULL AND place IS NOT NULL THEN {amounts.rounded_minor(f'({parts})', scale)} END"
    )
    second = f"SELECT *, {slow} AS slow FROM ({first})"
    return f"""SELECT *, coalesce(quick, slow.minor) AS minor, coalesce(slow.rounded, false) AS rounded,
        coalesce(quick < 0, slow.negative, false) AS negative, $codes[place] AS code FROM ({second})"""


def _simply_valued(placed: str, units: list[tuple[str, int, int]]) -> str:
    """As `_valued`, where the profile has seen that no amount needs more than a cast: the usual ledger."""
    minor = " ".join(
        f"WHEN {n:d} THEN {amounts.simple_minor('figure.number', e)}" for n, (_, e, _) in enumerate(units, 1)
    )
    return f"""SELECT *, false AS rounded, $codes[place] AS code,
        coalesce(minor < 0, starts_with(figure.number, '-')) AS negative
        FROM (SELECT *, CASE place {minor} END AS minor FROM ({placed}))"""


def _trouble() -> str:
    """SQL: why a row is set aside, the first reason that holds."""
    blank = f"(strlen({{0}}) <= 6 AND (lower({{0}}) IN {_ABSENT} OR trim({{0}}, {BLANKS}) = ''))"
    no_account = " OR ".join(f"{side} IS NULL OR {blank.format(side)}" for side in ("sender", "receiver"))
    return f"""CASE
        WHEN time_text IS NULL OR lower(time_text) IN {_ABSENT} THEN 'missing_time'
        WHEN micros IS NULL OR micros NOT BETWEEN {times.EARLIEST:d} AND {times.LATEST:d} THEN 'bad_time'
        WHEN {no_account} THEN 'missing_account'
        WHEN contains(sender, chr(0)) OR contains(receiver, chr(0)) THEN 'bad_identifier'
        WHEN place IS NULL THEN 'bad_currency'
        WHEN amount_text IS NULL OR lower(amount_text) IN {_ABSENT} THEN 'missing_amount'
        WHEN negative THEN 'negative'
        WHEN minor IS NULL THEN 'bad_amount' END"""


def _currency_shown(table: TransferTable) -> str:
    return "concat_ws(' / ', currency_text, figure.unit)" if "currency" in table.meaning else "figure.unit"


def _row(engine: DuckDBPyConnection, query: str, relation: Relation) -> tuple[int, ...]:
    row = engine.execute(query, relation.parameters).fetchone()
    return tuple(row or ())
