"""Times written as text, read inside the engine into microseconds since 1970 UTC.

Which form a column has is decided once, from all of its values: ISO 8601; a count of seconds or finer units
since 1970; dates run together (``20230113``); or a calendar date in another order, where the column's own
unambiguous dates say whether the day or the month comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The years 1 to 9999, in microseconds: beyond them no calendar of ours can show a time."""

_NUMERIC = ("%d/%m/%y", "%d/%m/%Y", "%d.%m.%y", "%d.%m.%Y", "%d-%m-%y", "%d-%m-%Y")
_NAMED = (
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%y", "%d-%b-%Y", "%d-%B-%Y",
    "%d %b, %Y", "%d %B, %Y", "%d/%b/%Y", "%d.%b.%Y", "%a, %d %b %Y", "%a %b %d %Y", "%A, %B %d, %Y",
    "%A, %d %B %Y", "%Y.%m.%d", "%Y %b %d", "%d%b%Y", "%Y%m%d",
)  # fmt: skip
_CLOCKS = (
    "", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M:%S", ", %H:%M", ", %I:%M:%S %p", ", %I:%M %p",
    " %H:%M:%S.%f", "T%H:%M:%S", "T%H%M%S", " %H.%M.%S", " %H.%M",
)  # fmt: skip


_COMPACT = ("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M")


class Form(StrEnum):
    """How the times of a column are written."""

    ISO = "ISO 8601"
    TEXT = "calendar dates"
    COMPACT = "dates run together"
    EPOCH = "count since 1970"
    EXCEL = "Excel serial days"


@dataclass(frozen=True, slots=True)
class TimeStyle:
    """`formats` are strptime patterns in the order of trial; `per_unit` microseconds of one epoch count as
    a fraction (numerator, denominator); `doubtful` counts dates that allow two orders of day and month;
    `usual` takes nothing but YYYY-MM-DD with or without hh:mm:ss."""

    form: Form = Form.ISO
    usual: bool = False
    formats: tuple[str, ...] = ()
    per_unit: tuple[int, int] = (1, 1)
    doubtful: int = 0
    note: str = ""


def iso_count(text: str) -> str:
    """SQL: how many values of column `text` are ISO 8601."""
    return f"count({iso(text, 'UTC')[0]})"


NUMBERS = r"count(*) FILTER (regexp_full_match({text}, '\s*[+-]?\d+(\.\d*)?([eE][+-]?\d{{1,2}})?\s*'))"
"""SQL template: how many values are bare numbers."""


def numeric_counts(text: str) -> tuple[str, ...]:
    """SQL: of bare numbers, how many are valid dates run together, and how many lie in the range of
    seconds, milliseconds, microseconds and nanoseconds."""
    compact = "['%Y%m%d', '%Y%m%d%H%M%S', '%Y%m%d%H%M']"
    size = f"abs(TRY_CAST({text} AS DECIMAL(38, 9)))"
    bounds = (0, 10**11, 10**14, 10**17, 10**20)
    within = (f"count(*) FILTER ({size} >= {low:d} AND {size} < {high:d})" for low, high in pairwise(bounds))
    shaped = rf"regexp_full_match({text}, '(19|20)\d{{6}}(\d{{4}}(\d{{2}})?)?')"
    return (f"count(*) FILTER ({shaped} AND try_strptime({text}, {compact}) IS NOT NULL)", *within)


def order_counts(text: str) -> tuple[str, ...]:
    """SQL: of dates such as 03/04/2015, how many there are, how many can only have the day first, how many
    only the month, and how many are written with points (whose order is always day, month, year)."""
    parts = rf"regexp_extract({text}, '^\s*(\d{{1,2}})[/.\-](\d{{1,2}})[/.\-]\d{{2}}', ['a', 'b'])"
    first, second = f"TRY_CAST({parts}.a AS INTEGER)", f"TRY_CAST({parts}.b AS INTEGER)"
    return (
        f"count({first})",
        f"count(*) FILTER ({first} > 12 AND {second} <= 12)",
        f"count(*) FILTER ({second} > 12 AND {first} <= 12)",
        rf"count(*) FILTER (regexp_matches({text}, '^\s*\d{{1,2}}\.\d{{1,2}}\.\d{{2}}'))",
    )


def numeric_style(compact: int, sizes: tuple[int, ...], excel: bool) -> TimeStyle:
    """The style of a column of bare numbers."""
    total = sum(sizes)
    if compact and compact * 2 > total:
        return TimeStyle(Form.COMPACT, formats=_COMPACT, note="times are dates run together")
    if excel:
        return TimeStyle(Form.EXCEL, note="times are Excel's day numbers")
    unit = max(range(4), key=lambda index: (sizes[index], -index))
    name = ("seconds", "milliseconds", "microseconds", "nanoseconds")[unit]
    per_unit = ((1_000_000, 1), (1_000, 1), (1, 1), (1, 1_000))[unit]
    return TimeStyle(Form.EPOCH, per_unit=per_unit, note=f"times are {name} since 1970")


def text_style(total: int, day_first: int, month_first: int, points: int) -> TimeStyle:
    """The style of a column of calendar dates."""
    by_month = month_first > day_first
    doubtful = total if total and day_first == month_first == 0 and points < total else 0
    if not total:
        note = ""
    elif doubtful:
        note = "dates could have day or month first; the day was taken first (--date-format says otherwise)"
    else:
        note = f"dates have the {'month' if by_month else 'day'} first"
    return TimeStyle(Form.TEXT, formats=_formats(by_month), doubtful=doubtful, note=note)


