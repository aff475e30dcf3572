"""Money is whole minor units: exact in, exact out, never across currencies."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.model.errors import UsageError
from wellhead.model.money import LARGEST_AMOUNT, Currency, Money, currency, known_currencies, to_minor
from wellhead.store.currency_words import currency_words


@given(
    st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False),
    st.sampled_from(["USD", "JPY", "KWD", "ETH"]),
)
def test_minor_units_are_the_nearest_whole_ones_half_to_even(value: Decimal, code: str) -> None:
    unit = currency(code)
    exact = Fraction(value) * 10**unit.exponent
    if abs(round(exact)) > LARGEST_AMOUNT:
        with pytest.raises(ValueError, match="64 bits"):
            to_minor(value, unit)
    else:
        assert to_minor(value, unit) == (round(exact), round(exact) != exact)


@pytest.mark.parametrize(
    "text", ["", "abc", "NaN", "Infinity", "-inf", "1e30", "92233720368547758.08", "9e999999"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|64 bits"):
        to_minor(text, currency("USD"))


def test_the_largest_amount_fits() -> None:
    assert to_minor("92233720368547758.07", currency("USD")) == (LARGEST_AMOUNT, False)


@given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18))
def test_sums_are_exact_and_read_back(one: int, other: int) -> None:
    unit = currency("eur ")
    total = Money(one, unit) + Money(other, unit)
    assert total.minor == one + other
    assert to_minor(total.decimal(), unit) == (total.minor, False)
    assert str(Money(123456, unit)) == "1,234.56 EUR"


def test_currencies_do_not_mix() -> None:
    with pytest.raises(TypeError, match="convert first"):
        Money(1, currency("USD")) + Money(1, currency("EUR"))


def test_an_unknown_code_is_refused_with_a_remedy() -> None:
    with pytest.raises(UsageError, match="Give a code"):
        currency("ZZZ")


def test_every_known_code_is_its_own_currency_and_every_word_leads_to_one() -> None:
    known = known_currencies()
    assert all(currency(code.lower()) == Currency(code, exponent) for code, exponent in known.items())
    for word, (code, exponent, below) in currency_words().items():
        assert word == word.upper()
        assert known[code] == exponent
        assert below >= 0
