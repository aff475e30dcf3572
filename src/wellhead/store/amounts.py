"""Amounts written as text, read exactly inside the engine: text in, whole minor units out, never a float.

A column is *plain* where every value is digits with at most one point. Otherwise its decimal mark is decided
once for the column, from values that leave no doubt (``1.234,56``, ``12,5``), and the values that contradict
it are set aside.
"""

from __future__ import annotations

from dataclasses import dataclass

_SIGNS = r"\p{Sc}|[A-Za-z]{1,4}\p{Sc}|[A-Za-z]{2,5}"
_SPACES = r" \x{00A0}\x{2009}\x{202F}"
_BLANKS = " \u00a0\u2009\u202f''’"  # the apostrophe is doubled for SQL
_ARABIC = ("٠١٢٣٤٥٦٧٨٩٫٬−", "0123456789.,-")


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """`mark` is the decimal mark of a column; `plain` that nothing else than digits and a point occurs;
    `doubtful` counts values such as ``1,234`` that alone would allow two readings."""

    plain: bool = True
    mark: str = "."
    doubtful: int = 0
    note: str = ""


def plain_count(text: str) -> str:
    """SQL: how many values of column `text` are plain numbers."""
    return f"count(TRY_CAST({text} AS DOUBLE))"


def votes(text: str) -> tuple[str, ...]:
    """SQL expressions that count the evidence of a column: for the point, for the comma, doubtful with a
    point, doubtful with a comma."""
    core = f"regexp_extract(translate({text}, '{_ARABIC[0]}{_BLANKS}', '{_ARABIC[1]}'), '[.,]?[0-9][0-9.,]*')"
    comma_last = r"'\..*,|,\d{1,2}$|,\d{4,}$|^0,|\d{4,},|\.\d+\.'"
    point_last = r"',.*\.|\.\d{1,2}$|\.\d{4,}$|^0\.|\d{4,}\.|,\d+,'"
    return (
        f"count(*) FILTER (regexp_matches({core}, {point_last}) AND NOT regexp_matches({core}, {comma_last}))",
        f"count(*) FILTER (regexp_matches({core}, {comma_last}) AND NOT regexp_matches({core}, {point_last}))",
        rf"count(*) FILTER (regexp_full_match({core}, '[1-9]\d{{0,2}}\.\d{{3}}'))",
        rf"count(*) FILTER (regexp_full_match({core}, '[1-9]\d{{0,2}},\d{{3}}'))",
    )


def decided(
    rows: int, plain: int, point: int, comma: int, doubtful_point: int, doubtful_comma: int
) -> NumberStyle:
    """The style of a column by its counts. Where nothing decides, a point is decimal and a comma groups."""
    if comma > point:
        return NumberStyle(
            False, ",", note=f"amounts have a decimal comma ({comma:,} of {rows:,} amounts leave no doubt)"
        )
    doubtful = (doubtful_comma or doubtful_point) if point == 0 else 0
    if plain == rows:
        note = f"{doubtful:,} amounts such as 1.234: the point was read as decimal" if doubtful else ""
        return NumberStyle(doubtful=doubtful, note=note)
    note = (
        "amounts have a decimal point"
        if point
        else "amounts are read with a decimal point (nothing in the column decides; a comma groups thousands)"
    )
    return NumberStyle(False, doubtful=doubtful, note=note)


def normalised(text: str, style: NumberStyle) -> str:
    """SQL: a struct ``{number, unit}``: the text with a point, no grouping and a leading sign, and the
    currency sign or code that stood beside it. Both are NULL where the text is no amount in this style."""
    if style.plain:
        return f"{{'number': {text}, 'unit': NULL::VARCHAR}}"
    translated = f"translate({text}, '{_ARABIC[0]}', '{_ARABIC[1]}')"
    names = "['open', 'unit', 'sign', 'digits', 'power', 'tail', 'close']"
    parts = f"regexp_extract({translated}, '{_shape(style.mark)}', {names})"
    digits = f"regexp_replace(part.digits, '[^0-9{style.mark}]', '', 'g')"
    number = digits if style.mark == "." else f"replace({digits}, ',', '.')"
    negative = "part.open IN ('-', '(') OR part.sign = '-' OR part.close = '-'"
    signs = "((part.open <> '')::INT + (part.sign <> '')::INT + (part.close = '-')::INT)"
    body = (
        f"CASE WHEN part.digits <> '' AND (part.open = '(') = (part.close = ')') AND {signs} <= 1 THEN "
        f"{{'number': CASE WHEN {negative} THEN '-' ELSE '' END || {number} || part.power, "
        "'unit': nullif(upper(part.unit || part.tail), '')} END"
    )
    return f"list_transform([{parts}], lambda part: {body})[1]"


