# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""From a table's text to typed rows: one temporary table `stage` a file.

    file ──text──▶ cells by their meaning, each record numbered
         ──profile──▶ how the amounts and times of the whole column are written
         ──stage──▶ (row, time, sender, receiver, amount, currency, print, …, trouble, shown)

`trouble` names the reason for which a row is set aside, NULL for a row that loads; `shown` is the text at
fault. Nothing of the file is ever part of the SQL text: values travel as parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellhead.model.errors import UsageError
from wellhead.model.money import NO_CURRENCY
from wellhead.model.table import TransferTable
from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.store import amounts, times
from wellhead.store.accounts import BLANKS
from wellhead.store.profile import Profile, assumed, profile
from wellhead.store.text import DETAILS, fill_text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

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


def stage_table(engine: DuckDBPyConnection, table: TransferTable) -> Stage:
    """Fill the temporary table `stage` from a file. Raises InputError where the engine cannot read it."""
    _check_options(engine, table)
    refused, reports = fill_text(engine, table)
    present = tuple(name for name in DETAILS if name in table.meaning)
    found = assumed(engine, table) or profile(engine, table)
    _fill(engine, table, found, present)
    if found.assumed and _contradicted(engine):
        found = profile(engine, table)
        _fill(engine, table, found, present)
    engine.execute("DROP TABLE temp.text")
    doubts = (
        (Reason.AMBIGUOUS_DATE, found.time.doubtful, found.time.note),
        (Reason.BAD_AMOUNT, found.number.doubtful, found.number.note),
    )
    doubted = (
        RowReport(table.name, 0, reason, Action.LOADED, note, count)
        for reason, count, note in doubts
        if count
    )
    notes = tuple(note for note in (found.number.note, found.time.note) if note)
    return Stage("stage.row", present, unstaged=refused, reports=(*reports, *doubted), notes=notes)


def _check_options(engine: DuckDBPyConnection, table: TransferTable) -> None:
    import duckdb

    try:
        engine.execute("SELECT timezone($zone, TIMESTAMP '2000-01-01')", {"zone": table.zone})
    except duckdb.Error as error:
        raise UsageError(
            f"{table.zone!r} is no time zone.", remedy="Give a name such as Europe/Berlin or UTC."
        ) from error
    try:
        engine.execute("SELECT try_strptime('', $format)", {"format": table.date_format or "%Y"})
    except duckdb.Error as error:
        raise UsageError(
            f"{table.date_format!r} is no date format.", remedy="Write it as %d/%m/%Y %H:%M:%S."
        ) from error


def _fill(engine: DuckDBPyConnection, table: TransferTable, found: Profile, present: tuple[str, ...]) -> None:
    sql, parameters = _query(table, found, present)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE stage AS {sql}", parameters)


def _contradicted(engine: DuckDBPyConnection) -> bool:
    """Whether the usual form, which was assumed, left something unread."""
    unread = "SELECT 1 FROM temp.stage WHERE trouble IN ('bad_time', 'bad_amount', 'bad_currency') LIMIT 1"
    return engine.execute(unread).fetchone() is not None


