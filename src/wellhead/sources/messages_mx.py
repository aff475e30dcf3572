"""Elements of ISO 20022 messages: parties, accounts, payments (pacs.008, pacs.009, pain.001).

Paths are local names: the namespace, and so the version, does not matter. Where versions differ, each form
is tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from wellhead.sources.messages import Party, Role, Stated, bic, given, references

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_ACCOUNT_NUMBERS = ("Id/Othr/Id", "Id/PrtryAcct/Id", "Id/BBAN", "Id/UPIC", "Prxy/Id")
_BANK = ("FinInstnId/BICFI", "FinInstnId/BIC", "FinInstnId/CmbndId/BIC")
_NAMES = ("Nm", "NmAndAdr/Nm", "CmbndId/Nm")
_COUNTRIES = ("CtryOfRes", "PstlAdr/Ctry", "NmAndAdr/PstlAdr/Ctry", "CmbndId/PstlAdr/Ctry")
_DATED = ("", "/Dt", "/DtTm")


@lru_cache(maxsize=1024)
def _path(names: str) -> str:
    return "/".join("{*}" + name for name in names.split("/"))


def find(element: Element | None, names: str) -> Element | None:
    """The first descendant at a path of local names, whatever the namespace."""
    return None if element is None else element.find(_path(names))


def text(element: Element | None, *paths: str) -> str:
    """The text at the first of these paths that has any, "" where none has."""
    if element is not None:
        for names in paths:
            if value := given(element.findtext(_path(names))):
                return value
    return ""


def texts(element: Element | None, names: str) -> list[str]:
    """Every text at a path, in order."""
    if element is None:
        return []
    return [value for each in element.findall(_path(names)) if (value := given(each.text))]


def date(element: Element | None, *paths: str) -> str:
    """The date or time at the first path that has one: plain, or in a ``Dt`` or ``DtTm``."""
    return text(element, *(names + form for names in paths for form in _DATED))


def money(element: Element | None, *paths: str) -> tuple[str, str]:
    """Amount and currency at the first of these paths that has one."""
    for names in paths:
        found = find(element, names)
        if found is not None and (found.text or "").strip():
            return (found.text or "").strip(), str(found.get("Ccy") or "").strip()
    return "", ""


def account_number(account: Element | None) -> tuple[str, bool]:
    """The number of an account (IBAN, else another number, else a proxy) and whether it is called an IBAN."""
    iban = text(account, "Id/IBAN")
    return (iban, True) if iban else (text(account, *_ACCOUNT_NUMBERS), False)


def party(owner: Element | None, account: Element | None, agent: Element | None) -> Party:
    """One side of a payment. Its account is, in this order: the IBAN, another account number, a proxy (a
    telephone number or e-mail address registered for the account), the BIC where the party is itself a bank
    or has one; `messages.Party.identifier` says what stands in where none is given."""
    number, is_iban = account_number(account)
    inner = find(owner, "Pty")
    inner = owner if inner is None else inner
    bank_itself = find(inner, "FinInstnId")
    bank_itself = find(owner, "Agt/FinInstnId") if bank_itself is None else bank_itself
    described: Element | None = bank_itself
    if bank_itself is not None:
        own = bic(text(bank_itself, "BICFI", "BIC", "CmbndId/BIC"))
    else:
        own = bic(text(inner, "Id/OrgId/AnyBIC", "Id/OrgId/BICOrBEI", "Id/OrgId/BIC"))
        described = inner if inner is not None else owner
    bank = bic(text(agent, *_BANK)) or (own if bank_itself is not None else "")
    name, country = text(described, *_NAMES), text(described, *_COUNTRIES)
    return Party(number or own, name, country, bank, is_iban)


def sides(element: Element | None) -> tuple[Party, Party]:
    """Debtor and creditor of a credit transfer."""
    debtor = party(find(element, "Dbtr"), find(element, "DbtrAcct"), find(element, "DbtrAgt"))
    creditor = party(find(element, "Cdtr"), find(element, "CdtrAcct"), find(element, "CdtrAgt"))
    return debtor, creditor


def remittance(element: Element | None) -> str:
    """What the payment is for: free text, then structured references."""
    structured = texts(element, "RmtInf/Strd/CdtrRefInf/Ref") + texts(element, "RmtInf/Strd/AddtlRmtInf")
    return " ".join(texts(element, "RmtInf/Ustrd") + structured)


def payment(message: str, element: Element, header: Element | None) -> Stated:
    """A ``CdtTrfTxInf`` of pacs.008 or pacs.009.

    The time is the settlement date (the transaction's, else the group's), else when it was accepted, else
    when the message was made. A cover (pacs.009 with ``UndrlygCstmrCdtTrf``) is read as the customer's
    payment that it covers, because that is the movement of money it is part of; so the two meet as legs.
    """
    covered = find(element, "UndrlygCstmrCdtTrf")
    debtor, creditor = sides(element if covered is None else covered)
    if covered is not None and not (debtor.identifier() and creditor.identifier()):
        debtor, creditor = sides(element)
    amount, code = money(element, "IntrBkSttlmAmt", "InstdAmt")
    return Stated(
        role=Role.PAYMENT if covered is None else Role.COVER,
        message=message,
        payer=debtor,
        payee=creditor,
        sender=debtor.identifier(),
        receiver=creditor.identifier(),
        amount=amount,
        currency=code,
        times=(
            date(element, "IntrBkSttlmDt"), date(header, "IntrBkSttlmDt"), date(element, "AccptncDtTm"),
            date(header, "CreDtTm", "CreDt"),
        ),
        references=_references(element),
        text=remittance(element) or remittance(covered),
        instructed=money(element, "InstdAmt") if covered is None else money(covered, "InstdAmt"),
    )  # fmt: skip


def instruction(element: Element, header: Element | None, group: Mapping[str, Element]) -> Stated:
    """A ``CdtTrfTxInf`` of pain.001 with what its ``PmtInf`` states for all: debtor, account, agent, date.

    It is an order to pay. It is loaded, because it is often the only trace of a payment, and reported;
    where the payment itself or its booking is found, the order is that payment's other leg and not counted.
    """
    debtor = party(group.get("Dbtr"), group.get("DbtrAcct"), group.get("DbtrAgt"))
    creditor = party(find(element, "Cdtr"), find(element, "CdtrAcct"), find(element, "CdtrAgt"))
    amount, code = money(element, "Amt/InstdAmt", "Amt/EqvtAmt/Amt")
    wanted = group.get("ReqdExctnDt")
    return Stated(
        role=Role.INSTRUCTION,
        message="pain.001",
        payer=debtor,
        payee=creditor,
        sender=debtor.identifier(),
        receiver=creditor.identifier(),
        amount=amount,
        currency=code,
        times=(given(wanted.text) if wanted is not None else "", date(wanted, "Dt", "DtTm"),
               date(header, "CreDtTm", "CreDt")),
        references=_references(element),
        text=remittance(element),
    )  # fmt: skip


def _references(element: Element) -> tuple[str, ...]:
    own = (text(element, "PmtId/" + name) for name in ("UETR", "EndToEndId", "TxId", "InstrId"))
    return references(own)


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