def fast_minor(number: str, exponent: int) -> str:
    """SQL: exact minor units of numbers of at most 15 characters that need no rounding; NULL for others."""
    exact = f"(instr({number}, '.') = 0 OR strlen({number}) - instr({number}, '.') <= {exponent:d})"
    short = " AND ".join((f"strlen({number}) <= 15", *(f"instr({number}, '{c}') = 0" for c in "eE_")))
    # Up to three decimals the product stays within 18 digits, which the engine multiplies as plain integers.
    wide, by = (17 - exponent, exponent + 1) if exponent <= 3 else (38, 19)
    value = f"TRY_CAST({number} AS DECIMAL({wide:d}, {exponent:d})) * {10**exponent:d}::DECIMAL({by:d}, 0)"
    return f"CASE WHEN {short} AND {exact} THEN TRY_CAST({value} AS BIGINT) END"


NUMBER_PARTS = (
    r"regexp_extract({number}, '^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{{1,4}}))?\s*$', "
    "['sign', 'whole', 'fraction', 'power'])"
)
"""SQL template: the parts of a plain number; ``whole`` and ``fraction`` are both empty where it is none."""


def rounded_minor(parts: str, exponent: str) -> str:
    """SQL: a struct ``{minor, negative, rounded}`` from NUMBER_PARTS, rounded half to even to `exponent`
    decimals. NULL for no number; `minor` is NULL beyond 64 bits. All by digits, so exact at any length."""
    return f"""list_transform([{{
        'digits': ltrim({parts}.whole || {parts}.fraction, '0'),
        'any': {parts}.whole || {parts}.fraction <> '',
        'minus': {parts}.sign = '-',
        'shift': coalesce(TRY_CAST({parts}.power AS INTEGER), 0) - strlen({parts}.fraction) + {exponent}
    }}], lambda p: CASE WHEN p.any THEN {_rounding()} END)[1]"""


def _rounding() -> str:
    kept = "strlen(p.digits) + p.shift"
    whole = f"CASE WHEN p.shift >= 0 THEN p.digits || repeat('0', p.shift) ELSE left(p.digits, {kept}) END"
    rest = f"CASE WHEN p.shift >= 0 THEN '' ELSE substr(p.digits, {kept} + 1) END"
    unit = f"CAST(coalesce(nullif({whole}, ''), '0') AS HUGEINT)"
    beyond_half = f"ltrim(substr({rest}, 2), '0') <> ''"
    above = f"(left({rest}, 1) > '5' OR (left({rest}, 1) = '5' AND ({beyond_half} OR {unit} % 2 = 1)))"
    return f"""CASE
        WHEN p.digits = '' THEN {{'minor': 0::BIGINT, 'negative': false, 'rounded': false}}
        WHEN {kept} < 0 THEN {{'minor': 0::BIGINT, 'negative': p.minus, 'rounded': true}}
        WHEN {kept} > 19 THEN {{'minor': NULL::BIGINT, 'negative': p.minus, 'rounded': false}}
        ELSE {{'minor': TRY_CAST({unit} + CASE WHEN {above} THEN 1 ELSE 0 END AS BIGINT),
              'negative': p.minus, 'rounded': ltrim({rest}, '0') <> ''}} END"""


def _shape(mark: str) -> str:
    """The regular expression of an amount with decimal mark `mark`: sign, unit, grouped digits, unit, sign."""
    other = "," if mark == "." else "."
    blank = rf"[\s{_SPACES}]*"
    groups = (f"[{_SPACES}]", "[''’]", f"\\{other}")
    grouped = "|".join(rf"\d{{1,3}}(?:{g}\d{{2,3}})*{g}\d{{3}}(?:\{mark}\d*)?" for g in groups)
    digits = rf"{grouped}|\d+(?:\{mark}\d*)?|\{mark}\d+"
    return (
        rf"^{blank}([-(]?){blank}({_SIGNS})?{blank}([-+]?){blank}({digits})([eE][-+]?\d{{1,4}})?"
        rf"{blank}({_SIGNS})?{blank}([-)]?){blank}$"
    )
