"""Tables: every record is loaded or reported, with its own row number, and every figure is exact."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pouring import COLUMNS, Loaded, column, load, load_text
from wellhead.model.errors import InputError, MissingColumns, UsageError, WellheadError
from wellhead.model.table import TransferTable
from wellhead.model.transfer import Action, Reason
from wellhead.sources.options import ReadOptions
from wellhead.sources.readers import read_path
from wellhead.store.case_file import MEMORY, CaseFile
from wellhead.store.load import Selection, load_ledger

USD = ReadOptions(currency="USD", columns=COLUMNS)
ETH = ReadOptions(currency="ETH", columns=COLUMNS)
fuzzed = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings().max_examples // 3
)
DAY = 86_400_000_000


def all_accounted(loaded: Loaded) -> bool:
    """Rows = loaded + set aside, by the file and by the ledger."""
    quality = loaded.ledger.quality
    aside = quality.negative + quality.missing + quality.unreadable
    reported = sum(r.count for r in loaded.reports if r.action is Action.SET_ASIDE)
    return (
        quality.rows == quality.loaded + aside
        and reported == aside
        and quality.loaded == len(loaded.ledger)
        and sum(p.rows for p in loaded.poured) == quality.rows
        and all(p.rows == p.loaded + p.set_aside for p in loaded.poured)
    )


# --- amounts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "minor"),
    [
        (["1", "2.5", "3.00", "+4", ".5", "6."], [100, 250, 300, 400, 50, 600]),
        (["1E+15", "5.689852347E7", "1e-2", "2.5e0"], [10**17, 5689852347, 1, 250]),
        (["1,234.56", "12.5", "1,234,567"], [123456, 1250, 123456700]),
        (["1.234,56", "12,5", "1.234.567"], [123456, 1250, 123456700]),
        (["1 234,56", "12,50"], [123456, 1250]),
        (["1\u00a0234,56", "1\u202f234\u202f567,8"], [123456, 123456780]),
        (["1'234.56", "1’234.5"], [123456, 123450]),
        (["12,34,567.89", "1.0"], [123456789, 100]),
        (["$1,234.56", "$ 5", "7 $", "USD 8", "9.5 USD"], [123456, 500, 700, 800, 950]),
        (["٣٬٤٥٦٫٧٨", "١٢٫٥"], [345678, 1250]),
        (["  7  ", "\u00a08"], [700, 800]),
        (["0", "0.00", "-0"], [0, 0, 0]),
    ],
)
def test_amounts_are_read_in_the_style_of_their_column(
    tmp_path: Path, texts: list[str], minor: list[int]
) -> None:
    loaded = load_text(tmp_path, column(texts), USD)
    assert loaded.amounts == minor
    assert all_accounted(loaded)


@pytest.mark.parametrize(
    ("text", "minor", "rounded"),
    [
        ("0.005", 0, 1),
        ("0.015", 2, 1),
        ("0.025", 2, 1),
        ("0.0250000000000000000000000000000000001", 3, 1),
        ("0.0249999999999999999999999999999999999", 2, 1),
        ("2.500", 250, 0),
        ("92233720368547758.07", 2**63 - 1, 0),
        ("1e-30", 0, 1),
        ("0." + "0" * 60 + "1", 0, 1),
        ("0" * 60 + "1.10", 110, 0),
    ],
)
def test_more_decimals_than_the_unit_round_half_to_even_and_are_counted(
    tmp_path: Path, text: str, minor: int, rounded: int
) -> None:
    loaded = load_text(tmp_path, column([text]), USD)
    assert loaded.amounts == [minor]
    assert loaded.ledger.quality.rounded == rounded
    assert sum(r.reason is Reason.ROUNDED for r in loaded.reports) == rounded


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-5", "negative"), ("(5.00)", "negative"), ("5.00-", "negative"), ("-1,234.50", "negative"),
        ("-0.001", "negative"), ("−5", "negative"), ("$-5", "negative"), ("-$5", "negative"),
        ("", "missing_amount"), ("  ", "missing_amount"), ("NaN", "missing_amount"), ("null", "missing_amount"),
        ("abc", "bad_amount"), ("1.2.3", "bad_amount"), ("1,2,3.4", "bad_amount"), ("inf", "bad_amount"),
        ("92233720368547758.08", "bad_amount"), ("1e400", "bad_amount"), ("(5", "bad_amount"), ("--5", "bad_amount"),
        ("0x10", "bad_amount"), ("1_000", "bad_amount"), ("5 GBP", "bad_currency"), ("5 ZZZZ", "bad_currency"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("others", [["1.00"], ["1,234.50", "7"]])
def test_amounts_that_are_no_payment_are_set_aside(
    tmp_path: Path, text: str, reason: str, others: list[str]
) -> None:
    options = ReadOptions(columns=COLUMNS | {"currency": "ccy"})
    loaded = load_text(tmp_path, column([*others, text], ccy="USD"), options)
    assert loaded.reasons() == {len(others) + 1: reason}
    assert all_accounted(loaded)


def test_a_style_is_decided_by_the_whole_column_and_what_contradicts_it_is_set_aside(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, column(["1.234", "1.234,5", "99,95", "1,234.50"]), USD)
    assert loaded.amounts == [123400, 123450, 9995]
    assert loaded.reasons() == {4: "bad_amount"}
    assert any("decimal comma" in note for note in loaded.poured[0].notes)


def test_a_column_in_which_nothing_decides_says_so(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, column(["1,234", "5,678"]), USD)
    assert loaded.amounts == [123400, 567800]
    assert any("nothing in the column decides" in report.detail for report in loaded.reports)


def oracle_minor(text: str, exponent: int) -> tuple[int, bool]:
    exact = Decimal(text).scaleb(exponent, Context(prec=200))
    whole = exact.to_integral_value(ROUND_HALF_EVEN, Context(prec=200))
    return int(whole), whole != exact


# At most 10^8, so that thirty of them fit 64 bits of gwei.
numbers = st.one_of(
    st.decimals(min_value=0, max_value=10**8, places=2).map(str),
    st.decimals(min_value=0, max_value=10**8, places=2).map(lambda d: f"{d:,}"),
    st.decimals(min_value=0, max_value=10**7, places=12).map(str),
    st.tuples(st.integers(0, 10**6), st.integers(-12, 2)).map(lambda t: f"{t[0]}e{t[1]}"),
    st.integers(0, 10**8).map(lambda n: f"{n}.{'5':0>{n % 20 + 1}}"),
    st.integers(0, 10**8).map(str),
)


@given(
    st.lists(numbers, min_size=1, max_size=30),
    st.sampled_from([("USD", 2), ("JPY", 0), ("KWD", 3), ("ETH", 9)]),
)
@fuzzed
def test_amounts_equal_decimal_arithmetic(tmp_path: Path, texts: list[str], unit: tuple[str, int]) -> None:
    loaded = load_text(tmp_path, column([*texts, "1.5"]), ReadOptions(currency=unit[0], columns=COLUMNS))
    expected = [oracle_minor(text.replace(",", ""), unit[1]) for text in [*texts, "1.5"]]
    assert loaded.amounts == [minor for minor, _ in expected]
    assert loaded.ledger.quality.rounded == sum(rounded for _, rounded in expected)


# --- times --------------------------------------------------------------------------------------------------


def micros(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


@pytest.mark.parametrize(
    ("texts", "iso"),
    [
        (["2023-01-13 20:34:11", "2023-01-14"], ["2023-01-13 20:34:11", "2023-01-14"]),
        (["2023-01-13T20:34:11Z", "2023-01-13T20:34:11.123456Z"], ["2023-01-13 20:34:11", "2023-01-13 20:34:11.123456"]),  # noqa: E501
        (["2023-01-13T20:34:11+02:00", "2023-01-13 20:34:11 -0530"], ["2023-01-13 18:34:11", "2023-01-14 02:04:11"]),
        (["2023-01-13 20:34:11+02", "2023-01-13 20:34:11 UTC"], ["2023-01-13 18:34:11", "2023-01-13 20:34:11"]),
        (["Mar 25, 2015", "Sep 5, 2015"], ["2015-03-25", "2015-09-05"]),
        (["25/03/2015", "04/05/2015"], ["2015-03-25", "2015-05-04"]),
        (["03/25/2015", "04/05/2015"], ["2015-03-25", "2015-04-05"]),
        (["03/25/2015 11:30:00 PM", "04/05/2015 1:00:00 AM"], ["2015-03-25 23:30", "2015-04-05 01:00"]),
        (["25.03.2015 10:11", "04.05.2015 23:59:01"], ["2015-03-25 10:11", "2015-05-04 23:59:01"]),
        (["25/3/15", "4/5/15"], ["2015-03-25", "2015-05-04"]),
        (["13-Jan-23", "4-Feb-2023"], ["2023-01-13", "2023-02-04"]),
        (["Fri, 13 Jan 2023 20:34:11 +0100", "Sat, 14 Jan 2023 20:34:11 GMT"], ["2023-01-13 19:34:11", "2023-01-14 20:34:11"]),  # noqa: E501
        (["1673642051", "1673642052"], ["2023-01-13 20:34:11", "2023-01-13 20:34:12"]),
        (["1673642051.5", "1673642052"], ["2023-01-13 20:34:11.5", "2023-01-13 20:34:12"]),
        (["1673642051123", "1673642052000"], ["2023-01-13 20:34:11.123", "2023-01-13 20:34:12"]),
        (["1673642051123456"], ["2023-01-13 20:34:11.123456"]),
        (["1673642051123456789"], ["2023-01-13 20:34:11.123456"]),
        (["1", "149", "0"], ["1970-01-01 00:00:01", "1970-01-01 00:02:29", "1970-01-01"]),
        (["20230113", "20240229"], ["2023-01-13", "2024-02-29"]),
        (["20230113203411"], ["2023-01-13 20:34:11"]),
        (["1850-01-01", "0001-01-01", "9999-12-31 23:59:59"], ["1850-01-01", "0001-01-01", "9999-12-31 23:59:59"]),
        (["1969-12-31T23:59:59.5Z"], ["1969-12-31 23:59:59.5"]),
    ],
)  # fmt: skip
def test_times_are_read_in_the_form_of_their_column(tmp_path: Path, texts: list[str], iso: list[str]) -> None:
    loaded = load_text(tmp_path, column(texts, "time"), USD)
    assert loaded.times == [micros(text) for text in iso]
    assert all_accounted(loaded)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing_time"), ("NaT", "missing_time"), ("null", "missing_time"),
        ("yesterday", "bad_time"), ("2023-02-30", "bad_time"), ("2023-13-01", "bad_time"), ("20:34", "bad_time"),
        ("10000-01-01", "bad_time"), ("0000-01-01", "bad_time"), ("2023-01-13 20:34:11+99", "bad_time"),
        ("infinity", "bad_time"), ("epoch", "bad_time"), ("2023", "bad_time"), ("31/31/2023", "bad_time"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("others", [["2024-01-01"], ["25/03/2015", "2024-01-01"]])
def test_times_that_cannot_be_read_are_set_aside(
    tmp_path: Path, text: str, reason: str, others: list[str]
) -> None:
    loaded = load_text(tmp_path, column([*others, text], "time"), USD)
    assert loaded.reasons() == {len(others) + 1: reason}


def test_dates_of_two_orders_are_read_day_first_and_reported(tmp_path: Path) -> None:
    text = column(["03/04/2015", "05/06/2015"], "time")
    loaded = load_text(tmp_path, text, USD)
    assert loaded.times == [micros("2015-04-03"), micros("2015-06-05")]
    assert [(r.reason, r.count) for r in loaded.reports if r.reason is Reason.AMBIGUOUS_DATE] == [
        (Reason.AMBIGUOUS_DATE, 2)
    ]
    given = ReadOptions(currency="USD", columns=COLUMNS, date_format="%m/%d/%Y")
    assert load_text(tmp_path, text, given).times == [micros("2015-03-04"), micros("2015-05-06")]


def test_times_without_a_zone_are_utc_and_counted_or_in_the_zone_that_is_named(tmp_path: Path) -> None:
    text = column(["2023-07-01 12:00:00", "2023-01-01T12:00", "2023-07-01T12:00:00Z"], "time")
    loaded = load_text(tmp_path, text, USD)
    assert loaded.ledger.quality.no_zone == 2
    berlin = ReadOptions(currency="USD", columns=COLUMNS, zone="Europe/Berlin")
    assert load_text(tmp_path, text, berlin).times == [
        micros(t) for t in ("2023-07-01 10:00", "2023-01-01 11:00", "2023-07-01 12:00")
    ]


@pytest.mark.parametrize("options", [{"zone": "Atlantis/Sunken"}, {"date_format": "%Q"}])
def test_options_that_mean_nothing_are_refused(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(UsageError) as refused:
        load_text(tmp_path, column(["2024-01-01"], "time"), ReadOptions(columns=COLUMNS, **options))  # type: ignore[arg-type]
    assert refused.value.remedy


def test_a_date_format_may_state_the_zone(tmp_path: Path) -> None:
    options = ReadOptions(columns=COLUMNS, date_format="%d|%m|%Y %H:%M %z")
    assert load_text(tmp_path, column(["31|12|2023 23:30 -0100"], "time"), options).times == [
        micros("2024-01-01 00:30")
    ]


@given(st.lists(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)), min_size=1, max_size=20), st.data())  # noqa: DTZ001  # noqa: E501
@fuzzed
def test_times_equal_python_s_calendar(tmp_path: Path, moments: list[datetime], data: st.DataObject) -> None:
    form = data.draw(
        st.sampled_from(["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%b %d, %Y", "%Y-%m-%dT%H:%M:%S.%fZ"])
    )
    shown = [moment.strftime(form) for moment in moments]
    expected = [micros(datetime.strptime(text, form).isoformat()) for text in shown]  # noqa: DTZ007
    assert load_text(tmp_path, column(shown, "time"), USD).times == expected


def test_a_date_and_a_clock_in_two_columns_are_one_time(tmp_path: Path) -> None:
    text = "Time,Date,Sender_account,Receiver_account,Amount,Payment_currency\n10:35:19,2022-10-07,A,B,5,UK pounds\n"
    loaded = load_text(tmp_path, text)
    assert loaded.times == [micros("2022-10-07 10:35:19")]
    assert loaded.ledger.currency.code == "GBP"


# --- accounts and currencies --------------------------------------------------------------------------------


def test_spellings_of_one_account_are_one_account(tmp_path: Path) -> None:
    address = "0x" + "aB" * 20
    rows = [
        ("\\x" + "ab" * 20, "DE89 3704 0044 0532 0130 00"), (address, "de89370400440532013000"),
        (" B ", "0x" + "AB" * 20), ("B", "b"),
    ]  # fmt: skip
    text = "time,sender,receiver,amount\n" + "".join(f"2024-01-01,{s},{r},1\n" for s, r in rows)
    loaded = load_text(tmp_path, text, USD)
    assert list(loaded.ledger.accounts) == ["\\x" + "ab" * 20, rows[0][1], "B", "b"]
    assert loaded.ledger.quality.respelled == 2
    assert loaded.ledger.spellings[address] == rows[0][0]


@pytest.mark.parametrize("missing", ["", "  ", "null", "NaN", "\t"])
def test_a_missing_account_sets_the_row_aside(tmp_path: Path, missing: str) -> None:
    text = f'time,sender,receiver,amount\n2024-01-01,A,"{missing}",1\n2024-01-01,A,B,1\n'
    assert load_text(tmp_path, text, USD).reasons() == {1: "missing_account"}


def test_currencies_stand_in_their_column_beside_the_amount_or_in_its_header(tmp_path: Path) -> None:
    text = "time,sender,receiver,amount,ccy\n" + "".join(
        f"2024-01-01,A,B,{a},{c}\n" for a, c in [("5", "usd"), ("5", "US Dollar"), ("5", "nope"), ("5", "")]
    )
    loaded = load_text(tmp_path, text, ReadOptions(currency="USD"))
    assert loaded.amounts == [500, 500, 500]
    assert loaded.reasons() == {3: "bad_currency"}
    assert load_text(tmp_path, column(["€5", "7,50 €"])).ledger.currency.code == "EUR"
    named = "time,sender,receiver,value_in_chf\n2024-01-01,A,B,5\n"
    assert load_text(tmp_path, named).ledger.currency.code == "CHF"
    assert load_text(tmp_path, column(["5"])).ledger.currency.code == "XXX"


def test_amounts_in_wei_become_ether(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, column(["1E+18", "1500000000", "500000000"]), ReadOptions(currency="wei"))
    assert loaded.ledger.currency.code == "ETH"
    assert (loaded.amounts, loaded.ledger.quality.rounded) == ([10**9, 2, 0], 2)
    chosen = load_text(
        tmp_path, column(["1E+18"]), ReadOptions(currency="wei"), selection=Selection(code="wei")
    )
    assert chosen.amounts == [10**9]


def test_several_currencies_must_be_chosen_between(tmp_path: Path) -> None:
    text = "time,sender,receiver,amount,currency\n2024-01-02,A,B,5,EUR\n2024-01-02,A,B,5,USD\n2024-01-02,A,B,5,USD\n"
    with pytest.raises(UsageError, match=r"USD \(2 rows\), EUR \(1 rows\)"):
        load_text(tmp_path, text)


# --- records ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("texts", [0, 9])
def test_order_and_row_numbers_are_the_file_s(tmp_path: Path, texts: int) -> None:
    """In a file larger than one of the engine's blocks; the engine does not keep a wide one's order by itself."""
    words = (
        "sender_name",
        "receiver_name",
        "sender_country",
        "receiver_country",
        "sender_class",
        "sender_bank",
    )
    more = [*words, "receiver_bank", "reference", "purpose"][:texts]
    count = 300_000
    text = ",".join(["time,sender,receiver,amount", *more]) + "\n"
    filling = "".join(f",a text of some length for {word}" for word in more)
    text += "".join(f"2024-01-01,S{n % 7},R{n % 5},{n}{filling}\n" for n in range(1, count + 1))
    ledger = load_text(tmp_path, text, ReadOptions(currency="JPY")).ledger
    assert (ledger.row == ledger.amount).all()
    assert (ledger.row[1:] > ledger.row[:-1]).all()
    assert ledger.quality.ties == count - 1


def test_row_numbers_count_what_was_refused(tmp_path: Path) -> None:
    text = (
        "time,sender,receiver,amount,memo\n"
        "2024-01-01,A,B,1,x\n"
        "2024-01-01,A,B\n"
        "\n"
        '2024-01-01,A,B,3,"two\nlines"\n'
        '2024-01-01,A,"B,4,open\n'
        "2024-01-01,A,B,5,x,y\n"
        "2024-01-01,A,B,6,x,,\n"
        '2024-01-01,A,B,7,"a ""quoted"" word"\n'
    )
    loaded = load_text(tmp_path, text, USD)
    assert [(row, amount) for row, _, _, _, amount in loaded.rows] == [(1, 100), (3, 300), (6, 600), (7, 700)]
    assert loaded.reasons() == {2: "broken_row", 4: "broken_row", 5: "broken_row"}
    assert all_accounted(loaded)
    details = [r.detail for r in loaded.reports if r.row == 5]
    assert details == ["6 fields where the header has 5: 2024-01-01,A,B,5,x,y"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_line_ends(tmp_path: Path, newline: str, delimiter: str) -> None:
    rows = [
        ["time", "sender", "receiver", "amount"],
        ["2024-01-01", "A", "B", "1.5"],
        ["2024-01-02", "B", "C", "2"],
    ]
    text = newline.join(delimiter.join(row) for row in rows)
    assert load_text(tmp_path, text, USD).amounts == [150, 200]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    text = (
        "Buchungstag;Auftraggeber;Empfänger;Betrag;Währung\n13.01.2024;Müller;Bäcker & Söhne;1.234,50;EUR\n"
    )
    loaded = load_text(tmp_path, text.encode(encoding))
    assert loaded.rows == [(1, micros("2024-01-13"), "Müller", "Bäcker & Söhne", 123450)]
    if encoding in ("cp1252", "latin-1"):
        assert any("Windows-1252" in note for note in loaded.poured[0].notes)


def test_undecodable_bytes_cost_no_row(tmp_path: Path) -> None:
    text = b"time,sender,receiver,amount\n2024-01-01,A,B,1\n2024-01-01,M\xfcller \x81,B,2\n2024-01-01,\xc3\xa9,B,3\n"
    loaded = load_text(tmp_path, text, USD)
    assert [(row, sender) for row, _, sender, _, _ in loaded.rows] == [(1, "A"), (2, "Müller \x81"), (3, "é")]
    (report,) = [r for r in loaded.reports if r.reason is Reason.BAD_ENCODING]
    assert (report.row, report.count, report.action) == (2, 1, Action.LOADED)


def test_zero_bytes_in_an_account_set_the_row_aside(tmp_path: Path) -> None:
    text = "time,sender,receiver,amount\n2024-01-01,A\0,B,1\n2024-01-01,A,B,2\n"
    loaded = load_text(tmp_path, text, USD)
    assert loaded.amounts == [200]
    assert all_accounted(loaded)


def test_duplicates_are_equal_in_every_column_and_stay_unless_dropped(tmp_path: Path) -> None:
    text = (
        "time,sender,receiver,amount,memo\n2024-01-01,A,B,1,x\n2024-01-01,A,B,1,y\n2024-01-01,A,B,1,x\n"
        "2024-01-02,A,A,1,x\n2024-01-01,A,B,1,x\n"
    )
    kept = load_text(tmp_path, text, USD)
    assert (kept.ledger.quality.duplicates, kept.ledger.quality.duplicates_dropped, len(kept.ledger)) == (
        2,
        0,
        5,
    )
    assert sorted(r.row for r in kept.reports if r.reason is Reason.DUPLICATE) == [3, 5]
    assert [r.row for r in kept.reports if r.reason is Reason.SELF_TRANSFER] == [4]
    dropped = load_text(tmp_path, text, USD, selection=Selection(drop_duplicates=True))
    assert [row for row, *_ in dropped.rows] == [1, 2, 4]
    assert dropped.ledger.quality.duplicates_dropped == 2
    assert dropped.ledger.quality.rows == 5


def test_titles_above_the_header_are_passed_over(tmp_path: Path) -> None:
    text = "Account statement\nprinted 2024-02-01\n\ntime;sender;receiver;amount\n2024-01-01;A;B;1\n2024-01-02;A;B;2\n"
    assert [(row, amount) for row, *_, amount in load_text(tmp_path, text, USD).rows] == [(1, 100), (2, 200)]


def test_a_table_without_header_is_refused_unless_columns_are_numbered(tmp_path: Path) -> None:
    text = "2024-01-01,A,B,1\n2024-01-02,A,B,2\n"
    with pytest.raises(MissingColumns, match="no header row"):
        load_text(tmp_path, text)
    numbered = ReadOptions(
        columns={"time": "1", "sender": "2", "receiver": "3", "amount": "4"}, currency="USD"
    )
    assert [(row, amount) for row, *_, amount in load_text(tmp_path, text, numbered).rows] == [
        (1, 100),
        (2, 200),
    ]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"   ", b"\xef\xbb\xbf", b"just words\n", b"\x00\x01\x02" * 500]
)
def test_what_is_no_table_is_refused_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(WellheadError) as refused:
        load_text(tmp_path, content)
    assert refused.value.remedy


def test_a_header_alone_is_an_empty_ledger(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, "time,sender,receiver,amount\n", USD)
    assert (len(loaded.ledger), loaded.ledger.quality.rows) == (0, 0)


def test_report_lines_are_bounded_and_the_rest_is_counted(tmp_path: Path) -> None:
    text = "time,sender,receiver,amount\n" + "2024-01-01,A,B,x\n" * 12_000 + "2024-01-01,A\n" * 11_000
    loaded = load_text(tmp_path, text, USD)
    assert loaded.ledger.quality.unreadable == 23_000
    assert loaded.poured[0].set_aside == 23_000
    assert len(loaded.reports) <= 10_000


@given(st.binary(max_size=400))
@example(b'time,sender,receiver,amount\n"')
@example(b"time,sender,receiver,amount\n2024-01-01,A,B,1\n\xff\xfe\n")
@example(b"\xff\xfet\x00")
@example(b'a,b\n"\n')
@fuzzed
def test_arbitrary_bytes_are_loaded_reported_or_refused(tmp_path: Path, content: bytes) -> None:
    header = b"time,sender,receiver,amount\n"
    assert all_accounted(
        load_text(tmp_path, header + content, ReadOptions(currency="USD", columns=COLUMNS, delimiter=","))
    )
    try:
        told = all_accounted(load_text(tmp_path, content))
    except WellheadError as refused:
        told = bool(refused.message)
    assert told


# --- against an oracle --------------------------------------------------------------------------------------

dirty_times = st.sampled_from(["2024-01-01", "2024-01-02T03:04:05", "2024-02-30", "", "soon", " 2024-01-03 "])
dirty_accounts = st.sampled_from(["A", "B", " A", "null", "", "x,y", 'q"q', "two\nlines", "Ü"])
dirty_amounts = st.one_of(numbers, st.sampled_from(["", "-3", "x", "1e3", "-0", "NaN", "0.125", "1e99"]))
dirty_rows = st.tuples(
    dirty_times, dirty_accounts, dirty_accounts, dirty_amounts, st.sampled_from(["", "memo", 'a "b"'])
)
damages = st.sampled_from(["", "", "", "", "short", "long", "quote", "blank"])


def oracle(rows: list[tuple[str, ...]]) -> tuple[list[tuple[int, int, str, str, int]], dict[int, str]]:
    """What a slow and obvious reader makes of rows of (time, sender, receiver, amount, memo)."""
    good, bad = [], {}
    for number, (time, sender, receiver, amount, _) in enumerate(rows, 1):
        reason = oracle_reason(time.strip(), sender.strip(), receiver.strip(), amount.strip())
        if reason:
            bad[number] = reason
        else:
            minor, _ = oracle_minor(amount.replace(",", ""), 2)
            good.append((number, micros(time.strip()), sender.strip(), receiver.strip(), minor))
    return good, bad


def oracle_reason(time: str, sender: str, receiver: str, amount: str) -> str:
    if not time:
        return "missing_time"
    if time in ("soon", "2024-02-30"):
        return "bad_time"
    if sender in ("", "null") or receiver in ("", "null"):
        return "missing_account"
    if amount in ("", "NaN"):
        return "missing_amount"
    if amount.startswith("-") and amount != "-0":
        return "negative"
    return "bad_amount" if amount in ("x", "1e99") else ""


def written(rows: list[tuple[str, ...]], delimiter: str) -> list[str]:
    lines = []
    for row in rows:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow(row)
        lines.append(out.getvalue().removesuffix("\n"))
    return lines


@given(st.lists(dirty_rows, min_size=1, max_size=25), st.sampled_from([",", ";", "\t"]))
@fuzzed
def test_dirty_ledgers_equal_a_slow_reader(
    tmp_path: Path, rows: list[tuple[str, ...]], delimiter: str
) -> None:
    rows = [*rows, ("2024-01-01", "A", "B", "0.5", "")]
    text = (
        delimiter.join(["time", "sender", "receiver", "amount", "memo"])
        + "\n"
        + "\n".join(written(rows, delimiter))
    )
    options = ReadOptions(currency="USD", columns=COLUMNS, delimiter=delimiter)
    loaded = load_text(tmp_path, text, options)
    good, bad = oracle(rows)
    assert loaded.rows == good
    assert loaded.reasons() == bad
    assert all_accounted(loaded)


@given(st.lists(st.tuples(dirty_rows, damages), min_size=1, max_size=20))
@fuzzed
def test_damaged_records_cost_themselves_alone(
    tmp_path: Path, items: list[tuple[tuple[str, ...], str]]
) -> None:
    """Rows on one line each, some cut, some too wide, one with an open quote: all others load as before."""
    plain = [(tuple(re.sub(r'[",\n]', "", cell) for cell in row), damage) for row, damage in items]
    plain.append((("2024-01-01", "A", "B", "0.5", ""), ""))
    lines, rows, broken, quoted = [], [], set(), False
    for row, damage in plain:
        line = ",".join(row)
        if damage == "blank":
            lines.append("   ")
            continue
        rows.append(row)
        damage = "short" if damage == "quote" and quoted else damage  # two open quotes would make one field
        quoted = quoted or damage == "quote"
        if damage:
            broken.add(len(rows))
            line = {"short": "2024-01-01,A", "long": f"{line},x,y", "quote": f'"{line}'}[damage]
        lines.append(line)
    text = "time,sender,receiver,amount,memo\n" + "\n".join(lines)
    loaded = load_text(tmp_path, text, ReadOptions(currency="USD", columns=COLUMNS, delimiter=","))
    good, bad = oracle(rows)
    assert loaded.rows == [item for item in good if item[0] not in broken]
    assert loaded.reasons() == {row: why for row, why in bad.items() if row not in broken} | dict.fromkeys(
        broken, "broken_row"
    )
    assert all_accounted(loaded)


@given(st.lists(dirty_rows, min_size=1, max_size=25))
@fuzzed
def test_the_careful_reader_equals_the_engine_s_on_clean_text(
    tmp_path: Path, rows: list[tuple[str, ...]]
) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text("time,sender,receiver,amount,memo\n" + "\n".join(written(rows, ",")))
    options = ReadOptions(currency="USD", columns=COLUMNS, delimiter=",")
    ledgers = []
    for careful in (False, True):
        (file,) = read_path(path, options)
        assert isinstance(file.records, TransferTable)
        table = replace(file.records, strict=file.records.careful) if careful else file.records
        with CaseFile.open(MEMORY) as case:
            case.pour(file.source, table)
            ledgers.append(load_ledger(case))
    strict, careful_one = (Loaded(ledger, (), ledger.quality.reports) for ledger in ledgers)
    assert (strict.rows, strict.reasons()) == (careful_one.rows, careful_one.reasons())
    assert strict.ledger.quality.counts() == careful_one.ledger.quality.counts()


# --- other containers ---------------------------------------------------------------------------------------

SMALL = "time,sender,receiver,amount\n2024-01-01,A,B,1.5\n2024-01-02,B,C,2\n"


def test_gzip_and_zip_are_read_directly(tmp_path: Path) -> None:
    packed = tmp_path / "ledger.csv.gz"
    packed.write_bytes(gzip.compress(SMALL.encode()))
    assert load(packed, options=USD).amounts == [150, 200]
    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("a.csv", SMALL)
        target.writestr("inner/b.csv", SMALL.replace("1.5", "7"))
    loaded = load(archive, options=USD)
    assert loaded.ledger.amount.tolist() == [150, 700, 200, 200]
    assert [source.path for source in loaded.ledger.files] == [f"{archive}/a.csv", f"{archive}/inner/b.csv"]


def test_parquet_is_read_with_its_own_types(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "ledger.parquet"
    with duckdb.connect() as engine:
        engine.execute(
            f"""COPY (SELECT TIMESTAMP '2024-01-01 10:00:00' + INTERVAL (n) SECOND AS "block time",
                '\\xAB'::BLOB AS "from", 'B"''' || n AS "to", (n * 1.25)::DOUBLE AS value,
                'USD' AS "currency" FROM range(5) t(n)) TO '{path}'"""
        )
    loaded = load(path)
    assert loaded.amounts == [0, 125, 250, 375, 500]
    assert loaded.rows[4][:4] == (5, micros("2024-01-01 10:00:04"), "0xab", "B\"'4")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="Parquet"):
        load(broken)


def test_workbooks_are_read_by_their_stored_values(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Date", "Payer", "Payee", "Amount", "Currency"])
    sheet.append([datetime(2024, 1, 1, 12, 30), "A", "B", 1234.56, "EUR"])  # noqa: DTZ001
    sheet.append([None] * 5)
    sheet.append([datetime(2024, 1, 2), 4711, "B", 0.1 + 0.2, "EUR"])  # noqa: DTZ001
    sheet.append([datetime(2024, 1, 3), "A", None, "1,5", "EUR"])  # noqa: DTZ001
    other = book.create_sheet("serials")
    other.append(["Date", "Payer", "Payee", "Amount"])
    other.append([45292.5, "A", "B", 5])
    path = tmp_path / "book.xlsx"
    book.save(path)
    loaded = load(path)
    assert loaded.rows[:2] == [
        (1, micros("2024-01-01 12:30"), "A", "B", 123456),
        (2, micros("2024-01-02"), "4711", "B", 30),
    ]
    assert loaded.reasons() == {3: "missing_account"}
    serials = load(path, options=ReadOptions(sheet="serials", currency="EUR"))
    assert serials.rows == [(1, micros("2024-01-01 12:00"), "A", "B", 500)]
    with pytest.raises(UsageError, match="no worksheet"):
        load(path, options=ReadOptions(sheet="none"))


def test_odd_file_names_are_no_patterns(tmp_path: Path) -> None:
    path = tmp_path / "a*[b]?'{x}.csv"
    path.write_text(SMALL)
    (tmp_path / "aZb.csv").write_text(SMALL.replace("1.5", "99"))
    assert load(path, options=USD).amounts == [150, 200]


# --- real ledgers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rows", "accounts", "dollars"),
    [
        ("HB", 3887, 469, "704384877.70"), ("XScam", 1307, 837, "3866394.34"), ("Atomic", 1080, 389, "50700956.97"),
        ("54m", 292, 151, "139197327.89"), ("LIFI", 135, 93, "22215924.12"),
    ],
)  # fmt: skip
def test_mftracer_ledgers(
    shared_data: Callable[..., Path], name: str, rows: int, accounts: int, dollars: str
) -> None:
    loaded = load(shared_data("ledgers", "mftracer_ground_truth", f"{name}.csv"))
    assert (len(loaded.ledger), len(loaded.ledger.accounts)) == (rows, accounts)
    assert loaded.ledger.currency.code == "USD"
    assert (
        abs(int(loaded.ledger.amount.sum()) - int(Decimal(dollars) * 100)) <= rows / 2
    )  # rounded row by row
    assert all_accounted(loaded)
    if name == "HB":
        assert loaded.ledger.quality.duplicates == 189


def test_mftracer_amounts_equal_decimal_arithmetic_row_by_row(shared_data: Callable[..., Path]) -> None:
    path = shared_data("ledgers", "mftracer_ground_truth", "HB.csv")
    with path.open(newline="") as stream:
        expected = [oracle_minor(row["Value_in_USD"], 2)[0] for row in csv.DictReader(stream)]
    assert load(path).amounts == expected


def test_ronin_ledger(shared_data: Callable[..., Path]) -> None:
    loaded = load(shared_data("ledgers", "lazarus_ronin_eth", "LazarusTabularTxs1322519.csv"))
    hacker = "\\x098b716b8aaf21512996dc57eb0615e2383e2f96"
    out = sum(amount for _, _, sender, _, amount in loaded.rows if sender == hacker)
    into = sum(amount for _, _, _, receiver, amount in loaded.rows if receiver == hacker)
    assert (round(out / 10**6), round(into / 10**6)) == (182_163_956, 8_565_903)


def test_fincen_ledger(shared_data: Callable[..., Path]) -> None:
    path = shared_data("ledgers", "fincen_files", "download_transactions_map.csv")
    loaded = load(path, options=ReadOptions(currency="USD"))
    assert Counter(loaded.reasons().values()) == {"missing_time": 6}
    with path.open(newline="") as stream:
        whole = {n: Decimal(row["amount_transactions"]) for n, row in enumerate(csv.DictReader(stream), 1)}
    assert sum(whole.values()) == Decimal("35682247985.01")
    assert {row: Decimal(amount) / 100 for row, *_, amount in loaded.rows} == {
        row: amount for row, amount in whole.items() if row not in loaded.reasons()
    }
    assert len(loaded.ledger.details) == len(loaded.ledger.accounts)


def test_heist_ledger_of_many_tokens(shared_data: Callable[..., Path]) -> None:
    path = shared_data("ledgers", "ethereum_heist_small", "all-tx.csv.gz")
    with pytest.raises(UsageError, match=r"ETH \(4,372 rows\)"):
        load(path, options=ReadOptions(currency="wei"))
    loaded = load(path, options=ReadOptions(currency="wei"), selection=Selection(code="ETH"))
    assert loaded.ledger.quality.rows == 8960
    assert len(loaded.ledger) == 4372


@pytest.mark.parametrize(
    ("name", "rows"),
    [("20K_cycle200", 117_805), ("20K_fanin200", 118_250), ("20K_fanin200cycle200", 120_558)],
)
def test_amlsim_ledgers_count_their_steps_as_seconds(
    shared_data: Callable[..., Path], name: str, rows: int
) -> None:
    loaded = load(shared_data("ledgers", "amlsim_20k", name, "transactions.csv.gz"))
    assert (len(loaded.ledger), loaded.ledger.quality.rows) == (rows, rows)
    assert (loaded.ledger.time[0], loaded.ledger.time[-1]) == (1_000_000, 149_000_000)
