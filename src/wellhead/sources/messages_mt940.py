"""Statements in MT form: their lines (field 61 with what field 86 explains) and opening balance.

The ``mt-940`` library reads a line's parts and the structured forms of field 86 that German and other banks
use; it is imported on first use only.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from wellhead.model.transfer import Reason
from wellhead.sources.messages import (
    Party,
    Recorder,
    Role,
    Stated,
    Unusable,
    bic,
    given,
    numbered,
    references,
)
from wellhead.sources.messages_mt import Fields, Message, amount, own_account, value

_BALANCE = re.compile(r"([DC])(\d{6})([A-Z]{3})([0-9,]+)")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_FLOOR = re.compile(r"([A-Z]{3})")
_CREDITS = frozenset({"C", "RD"})


def statement(message: Message, recorder: Recorder, default_currency: str) -> None:
    """Loads every line. The currency is the opening's, else the closing balance's, else the user's."""
    account = own_account(message.fields)
    code = _currency(message.fields) or default_currency
    if account and (opening := _BALANCE.match(value(message.fields, "60F"))):
        recorder.opening(numbered(account), amount(opening[4]), opening[3], debit=opening[1] == "D")
    for line, details in _lines(message.fields):
        try:
            stated, fault = _stated(message, account, code, line, details)
        except Unusable as unusable:
            recorder.set_aside(unusable.reason, f"{message.name}: {unusable.detail}")
            continue
        recorder.load(stated)
        if fault:
            recorder.note(Reason.BAD_TIME, fault)


def _lines(fields: Fields) -> Iterator[tuple[str, str]]:
    """Each field 61 with the fields 86 that follow it."""
    line: str | None = None
    details: list[str] = []
    for tag, text in fields:
        if tag == "86" and line is not None:
            details.append(text)
        elif tag == "61" or tag[:2] in ("62", "60", "20"):
            if line is not None:
                yield line, "\n".join(details)
            line, details = (text if tag == "61" else None), []
    if line is not None:
        yield line, "\n".join(details)


def _stated(message: Message, account: str, code: str, line: str, details: str) -> tuple[Stated, str]:
    if not account:
        raise Unusable(Reason.MISSING_ACCOUNT, "the statement names no account (field 25)")
    parsed = _parsed(line, details)
    credit = str(parsed["status"]).upper() in _CREDITS
    holder, other, own = Party(account), _counterparty(parsed), numbered(account)
    if other.account and numbered(other.account) == own:
        other = Party("", other.name, "", other.bank)
    named = other.counterparty_of(own)
    booked = parsed.get("entry_date") or parsed["date"]
    stated = Stated(
        role=Role.CREDIT if credit else Role.DEBIT,
        message=message.name,
        payer=other if credit else holder,
        payee=holder if credit else other,
        sender=named if credit else own,
        receiver=own if credit else named,
        amount=abs(parsed["amount"].amount),
        currency=code,
        times=(booked.isoformat(),),
        references=references(
            (parsed.get("end_to_end_reference"), parsed.get("customer_reference")),
            (parsed.get("bank_reference"),),
        ),
        text=given(parsed.get("purpose")) or given(details) or given(parsed.get("extra_details")),
    )
    moved = parsed["date"].strftime("%m%d") != line[2:6]
    return stated, f"{line[:6]} is no date: read as {parsed['date'].isoformat()}" if moved else ""


def _counterparty(parsed: Mapping[str, Any]) -> Party:
    """The other side as the structured forms of field 86 name it."""
    bank = given(parsed.get("gvc_applicant_bin")) or given(parsed.get("applicant_bin"))
    number = given(parsed.get("gvc_applicant_iban")) or given(parsed.get("applicant_iban"))
    if number.isdigit() and bank.isdigit():
        number, bank = f"{bank}/{number}", ""
    name = given(parsed.get("applicant_name"))
    return Party(
        number,
        name,
        "",
        bic(bank) if re.fullmatch(r"[A-Za-z]{6}[A-Za-z0-9]{2}([A-Za-z0-9]{3})?", bank) else "",
    )


def _parsed(line: str, details: str) -> Mapping[str, Any]:
    """The parts of a line, as mt-940 names them."""
    text = f":61:{line}\n" + (f":86:{details}\n" if details else "")
    try:
        parsed = _collection().parse(text)[0].data
        if parsed.get("date") and parsed.get("amount") is not None and parsed.get("status"):
            return dict(parsed)
    except Exception as error:  # whatever the library meets in a broken line, it raises as it comes
        reason = Reason.BAD_TIME if isinstance(error, ValueError) else Reason.BROKEN_ROW
        raise Unusable(reason, f"line {line[:60]!r} cannot be read") from error
    raise Unusable(Reason.BROKEN_ROW, f"line {line[:60]!r} lacks a date, a mark or an amount")


def _collection() -> Any:
    models, options = _library()
    return models.Transactions(options=options)


@lru_cache(maxsize=1)
def _library() -> tuple[Any, Any]:
    import mt940

    # The library logs each broken line as an error; here a broken line is a row of the load report.
    logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)
    return mt940.models, mt940.Options.all()


def _currency(fields: Fields) -> str:
    for tag in ("60F", "60M", "62F", "62M", "64", "65"):
        if balance := _BALANCE.match(value(fields, tag)):
            return balance[3]
    floor = _FLOOR.match(value(fields, "34F"))
    return floor[1] if floor else ""
