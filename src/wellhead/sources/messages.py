"""What ISO 20022 and SWIFT messages have in common: parties, placeholders, and the making of records.

A payment message states more than a transfer has fields for. Two of them therefore have a fixed form:

- ``reference`` lists every reference the message gives, the strongest first, parted by " | ": the UETR, then
  the end-to-end, transaction and instruction identifiers, then the bank's own booking references, each
  marked by the word "bank" before it. ``NOTPROVIDED``, ``NONREF`` and their like are no references.
- ``purpose`` is the remittance text and, in brackets at its very end, what kind of record it is:
  ``Invoice 12 [pacs.008 payment; instructed 136500.00 USD]``.

`store.legs` relies on both to tell the two sides of one payment from two payments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from zoneinfo import ZoneInfo

from wellhead.model.batch import Batch, OpeningBalance
from wellhead.model.country import alpha2
from wellhead.model.errors import UsageError
from wellhead.model.money import Money, currency, to_minor
from wellhead.model.transfer import Action, Reason, RowReport, Transfer
from wellhead.sources.identifiers import bic, bic_fault, iban_fault, looks_like_iban, plain

BATCH_ROWS = 4096
UNKNOWN_COUNTERPARTY = "unknown counterparty of "
HOLDER_AT_BANK = "account of "
UNNAMED_AT_BANK = "unnamed account at "
PLACEHOLDERS = (UNKNOWN_COUNTERPARTY, HOLDER_AT_BANK, UNNAMED_AT_BANK)
"""How identifiers begin that stand for an account whose number the message does not give. A real number
that begins so is written with "no. " before it: the two never collide."""

_NOT_GIVEN = frozenset({"", "NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF", "UNKNOWN", "NONE", "N/A"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Role(StrEnum):
    """What kind of statement about a payment a record is."""

    PAYMENT = "payment"
    """A message by which one bank pays another (pacs.008, pacs.009, MT103, MT202)."""
    COVER = "cover"
    """The transfer between banks that covers a customer's payment (pacs.009 COV, MT202 COV)."""
    DEBIT = "debit"
    """Booked to the debit of the account whose statement it stands on: that account paid."""
    CREDIT = "credit"
    """Booked to the credit of the account whose statement it stands on: that account was paid."""
    INSTRUCTION = "instruction"
    """An order to pay (pain.001): a payment only once it is executed."""


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a payment. `account` is a number, an IBAN or, for a bank's own account, its BIC."""

    account: str = ""
    name: str = ""
    country: str = ""
    bank: str = ""
    iban: bool = False

    def identifier(self) -> str:
        """The account's number; else ``account of NAME at BIC``; else ``unnamed account at BIC``; else ""."""
        if self.account:
            return numbered(self.account)
        if self.name:
            return f"{HOLDER_AT_BANK}{self.name} at {self.bank or 'a bank not named'}"
        return f"{UNNAMED_AT_BANK}{self.bank}" if self.bank else ""

    def counterparty_of(self, account: str) -> str:
        """The account's number; else a placeholder made of the account whose statement names it, and the
        counterparty's name: ``unknown counterparty of DE…: NAME``."""
        if self.account:
            return numbered(self.account)
        return f"{UNKNOWN_COUNTERPARTY}{account}" + (f": {self.name}" if self.name else "")


@dataclass(frozen=True, slots=True)
class Stated:
    """A payment in a message's own words: text that has not been judged yet. `times` are dates or times in
    order of preference; `instructed` is an amount and a currency, where the message gives them."""

    role: Role
    message: str
    payer: Party
    payee: Party
    sender: str
    receiver: str
    amount: str | Decimal
    currency: str
    times: tuple[str, ...]
    references: tuple[str, ...] = ()
    text: str = ""
    instructed: tuple[str, str] = ("", "")


