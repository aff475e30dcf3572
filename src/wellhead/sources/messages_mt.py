"""Fields of SWIFT MT messages: the text block taken apart, parties of options A, D, F, K and none, amounts.

A text block is a list of (tag, value), in order; values keep their line breaks as ``\\n``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wellhead.model.country import alpha2
from wellhead.model.transfer import Reason
from wellhead.sources.messages import Party, Role, Stated, Unusable, bic, given, numbered, references

Fields = Sequence[tuple[str, str]]

_TAG = re.compile(r"^:([0-9]{2}[A-Z]?|NS):", re.MULTILINE)
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_DATED_AMOUNT = re.compile(r"(\d{6})([A-Z]{3})([0-9,]+)")
_PLAIN_AMOUNT = re.compile(r"([A-Z]{3})([0-9,]+)")
_REMITTANCE_END_TO_END = re.compile(r"^/ROC/([^/\n]{1,35})", re.MULTILINE)
_IDENTITY = re.compile(r"[A-Z]{4}/[A-Z]{2}/")
_NUMBERED_LINE = re.compile(r"([1-8])/(.*)")


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its type (``"103"``), the banks it goes between, its UETR, its text block's fields."""

    type: str
    sender: str
    receiver: str
    uetr: str
    fields: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return f"MT{self.type}"


def fields(block: str) -> tuple[tuple[str, str], ...]:
    """The (tag, value) pairs of a text block."""
    parts = _TAG.split(re.sub(r"^-\s*$", "", block, flags=re.MULTILINE))
    return tuple((tag, text.strip("\n")) for tag, text in zip(parts[1::2], parts[2::2], strict=True))


def value(stated: Fields, *tags: str) -> str:
    """The value of the first of these tags that is there."""
    return next((text for tag in tags for name, text in stated if name == tag), "")


def payment(message: Message) -> Stated:
    """MT103, MT200, MT202 or MT205 as a payment; with customers underneath (COV) as the cover of theirs.

    A return or rejection (``/RETN/``, ``/REJT/`` in field 72) raises Unusable: it takes a payment back.
    """
    if re.search(r"^/(RETN|REJT)/", value(message.fields, "72"), re.MULTILINE):
        raise Unusable(
            Reason.UNSUPPORTED, f"returns or rejects a payment ({message.uetr or 'no UETR'}): not read"
        )
    own, underneath = _sequences(message.fields)
    covered = message.type in ("202", "205") and bool(value(underneath, "50A", "50F", "50K"))
    customers = message.type == "103" or covered
    payer, payee = _customers(message, underneath if covered else own) if customers else _banks(message, own)
    dated = _dated_amount(own)
    text = value(underneath if covered else own, "70") or value(own, "70", "77T")
    return Stated(
        role=Role.COVER if covered else Role.PAYMENT,
        message=message.name,
        payer=payer,
        payee=payee,
        sender=payer.identifier(),
        receiver=payee.identifier(),
        amount=amount(dated[3]),
        currency=dated[2],
        times=(date(dated[1]),),
        references=_references(message, own, text),
        text=given(text),
        instructed=_instructed(underneath if covered else own),
    )


def date(text: str) -> str:
    """YYMMDD as an ISO date; SWIFT reads 80-99 as 1980-1999. Raises Unusable for six other characters."""
    if not re.fullmatch(r"[0-9]{6}", text):
        raise Unusable(Reason.BAD_TIME, f"{text!r} is no date of the form YYMMDD")
    century = "19" if int(text[:2]) >= 80 else "20"
    return f"{century}{text[:2]}-{text[2:4]}-{text[4:]}"


def amount(text: str) -> str:
    """A SWIFT amount (``1234,56``, ``1234,``) with a decimal point."""
    return text.replace(",", ".").rstrip(".") if text.strip(",") else ""


def customer(stated: Fields, tag: str, bank: str) -> Party:
    """The customer in field 50 or 59, of option A (a BIC), F (numbered lines), K or none (text)."""
    text = value(stated, *(tag + option for option in ("A", "F", "K", "")))
    account, lines = _account(text)
    lines = lines[1:] if lines and _IDENTITY.match(lines[0]) else lines
    parts = [match for line in lines if (match := _NUMBERED_LINE.fullmatch(line))]
    if len(lines) == 1 and _BIC.fullmatch(lines[0].strip()):
        return Party(account or bic(lines[0]), "", "", bank)
    if parts and len(parts) == len(lines):
        name = " ".join(match[2] for match in parts if match[1] == "1")
        country = next((match[2][:2] for match in parts if match[1] == "3"), "")
        return Party(account, given(name), alpha2(country), bank)
    return Party(account, given(lines[0]) if lines else "", "", bank)


