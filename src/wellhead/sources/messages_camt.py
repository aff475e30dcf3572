"""Entries of bank statements (camt.052, camt.053, camt.054): what was booked on one account, and with whom.

An entry's direction is its ``CdtDbtInd``; ``RvslInd`` does not turn it around but says that the parties keep
the roles of the payment that is being reversed, so the counterparty of a reversed debit is the creditor.
An entry that books several transactions at once is split: the parts add up to the entry exactly, and what
they leave over (charges, as a rule) is a transfer of its own with a counterparty that is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from wellhead.model.transfer import Reason
from wellhead.sources.messages import Party, Recorder, Role, Stated, Unusable, decimal, numbered, references
from wellhead.sources.messages_mx import date, find, local, money, party, remittance, text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

OPENING_BALANCES = ("OPBD", "PRCD")
"""Opening booked; else previously closed booked, which is the same sum one day earlier."""
_DETAILS = ("NtryDtls/{*}TxDtls", "TxDtls")
_OWN_REFERENCES = ("UETR", "EndToEndId", "TxId", "InstrId")


@dataclass(slots=True)
class Statement:
    """What is known of a statement while its entries are read."""

    message: str
    made: str = ""
    holder: Party = field(default_factory=Party)
    account: str = ""

    def take(self, element: Element, recorder: Recorder) -> None:
        """A child of ``Stmt``, ``Rpt`` or ``Ntfctn``: the account, a balance, the time, or an entry."""
        name = local(element)
        if name == "Acct":
            self.holder = party(find(element, "Ownr"), element, find(element, "Svcr"))
            self.account = numbered(self.holder.account) if self.holder.account else ""
        elif name == "CreDtTm":
            self.made = (element.text or "").strip()
        elif name == "Bal":
            self._balance(element, recorder)
        elif name == "Ntry":
            self._entry(element, recorder)

    def _balance(self, element: Element, recorder: Recorder) -> None:
        if text(element, "Tp/CdOrPrtry/Cd", "Tp/Cd") in OPENING_BALANCES:
            amount, code = money(element, "Amt")
            recorder.opening(self.account, amount, code, debit=text(element, "CdtDbtInd") == "DBIT")

    def _entry(self, element: Element, recorder: Recorder) -> None:
        status = text(element, "Sts/Cd", "Sts/Prtry", "Sts")
        indicator = text(element, "CdtDbtInd")
        if status and status != "BOOK":
            recorder.set_aside(
                Reason.UNSUPPORTED, f"{self.message}: entry of status {status}: nothing was booked"
            )
        elif not self.account:
            recorder.set_aside(Reason.MISSING_ACCOUNT, f"{self.message}: the statement names no account")
        elif indicator not in ("CRDT", "DBIT"):
            recorder.set_aside(
                Reason.BROKEN_ROW, f"{self.message}: entry without CRDT or DBIT: {indicator!r}"
            )
        else:
            try:
                split, why, note = self._split(element, credit=indicator == "CRDT")
            except Unusable as fault:
                recorder.set_aside(fault.reason, f"{self.message}: {fault.detail}")
                return
            for stated in split:
                recorder.load(stated)
            if note:
                recorder.note(why, note)

    def _split(self, entry: Element, *, credit: bool) -> tuple[list[Stated], Reason, str]:
        """The transfers of an entry, adding up to it exactly, and what is worth telling about the split."""
        missing = Reason.MISSING_AMOUNT
        amount, code = money(entry, "Amt")
        details = [each for path in _DETAILS for each in entry.findall("{*}" + path)]
        if len(details) < 2 or not amount:
            only = self._stated(entry, details[0] if details else None, amount, code, credit=credit)
            return [only], missing, ""
        whole = decimal(amount) if credit else -decimal(amount)
        parts = _parts(details, code, whole)
        if parts is None:
            lump = self._stated(entry, None, amount, code, credit=credit)
            return (
                [lump],
                missing,
                f"{len(details)} transactions booked in one sum, their {code} amounts not stated",
            )
        split = [self._stated(entry, each, abs(part), code, credit=part > 0) for each, part in parts]
        rest = whole - sum((part for _, part in parts), Decimal(0))
        if rest:
            split.append(self._stated(entry, None, abs(rest), code, credit=rest > 0))
        note = f"{rest} {code} of the entry is in none of its {len(details)} transactions" if rest else ""
        return split, Reason.MISSING_ACCOUNT, note

    def _stated(
        self, entry: Element, details: Element | None, amount: str | Decimal, code: str, *, credit: bool
    ) -> Stated:
        other = self._counterparty(details, credit=credit, reversal=text(entry, "RvslInd") in ("true", "1"))
        named = other.counterparty_of(self.account)
        booked = [text(details, "Refs/AcctSvcrRef"), text(entry, "AcctSvcrRef")]
        own = [text(details, f"Refs/{name}") for name in _OWN_REFERENCES]
        return Stated(
            role=Role.CREDIT if credit else Role.DEBIT,
            message=self.message,
            payer=other if credit else self.holder,
            payee=self.holder if credit else other,
            sender=named if credit else self.account,
            receiver=self.account if credit else named,
            amount=amount,
            currency=code,
            times=(
                date(entry, "BookgDt"), date(entry, "ValDt"), date(details, "RltdDts/IntrBkSttlmDt"),
                date(details, "RltdDts/AccptncDtTm"), date(details, "RltdDts/TxDtTm"), self.made,
            ),
            references=references(own, booked),
            text=remittance(details) or text(details, "AddtlTxInf") or text(entry, "AddtlNtryInf"),
            instructed=money(details, "AmtDtls/InstdAmt/Amt"),
        )  # fmt: skip

    def _counterparty(self, details: Element | None, *, credit: bool, reversal: bool) -> Party:
        side = "Dbtr" if credit != reversal else "Cdtr"
        parties = find(details, "RltdPties")
        other = party(find(parties, side), find(parties, f"{side}Acct"), find(details, f"RltdAgts/{side}Agt"))
        if other.account and numbered(other.account) == self.account:
            return replace(other, account="")
        if not other.name and (name := text(parties, f"Ultmt{side}/Pty/Nm", f"Ultmt{side}/Nm")):
            return replace(other, name=name)
        return other


def _parts(details: list[Element], code: str, whole: Decimal) -> list[tuple[Element, Decimal]] | None:
    """Each transaction's signed amount in the entry's currency, None where one has none.

    A transaction's own ``CdtDbtInd`` counts, unless the amounts add up to the entry only without it:
    some banks state there the direction at the other side.
    """
    amounts: list[Decimal] = []
    own: list[Decimal] = []
    for each in details:
        amount = next(_in_currency(each, code), None)
        if amount is None or amount < 0:
            return None
        indicator = text(each, "CdtDbtInd")
        credit = indicator == "CRDT" if indicator else whole > 0
        amounts.append(amount if whole > 0 else -amount)
        own.append(amount if credit else -amount)
    agreed = amounts if sum(amounts) == whole else own
    return list(zip(details, agreed, strict=True))


def _in_currency(details: Element, code: str) -> Iterator[Decimal]:
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        amount, own = money(details, path)
        if amount and own == code:
            yield decimal(amount)
