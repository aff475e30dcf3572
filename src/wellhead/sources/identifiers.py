"""IBANs and BICs: whether they can be right, and the country they name.

schwifty is imported on first use only.
"""

from __future__ import annotations

import re
from functools import lru_cache

_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC_SHAPE = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def plain(identifier: str) -> str:
    """An identifier as it is compared: one blank between words; an IBAN or a spaced account number without
    blanks and in upper case."""
    joined = " ".join(identifier.split())
    packed = joined.replace(" ", "").upper()
    return packed if _IBAN_SHAPE.fullmatch(packed) else joined


def bic(text: str) -> str:
    """A BIC as it is compared: upper case, eight characters for a head office (``XXX`` dropped)."""
    code = "".join(text.split()).upper()
    return code[:8] if len(code) == 11 and code.endswith("XXX") else code


def looks_like_iban(identifier: str) -> bool:
    """Whether the text has an IBAN's form: two letters, two digits, 11 to 30 letters and digits."""
    return _IBAN_SHAPE.fullmatch(identifier) is not None


@lru_cache(maxsize=65536)
def iban_fault(identifier: str) -> str:
    """Why this cannot be an IBAN (country, length, check digits), "" where it can."""
    from schwifty import IBAN
    from schwifty.exceptions import SchwiftyException

    try:
        IBAN(identifier)
    except (SchwiftyException, ValueError) as error:
        return f"{identifier!r} is no valid IBAN: {error}"
    return ""


@lru_cache(maxsize=65536)
def bic_fault(code: str) -> str:
    """Why this cannot be a BIC (form, country), "" where it can. Whether a bank bears it is not asked."""
    from schwifty import BIC
    from schwifty.exceptions import SchwiftyException

    try:
        BIC(code)
    except (SchwiftyException, ValueError) as error:
        return f"{code!r} is no valid BIC: {error}"
    return ""


def bank_country(code: str) -> str:
    """The country (ISO 3166 alpha-2) that a BIC names, "" where it is no BIC."""
    return code[4:6] if _BIC_SHAPE.fullmatch(code) and not bic_fault(code) else ""


def account_country(identifier: str, bank: str = "") -> str:
    """Where an account is held: the country of a valid IBAN, else of its bank's BIC, else of a BIC that
    itself stands for the account (a bank's own account). "" where none tells."""
    if looks_like_iban(identifier) and not iban_fault(identifier):
        return identifier[:2]
    return bank_country(bic(bank)) or bank_country(identifier)