def given_style(pattern: str) -> TimeStyle:
    """The style of a column whose pattern the user gives."""
    return TimeStyle(Form.TEXT, formats=(pattern,), note=f"times were read as {pattern}")


def _formats(month_first: bool) -> tuple[str, ...]:
    numeric: tuple[str, ...] = _NUMERIC
    if month_first:
        numeric = tuple(f.replace("%d", "%x").replace("%m", "%d").replace("%x", "%m") for f in _NUMERIC)
    dates = (*numeric, *_NAMED)
    return (*(date + clock for clock in _CLOCKS for date in dates), "%a %b %d %H:%M:%S %Y")


def iso(text: str, zone: str) -> tuple[str, str]:
    """SQL for microseconds of an ISO 8601 text, NULL for another, and SQL for whether it states no zone."""
    plain = _local(f"TRY_CAST({text} AS TIMESTAMP)", zone)
    other = _zoned(text, "TRY_CAST({base} AS TIMESTAMP)", zone)
    short = f"strlen({text}) <= 64 AND {_YEAR_FIRST.format(text)}"
    micros = f"CASE WHEN {_usual(text)} THEN {plain} WHEN {short} THEN {other} END"
    return micros, f"({_usual(text)} OR NOT {_states_zone(text)})"


_YEAR_FIRST = "regexp_matches({0}, '^[0-9]{{4}}[-/]')"  # DuckDB would take 25/3/15 for the year 25
_HAS_DIGIT = "strlen({0}) <= 64 AND regexp_matches({0}, '[0-9]')"  # strptime knows "infinity" and "epoch"


def _usual(text: str) -> str:
    days = (f"____{mark}__{mark}__" for mark in "-/")
    forms = (f"{text} LIKE '{day}{clock}'" for day in days for clock in ("", " __:__:__", "T__:__:__"))
    return f"({' OR '.join(forms)})"


def micros(text: str, style: TimeStyle, zone: str) -> tuple[str, str]:
    """SQL for microseconds since 1970 UTC of a column in `style`, NULL where a value cannot be read, and SQL
    for whether a value states no zone. Patterns are the parameter ``$formats``."""
    if style.form is Form.ISO and style.usual:
        return f"CASE WHEN {_usual(text)} THEN {_local(f'TRY_CAST({text} AS TIMESTAMP)', zone)} END", "true"
    if style.form is Form.ISO:
        return iso(text, zone)
    number = f"TRY_CAST({text} AS DECIMAL(38, 9))"
    if style.form is Form.EPOCH:
        over, under = style.per_unit
        return f"TRY_CAST(floor(TRY({number} * {over:d}) / {under:d}) AS BIGINT)", "false"
    if style.form is Form.EXCEL:
        days = f"TRY(round(({number} - 25569) * 86400) * 1000000)"
        return f"CASE WHEN {number} BETWEEN 1 AND 2958466 THEN CAST({days} AS BIGINT) END", "true"
    if style.form is Form.COMPACT:
        return _local(f"try_strptime({text}, $formats)", zone), "true"
    if len(style.formats) == 1 and "%z" in style.formats[0]:
        return f"epoch_us(try_strptime({text}, $formats[1]))", "false"
    read = _zoned(text, "try_strptime({base}, $formats)", zone)
    missing = f"NOT {_states_zone(text)}"
    if len(style.formats) == 1:
        return read, missing
    by_iso, no_zone = iso(text, zone)
    return f"CASE WHEN {_HAS_DIGIT.format(text)} THEN coalesce({by_iso}, {read}) END", f"({no_zone})"


def _states_zone(text: str) -> str:
    return f"(instr({text}, ':') > 0 AND regexp_matches({text}, '{_ZONE_END}'))"


_ZONE_END = r":\d{2}(?:[.,]\d+)?(?:\s*[AaPp][Mm])?\s*(?:[zZ]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
_BASE = r"^(.*?:\d{2}(?:[.,]\d+)?(?:\s*[AaPp][Mm])?)\s*(?:[zZ]|UTC|GMT|([+-])(\d{2}):?(\d{2})?)$"


def _zoned(text: str, read: str, zone: str) -> str:
    """SQL: microseconds of a text whose zone, where it states one, is taken off before `read` sees it."""
    parts = f"regexp_extract({text}, '{_BASE}', ['base', 'sign', 'hours', 'minutes'])"
    away = "(coalesce(TRY_CAST(p.hours AS BIGINT), 0) * 60 + coalesce(TRY_CAST(p.minutes AS BIGINT), 0))"
    sign = "CASE WHEN p.sign = '-' THEN -1 ELSE 1 END"
    offset = f"CASE WHEN {away} <= 1080 THEN {away} * 60000000 * {sign} END"
    stated = f"epoch_us({read.format(base='p.base')}) - {offset}"
    bare = _local(read.format(base=text), zone)
    return f"list_transform([{parts}], lambda p: CASE WHEN p.base <> '' THEN {stated} ELSE {bare} END)[1]"


def _local(timestamp: str, zone: str) -> str:
    if zone == "UTC":
        return f"epoch_us({timestamp})"
    return f"epoch_us(timezone($zone, {timestamp}))"