class Unusable(Exception):
    """A record cannot be loaded: `reason` and `detail` go into its report. Never leaves a reader."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(slots=True)
class Recorder:
    """Numbers the records of one file, judges them and hands them over in batches.

    Every record is counted once: ``rows == transfers + set aside``. `zone` is that of times without one.
    """

    file: str
    zone: tzinfo
    row: int = 0
    _transfers: list[Transfer] = field(default_factory=list)
    _openings: list[OpeningBalance] = field(default_factory=list)
    _reports: list[RowReport] = field(default_factory=list)
    _rows: int = 0
    _no_zone: int = 0
    _instructions: int = 0
    _balanced: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, file: str, options: object) -> Recorder:
        """A recorder for a file, with the user's zone."""
        name = str(getattr(options, "zone", "UTC"))
        try:
            return cls(file, ZoneInfo(name))
        except (ValueError, OSError, KeyError) as error:
            raise UsageError(
                f"{name!r} is no time zone.", remedy="Give an IANA name: Europe/Paris."
            ) from error

    def load(self, stated: Stated) -> None:
        """Judges one payment: a transfer, or a set-aside report that says why not."""
        try:
            transfer, notes = self._transfer(stated)
        except Unusable as fault:
            self.set_aside(fault.reason, f"{stated.message}: {fault.detail}")
            return
        self._next_row()
        self._transfers.append(transfer)
        self._reports += [
            RowReport(self.file, self.row, reason, Action.LOADED, text) for reason, text in notes
        ]
        self._instructions += stated.role is Role.INSTRUCTION

    def set_aside(self, reason: Reason, detail: str) -> None:
        """Counts a record that cannot be loaded and reports it."""
        self._next_row()
        self._reports.append(RowReport(self.file, self.row, reason, Action.SET_ASIDE, detail))

    def note(self, reason: Reason, detail: str) -> None:
        """Draws attention to the record loaded last."""
        self._reports.append(RowReport(self.file, self.row, reason, Action.LOADED, detail))

    def of_file(self, reason: Reason, detail: str) -> None:
        """Draws attention to something about the whole file."""
        self._count(reason, detail, 1)

    def opening(self, account: str, amount: str, code: str, *, debit: bool) -> None:
        """The balance before the first statement of an account; later ones only repeat what is known."""
        if not account or (account, code) in self._balanced:
            return
        try:
            minor = _minor(amount, code)[0]
        except Unusable as fault:
            self.note(fault.reason, f"opening balance of {account}: {fault.detail}")
            return
        self._balanced.add((account, code))
        self._openings.append(
            OpeningBalance(self.row + 1, account, -minor if debit else minor, code.strip().upper())
        )

    def full(self) -> Iterator[Batch]:
        """A batch, once enough has gathered."""
        if self._rows + len(self._reports) >= BATCH_ROWS:
            yield self._batch()

    def rest(self) -> Iterator[Batch]:
        """What is left, with the counts over the whole file. Call it once, at the end."""
        if self._no_zone:
            self._count(
                Reason.NO_ZONE, f"a time without a zone, or a bare date: read as {self.zone}", self._no_zone
            )
        if self._instructions:
            detail = "an order to pay, no proof that it was executed: counted unless its payment is here too"
            self._count(Reason.OTHER_LEG, detail, self._instructions)
        if self._rows or self._reports or self._openings:
            yield self._batch()

    def _count(self, reason: Reason, detail: str, count: int) -> None:
        self._reports.append(RowReport(self.file, 0, reason, Action.LOADED, detail, count))

    def _next_row(self) -> None:
        self.row += 1
        self._rows += 1

    def _batch(self) -> Batch:
        batch = Batch(
            transfers=tuple(self._transfers),
            openings=tuple(self._openings),
            reports=tuple(self._reports),
            rows=self._rows,
        )
        self._transfers, self._openings, self._reports, self._rows = [], [], [], 0
        return batch

    def _transfer(self, stated: Stated) -> tuple[Transfer, list[tuple[Reason, str]]]:
        if not stated.sender or not stated.receiver:
            side = "receiver" if stated.sender else "sender"
            raise Unusable(Reason.MISSING_ACCOUNT, f"no account, name or bank of the {side}")
        amount, rounded = _minor(stated.amount, stated.currency)
        time, zoned = _time(stated.times, self.zone)
        notes = [(Reason.BAD_IDENTIFIER, fault) for fault in _faults(stated)]
        if rounded:
            notes.append(
                (Reason.ROUNDED, f"{stated.amount} {stated.currency} has more decimals than its unit")
            )
        self._no_zone += not zoned
        transfer = Transfer(
            row=self.row + 1, time=time, sender=stated.sender, receiver=stated.receiver, amount=amount,
            currency=stated.currency.strip().upper(),
            sender_name=stated.payer.name, receiver_name=stated.payee.name,
            sender_country=alpha2(stated.payer.country), receiver_country=alpha2(stated.payee.country),
            sender_bank=stated.payer.bank, receiver_bank=stated.payee.bank,
            reference=" | ".join(dict.fromkeys(stated.references)), purpose=_purpose(stated, amount),
        )  # fmt: skip
        return transfer, notes


