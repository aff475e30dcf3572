"""FollowTheMoney's ``Payment`` → transfer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from wellhead.model.entity import Entity
from wellhead.model.errors import UsageError
from wellhead.model.money import NO_CURRENCY, Currency, currency, to_minor
from wellhead.model.transfer import Reason, Transfer
from wellhead.sources.options import ReadOptions

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Digits, or digits in groups of which the last has three ("1,250,000" and India's "12,50,000"). "12,50" is
# refused: whether it means 12.50 or 1,250 cannot be known.
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,3}(?:[, ]\d{2,3})*[, ]\d{3}|\d+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|[+-]?\.\d+"
)
_AMOUNT_WITH_CODE = re.compile(r"(?P<number>.*?\d\.?)\s*(?P<code>[A-Za-z]{3,5})")
# Which property states the amount, in order of preference, and the currency that its name implies.
_AMOUNTS = (("amount", ""), ("amountUsd", "USD"), ("amountEur", "EUR"))


class Refused(ValueError):
    """A record that cannot be used, with the reason for the load report."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def to_transfer(payment: Entity, accounts: Mapping[str, str], options: ReadOptions) -> tuple[Transfer, bool]:
    """The transfer, and whether its amount had to be rounded to the currency's minor unit.

    `accounts` gives an account entity's IBAN, number or address by its id. Raises Refused for a payment
    without two parties, a day or an amount, and for one that states several of them.
    """
    unit, amount, rounded = _money(payment, options)
    transfer = Transfer(
        row=payment.row,
        time=_time(payment, options),
        sender=_party(payment, "payer", accounts),
        receiver=_party(payment, "beneficiary", accounts),
        amount=amount,
        currency=unit.code,
        reference=payment.first("transactionNumber") or payment.first("sequenceNumber"),
        purpose=payment.first("purpose"),
    )
    return transfer, rounded


def _only(payment: Entity, name: str, reason: Reason) -> str:
    values = payment.all(name)
    if len(values) > 1:
        raise Refused(reason, f"payment {payment.id} states {len(values)} values for {name!r}")
    return values[0] if values else ""


def _party(payment: Entity, role: str, accounts: Mapping[str, str]) -> str:
    account = _only(payment, f"{role}Account", Reason.MISSING_ACCOUNT)
    party = _only(payment, role, Reason.MISSING_ACCOUNT)
    if not account and not party:
        raise Refused(Reason.MISSING_ACCOUNT, f"payment {payment.id} names no {role}")
    return accounts.get(account, account) if account else party


def _money(payment: Entity, options: ReadOptions) -> tuple[Currency, int, bool]:
    name, implied = next(((n, c) for n, c in _AMOUNTS if payment.all(n)), ("", ""))
    if not name:
        raise Refused(Reason.MISSING_AMOUNT, f"payment {payment.id} states no amount")
    text = _only(payment, name, Reason.BAD_AMOUNT)
    number, code = text.strip(), ""
    if with_code := _AMOUNT_WITH_CODE.fullmatch(number):
        number, code = with_code["number"], with_code["code"]
    unit = _currency(implied or _only(payment, "currency", Reason.BAD_CURRENCY) or code or options.currency)
    if not _NUMBER.fullmatch(number):
        raise Refused(Reason.BAD_AMOUNT, f"amount {text[:60]!r} is no plain number")
    try:
        amount, rounded = to_minor(Decimal(number.replace(",", "").replace(" ", "")), unit)
    except ValueError as error:
        raise Refused(Reason.BAD_AMOUNT, str(error)[:120]) from None
    if amount < 0:
        raise Refused(Reason.NEGATIVE, f"amount {text[:60]} is below zero")
    return unit, amount, rounded


def _currency(code: str) -> Currency:
    try:
        return currency(code or NO_CURRENCY)
    except UsageError:
        raise Refused(Reason.BAD_CURRENCY, f"{code[:20]!r} is no currency that is known") from None


def _time(payment: Entity, options: ReadOptions) -> int:
    text = _only(payment, "date", Reason.BAD_TIME) or _interval(payment)
    if not text:
        raise Refused(Reason.MISSING_TIME, f"payment {payment.id} states no date")
    if len(text) < len("2015-01-01"):
        raise Refused(Reason.BAD_TIME, f"date {text!r} names no day")
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=_zone(options.zone))
        return (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        raise Refused(Reason.BAD_TIME, f"date {text[:60]!r} is no ISO 8601 date") from None


def _interval(payment: Entity) -> str:
    """The day of a payment that states it as an interval of one day."""
    start, end = payment.first("startDate"), payment.first("endDate")
    return start if end in ("", start) else ""


@lru_cache(maxsize=8)
def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"{name!r} is no time zone that is known.", remedy="Give an IANA name such as Europe/Berlin."
        ) from None
