"""IBANs, BICs and the countries they name."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.sources.identifiers import (
    account_country,
    bank_country,
    bic,
    bic_fault,
    iban_fault,
    looks_like_iban,
    plain,
)


def with_check_digits(country: str, rest: str) -> str:
    """ISO 13616: 98 less the remainder of the number with letters as 10…35 and 00 as check digits."""
    digits = "".join(str(int(each, 36)) for each in f"{rest}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{rest}"


@given(st.text("0123456789", min_size=18, max_size=18))
def test_an_iban_is_valid_exactly_with_its_check_digits(rest: str) -> None:
    right = with_check_digits("DE", rest)
    wrong = f"DE{(int(right[2:4]) + 1) % 100:02d}{rest}"
    assert iban_fault(right) == ""
    assert account_country(right) == "DE"
    assert wrong in iban_fault(wrong)
    assert account_country(wrong) == ""


def test_spelling_of_an_iban_does_not_matter() -> None:
    assert plain(" gb33 bukb 2020 1555 5555 55 ") == "GB33BUKB20201555555555"
    assert looks_like_iban("GB33BUKB20201555555555")


def test_other_numbers_keep_their_spelling() -> None:
    assert plain("  9-9876543  a ") == "9-9876543 a"
    assert not looks_like_iban("9-9876543")


@pytest.mark.parametrize(
    ("code", "country"), [("DEUTDEFF", "DE"), ("CHASUS33XXX", "US"), ("DEUTQQFF", ""), ("DEUT", ""), ("", "")]
)
def test_a_bic_names_its_country(code: str, country: str) -> None:
    assert bank_country(code) == country


def test_a_head_office_is_written_with_eight_characters() -> None:
    assert bic("deut deff xxx") == bic("DEUTDEFF") == "DEUTDEFF"
    assert bic("DEUTDEFF500") == "DEUTDEFF500"


def test_the_account_is_held_where_its_iban_says_before_its_bank() -> None:
    assert account_country("GB33BUKB20201555555555", "DEUTDEFF") == "GB"
    assert account_country("25698745", "DEUTDEFF") == "DE"
    assert account_country("CHASUS33") == "US"
    assert account_country("25698745") == ""


@given(st.text(max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    assert isinstance(iban_fault(plain(text)) + bic_fault(bic(text)) + account_country(text, text), str)


def test_schwifty_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, wellhead.sources.identifiers; sys.exit('schwifty' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