def institution(stated: Fields, tag: str) -> Party:
    """The bank in a field of option A (BIC), B, C (account alone) or D (name and address)."""
    text = value(stated, *(tag + option for option in ("A", "D", "B", "C", "")))
    account, lines = _account(text)
    first = lines[0].strip() if lines else ""
    if _BIC.fullmatch(first):
        return Party(account or bic(first), "", "", bic(first))
    return Party(account, given(first))


def _account(text: str) -> tuple[str, list[str]]:
    """The account in a party's first line, and the other lines. ``/C/`` and ``/D/`` before it name credit and
    debit; ``//`` begins a clearing code, which is no account."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if lines and lines[0].startswith("/"):
        found = re.fullmatch(r"/(?:[CD]/)?(?!/)(.+)", lines[0])
        return given(found[1]) if found else "", lines[1:]
    return "", lines


def _customers(message: Message, stated: Fields) -> tuple[Party, Party]:
    """Field 50 at the bank of 52 (else the sending bank), field 59 at the bank of 57 (else the receiving)."""
    payer_bank = institution(stated, "52").bank or message.sender
    named = institution(stated, "57")
    payee_bank = named.bank or ("" if named.name else message.receiver)
    return customer(stated, "50", payer_bank), customer(stated, "59", payee_bank)


def _banks(message: Message, stated: Fields) -> tuple[Party, Party]:
    """Field 52 (else the sending bank) pays field 58; in an MT200, a bank's own transfer, field 57."""
    sending = Party(message.sender, "", "", message.sender)
    payer, payee = institution(stated, "52"), institution(stated, "57" if message.type == "200" else "58")
    if message.type == "200":
        return sending, payee
    return (payer if payer.identifier() else sending), payee


def _sequences(stated: Fields) -> tuple[Fields, Fields]:
    """Sequence A and, in a cover message, B: it begins with field 50, which A does not have."""
    start = next((index for index, (tag, _) in enumerate(stated) if tag[:2] == "50"), len(stated))
    before = stated[:start]
    return (
        (stated, ())
        if not any(tag == "58A" or tag == "58D" for tag, _ in before)
        else (before, stated[start:])
    )


def _references(message: Message, stated: Fields, text: str) -> tuple[str, ...]:
    ended = _REMITTANCE_END_TO_END.search(text)
    related = value(stated, "21") if message.type != "103" else ""
    return references((message.uetr, ended[1] if ended else "", related, value(stated, "20")))


def _instructed(stated: Fields) -> tuple[str, str]:
    found = _PLAIN_AMOUNT.fullmatch(_line(value(stated, "33B")))
    return (amount(found[2]), found[1]) if found else ("", "")


def _dated_amount(stated: Fields) -> re.Match[str]:
    """Date, currency and amount in field 32A."""
    text = value(stated, "32A")
    dated = _DATED_AMOUNT.fullmatch(_line(text))
    if dated is None:
        raise Unusable(Reason.BAD_AMOUNT, f"field 32A holds no date, currency and amount: {text[:60]!r}")
    return dated


def _line(text: str) -> str:
    return "".join(text.split())


def advice(message: Message) -> Stated:
    """MT900 (debit) and MT910 (credit): one booking on the account in field 25, as on a statement.

    The other side is, in an MT910, the ordering customer (50), else the ordering bank (52).
    """
    own = message.fields
    account = own_account(own)
    if not account:
        raise Unusable(Reason.MISSING_ACCOUNT, "field 25 names no account")
    dated = _dated_amount(own)
    credit = message.type == "910"
    other = customer(own, "50", institution(own, "52").bank) if credit else Party()
    if credit and not (other.account or other.name):
        other = institution(own, "52")
    holder, named = Party(account), other.counterparty_of(numbered(account))
    return Stated(
        role=Role.CREDIT if credit else Role.DEBIT,
        message=message.name,
        payer=other if credit else holder,
        payee=holder if credit else other,
        sender=named if credit else numbered(account),
        receiver=numbered(account) if credit else named,
        amount=amount(dated[3]),
        currency=dated[2],
        times=(date(dated[1]),),
        references=references((message.uetr, value(own, "21")), (value(own, "20"),)),
        text=given(value(own, "72")),
    )


def own_account(stated: Fields) -> str:
    """The account in field 25; field 25P adds the bank on a second line."""
    return given(value(stated, "25", "25P").split("\n")[0].strip().removeprefix("/"))