def _query(table: TransferTable, found: Profile, present: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """The pipeline from text to typed rows, each step named after what it adds."""
    words = list(found.words)
    micros, no_zone = times.micros("time_text", found.time, table.zone)
    default = words.index((table.currency or NO_CURRENCY).upper()) + 1
    number = f"{amounts.normalised('amount_text', found.number)} AS figure"
    timed = f"SELECT *, {micros} AS micros, {no_zone} AS bare_zone, {number} FROM temp.text"
    valued = _valued(timed, found, "currency" in table.meaning, default)
    kept = ", ".join(("row", *present))
    sql = f"""
        SELECT {kept}, print, micros AS time, sender, receiver, minor AS amount,
               code AS currency, rounded, bare_zone AS no_zone, trouble,
               CASE WHEN trouble IS NOT NULL THEN {_shown(table)} END AS shown
        FROM (SELECT *, {_trouble()} AS trouble FROM (SELECT *, {_CLEAR} AS clear FROM ({valued})))"""
    offered = {
        "words": words,
        "codes": [found.words[word][0] for word in words],
        "formats": list(found.time.formats),
        "zone": table.zone,
    }
    return sql, {name: value for name, value in offered.items() if f"${name}" in sql}


def _valued(timed: str, found: Profile, has_currency: bool, default: int) -> str:
    """`timed` with the currency of each row and its amount in minor units."""
    stated = "upper(currency_text)" if has_currency else "NULL"
    if len(found.words) == 1 and not has_currency and found.number.plain:
        place = f"{default:d}"
    else:
        place = f"""CASE WHEN {stated} IS NULL AND figure.unit IS NULL THEN {default:d}
            WHEN {stated} IS NULL OR figure.unit IS NULL THEN list_position($words, coalesce({stated}, figure.unit))
            WHEN $codes[list_position($words, {stated})] = $codes[list_position($words, figure.unit)]
            THEN list_position($words, {stated}) END"""
    placed = f"SELECT *, {place} AS place FROM ({timed})"
    units = list(found.words.values())
    fast = " ".join(
        f"WHEN {position:d} THEN {amounts.fast_minor('figure.number', exponent)}"
        for position, (_, exponent, below) in enumerate(units, 1)
        if below == 0
    )
    exponents = " ".join(f"WHEN {n:d} THEN {e - below:d}" for n, (_, e, below) in enumerate(units, 1))
    parts = amounts.NUMBER_PARTS.format(number="figure.number")
    quick = f"CASE place {fast} END" if fast else "NULL::BIGINT"
    first = f"SELECT *, {quick} AS quick FROM ({placed})"
    codes = " ".join(f"WHEN {n:d} THEN $codes[{n:d}]" for n in range(1, len(units) + 1))
    code = "$codes[1]" if len(units) == 1 else f"CASE place {codes} END"
    if found.assumed:
        return f"""SELECT *, quick AS minor, false AS rounded, coalesce(quick < 0, false) AS negative,
            {code} AS code FROM ({first})"""
    scale = f"(CASE place {exponents} END)"
    slow = (
        f"CASE WHEN quick IS NULL AND place IS NOT NULL THEN {amounts.rounded_minor(f'({parts})', scale)} END"
    )
    second = f"SELECT *, {slow} AS slow FROM ({first})"
    return f"""SELECT *, coalesce(quick, slow.minor) AS minor, coalesce(slow.rounded, false) AS rounded,
        coalesce(quick < 0, slow.negative, false) AS negative, {code} AS code FROM ({second})"""


_IN_TIME = f"micros BETWEEN {times.EARLIEST:d} AND {times.LATEST:d}"
_ZERO_BYTES = "(contains(sender, chr(0)) OR contains(receiver, chr(0)))"
_CLEAR = f"""{_IN_TIME} AND minor IS NOT NULL AND NOT negative AND place IS NOT NULL
    AND strlen(sender) > 6 AND strlen(receiver) > 6 AND NOT {_ZERO_BYTES}"""
"""SQL: that a row has no trouble, at a glance: most rows. A step of its own, or the engine would evaluate what
it shares with `_trouble` for every row."""


def _trouble() -> str:
    """SQL: why a row is set aside, the first reason that holds."""
    blank = f"(strlen({{0}}) <= 6 AND (lower({{0}}) IN {_ABSENT} OR trim({{0}}, {BLANKS}) = ''))"
    no_account = " OR ".join(f"{side} IS NULL OR {blank.format(side)}" for side in ("sender", "receiver"))
    return f"""CASE
        WHEN clear THEN NULL
        WHEN time_text IS NULL OR lower(time_text) IN {_ABSENT} THEN 'missing_time'
        WHEN ({_IN_TIME}) IS NOT TRUE THEN 'bad_time'
        WHEN {no_account} THEN 'missing_account'
        WHEN {_ZERO_BYTES} THEN 'bad_identifier'
        WHEN place IS NULL THEN 'bad_currency'
        WHEN amount_text IS NULL OR lower(amount_text) IN {_ABSENT} THEN 'missing_amount'
        WHEN negative THEN 'negative'
        WHEN minor IS NULL THEN 'bad_amount' END"""


def _shown(table: TransferTable) -> str:
    """SQL: the text that explains a row's trouble, shortened."""
    unit = "concat_ws(' / ', currency_text, figure.unit)" if "currency" in table.meaning else "figure.unit"
    return f"""left(CASE
        WHEN trouble IN ('bad_time', 'missing_time') THEN time_text
        WHEN trouble = 'missing_account' THEN concat_ws(' → ', sender, receiver)
        WHEN trouble = 'bad_currency' THEN {unit}
        ELSE amount_text END, 100)"""
