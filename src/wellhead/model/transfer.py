"""One movement of money, as a reader hands it over, and what a reader says of a row it could not take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Transfer:
    """A payment as its source states it.

    `time` is microseconds since 1970-01-01 UTC; `amount` is in minor units of `currency`; `row` is the
    1-based row, element or statement line in the file. `sender` and `receiver` are account identifiers
    (IBAN, wallet, account number); empty optional fields are "". Countries are ISO 3166 alpha-2.
    """

    row: int
    time: int
    sender: str
    receiver: str
    amount: int
    currency: str
    sender_name: str = ""
    receiver_name: str = ""
    sender_country: str = ""
    receiver_country: str = ""
    sender_bank: str = ""
    receiver_bank: str = ""
    reference: str = ""
    purpose: str = ""


class Reason(StrEnum):
    """Why a row stands in the load report. The value is the word used in JSON and on the page."""

    BROKEN_ROW = "broken_row"
    BAD_ENCODING = "bad_encoding"
    BAD_AMOUNT = "bad_amount"
    MISSING_AMOUNT = "missing_amount"
    NEGATIVE = "negative"
    BAD_TIME = "bad_time"
    MISSING_TIME = "missing_time"
    NO_ZONE = "no_zone"
    AMBIGUOUS_DATE = "ambiguous_date"
    MISSING_ACCOUNT = "missing_account"
    BAD_CURRENCY = "bad_currency"
    NO_RATE = "no_rate"
    ROUNDED = "rounded"
    DUPLICATE = "duplicate"
    SELF_TRANSFER = "self_transfer"
    OTHER_LEG = "other_leg"
    BAD_IDENTIFIER = "bad_identifier"
    UNSUPPORTED = "unsupported"
    HOSTILE = "hostile"
    LIMIT = "limit"
    BAD_ENTITY = "bad_entity"
    CONTRADICTION = "contradiction"


class Action(StrEnum):
    """What was done with a reported row."""

    SET_ASIDE = "set aside"
    """Kept in the load report with its text, not in the ledger."""
    LOADED = "loaded"
    """In the ledger as it stands; the report only draws attention to it."""
    MERGED = "merged"
    """Recognised as another record's other leg; counted once."""


@dataclass(frozen=True, slots=True)
class RowReport:
    """A line of the load report. `row` is 0 where the whole file is meant; `count` rows share the reason."""

    file: str
    row: int
    reason: Reason
    action: Action
    detail: str = ""
    count: int = 1

    def __str__(self) -> str:
        place = self.file if self.row == 0 else f"{self.file}, row {self.row}"
        times = "" if self.count == 1 else f" ({self.count:,} rows)"
        return f"{place}: {self.reason.replace('_', ' ')}{times}: {self.detail} [{self.action}]"


_HEX_ADDRESS = re.compile(r"(?:0x|\\x)([0-9a-fA-F]{40})")
_IBAN = re.compile(r"[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}")


def canonical_account(identifier: str) -> str:
    r"""One form for all spellings of the same account.

    Hexadecimal addresses ignore case (EIP-55 uses it as a checksum) and start with ``0x`` (some exports write
    ``\x``); IBANs lose their spaces and are upper-case (ISO 13616). All else stays as it is, but for
    surrounding blanks.
    """
    text = identifier.strip()
    if address := _HEX_ADDRESS.fullmatch(text):
        return "0x" + address[1].lower()
    if _IBAN.fullmatch(text):
        return text.replace(" ", "").upper()
    return text