def given(text: str | None) -> str:
    """Text with single blanks; "" where it says that there is nothing (``NOTPROVIDED``, ``NONREF``)."""
    joined = " ".join((text or "").split())
    return "" if joined.upper() in _NOT_GIVEN else joined


def references(stated: Iterable[str | None], booked: Iterable[str | None] = ()) -> tuple[str, ...]:
    """The references given, in order; `booked` are a bank's own, marked as such."""
    own = [given(each).replace("|", "/") for each in stated]
    bank = [given(each).replace("|", "/") for each in booked]
    return tuple(each for each in own if each) + tuple(f"bank {each}" for each in bank if each)


def numbered(account: str) -> str:
    """An account's number as an identifier, kept apart from the placeholders."""
    number = plain(account)
    return f"no. {number}" if number.lower().startswith(PLACEHOLDERS) else number


def decimal(text: str | Decimal) -> Decimal:
    """An amount as a number. Raises Unusable where it is none; thousands separators are no part of one."""
    try:
        value = Decimal(text.strip().replace("_", "?") if isinstance(text, str) else text)
    except InvalidOperation:
        raise Unusable(Reason.BAD_AMOUNT, f"{text!r} is not a number") from None
    if not value.is_finite():
        raise Unusable(Reason.BAD_AMOUNT, f"{text!r} is not a finite number")
    return value


def _minor(amount: str | Decimal, code: str) -> tuple[int, bool]:
    if not str(amount).strip():
        raise Unusable(Reason.MISSING_AMOUNT, "no amount")
    try:
        unit = currency(code)
    except UsageError:
        raise Unusable(Reason.BAD_CURRENCY, f"{code!r} is no currency that Wellhead knows") from None
    value = decimal(amount)
    if value < 0:
        raise Unusable(Reason.NEGATIVE, f"{amount} {code}: a message gives direction and amount apart")
    try:
        return to_minor(value, unit)
    except ValueError as error:
        raise Unusable(Reason.BAD_AMOUNT, str(error)) from None


def _time(stated: Iterable[str], zone: tzinfo) -> tuple[int, bool]:
    """µs since 1970 UTC of the first time given, and whether it named its zone."""
    text = next((each for each in stated if each), "")
    if not text:
        raise Unusable(Reason.MISSING_TIME, "no date")
    try:
        moment = datetime.fromisoformat(_with_time(text))
        zoned = moment.tzinfo is not None
        since = (moment if zoned else moment.replace(tzinfo=zone)) - _EPOCH
    except (ValueError, OverflowError):
        raise Unusable(Reason.BAD_TIME, f"{text!r} is no date") from None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds, zoned


def _with_time(text: str) -> str:
    """An XML date may name a zone (``2024-05-01+02:00``), which ISO 8601 knows for times only."""
    if len(text) > 10 and re.fullmatch(r"\d{4}-\d\d-\d\d(Z|[+-]\d\d:\d\d)", text):
        return f"{text[:10]}T00:00:00{text[10:]}"
    return text


def _faults(stated: Stated) -> Iterator[str]:
    for party in (stated.payer, stated.payee):
        number = plain(party.account)
        if (party.iban or looks_like_iban(number)) and (fault := iban_fault(number)):
            yield fault
        if party.bank and (fault := bic_fault(party.bank)):
            yield fault


def _purpose(stated: Stated, minor: int) -> str:
    kind = f"{stated.message} {stated.role}"
    if instructed := _instructed(stated, minor):
        kind += f"; instructed {instructed}"
    return f"{stated.text} [{kind}]".lstrip()


def _instructed(stated: Stated, minor: int) -> str:
    """The amount ordered, with every decimal of its currency, where it differs from what was paid."""
    amount, code = stated.instructed
    try:
        money = Money(_minor(amount, code)[0], currency(code))
    except Unusable:
        return ""
    same = money.minor == minor and money.unit.code == stated.currency.strip().upper()
    return "" if same else f"{money.decimal():.{money.unit.exponent}f} {money.unit.code}"


__all__ = [
    "BATCH_ROWS", "HOLDER_AT_BANK", "PLACEHOLDERS", "UNKNOWN_COUNTERPARTY", "UNNAMED_AT_BANK", "Party",
    "Recorder", "Role", "Stated", "Unusable", "bic", "decimal", "given", "numbered", "references",
]  # fmt: skip
