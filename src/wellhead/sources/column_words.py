"""What people call the columns of a ledger. Data only: `sources.columns` reads it.

A header is cut into lower-case words (``nameOrig`` → ``name orig``, ``Value_in_USD`` → ``value in usd``).
It is then looked up whole in HEADERS, or read as a side (who pays, who is paid) with an attribute, or as
an amount word with fillers and a currency. The first phrase of a list is the clearest; each step down
makes the guess a little less certain.
"""

from __future__ import annotations

MEANINGS: dict[str, str] = {
    "time": "when the money moved",
    "sender": "the account that pays",
    "receiver": "the account that is paid",
    "amount": "how much",
    "currency": "ISO 4217 code or token symbol of the amount",
    "sender_name": "holder of the paying account",
    "receiver_name": "holder of the paid account",
    "sender_country": "country of the payer",
    "receiver_country": "country of the payee",
    "sender_class": "what the payer is: company, person, state body …",
    "receiver_class": "what the payee is",
    "sender_bank": "the payer's bank",
    "receiver_bank": "the payee's bank",
    "reference": "the payment's own number",
    "purpose": "what the payment says it is for",
}
"""Every word that a column mapping may use, and what it means."""

REQUIRED = ("time", "sender", "receiver", "amount")

HEADERS: dict[str, tuple[str, ...]] = {
    "time": (
        "timestamp", "time stamp", "datetime", "date time", "block time", "block timestamp", "transaction date",
        "transaction time", "transaction timestamp", "tran timestamp", "tx date", "tx time", "payment date",
        "date of transaction", "date of payment", "time", "date", "utc time", "utc", "unix time", "epoch",
        "booking date", "posting date", "posted", "booked", "value date", "execution date", "executed at",
        "created at", "settlement date", "begin date", "start date", "ts", "step", "day",
        "zeitstempel", "zeitpunkt", "datum", "buchungsdatum", "buchungstag", "valutadatum", "wertstellung",
        "valuta", "uhrzeit", "date operation", "date d operation", "date de l operation", "date comptable",
        "date valeur", "date de valeur", "horodatage", "fecha", "fecha operacion", "fecha de operacion",
        "fecha valor", "fecha hora", "marca de tiempo", "data", "data operazione", "data ora",
        "дата", "дата и время", "дата операции", "дата проводки", "время",
        "التاريخ", "تاريخ", "تاريخ العملية", "تاريخ المعاملة", "الوقت",
    ),
    "amount": (
        "amount", "value", "transaction amount", "amount transactions", "amount paid", "payment amount",
        "paid amount", "transfer amount", "transferred amount", "amount transferred", "amount sent",
        "transaction value", "tx value", "sum", "amt", "quantity", "total", "total amount", "amount received",
        "betrag", "umsatz", "summe", "montant", "somme", "importe", "monto", "cantidad", "importo", "valor",
        "сумма", "сумма платежа", "сумма операции", "المبلغ", "مبلغ", "القيمة", "قيمة",
    ),
    "currency": (
        "currency", "currency code", "payment currency", "ccy", "currency paid", "amount currency",
        "transaction currency", "iso currency", "cur", "curr", "token symbol", "symbol", "token", "asset",
        "coin", "ticker", "receiving currency", "received currency",
        "waehrung", "wahrung", "devise", "monnaie", "moneda", "divisa", "valuta code",
        "валюта", "код валюты", "العملة", "عملة",
    ),
    "reference": (
        "reference", "payment reference", "transaction reference", "transaction id", "transactionid", "tx hash",
        "transaction hash", "txhash", "txid", "tx id", "hash", "end to end id", "uetr", "trans id", "tran id",
        "ref", "ref no", "reference number", "payment id", "referenz", "referencia", "numero", "номер",
        "номер документа", "المرجع", "رقم المعاملة", "id",
    ),
    "purpose": (
        "purpose", "payment purpose", "purpose of payment", "remittance information", "remittance", "narrative",
        "description", "details", "payment details", "memo", "comment", "note", "notes", "text", "message",
        "verwendungszweck", "buchungstext", "zweck", "libelle", "motif", "objet", "concepto", "descripcion",
        "causale", "назначение платежа", "назначение", "описание", "الغرض", "البيان", "الوصف",
    ),
}  # fmt: skip

SIDES: dict[str, tuple[str, ...]] = {
    "sender": (
        "sender", "from", "payer", "originator", "orig", "origin", "source", "src", "debtor", "debit", "debited",
        "remitter", "ordering", "ordering customer", "send", "sending", "paying", "drawer", "nameorig",
        "absender", "auftraggeber", "zahler", "von", "belastetes", "soll", "schuldner",
        "emetteur", "expediteur", "payeur", "donneur d ordre", "debiteur",
        "ordenante", "emisor", "remitente", "pagador", "origen", "desde", "deudor", "mittente", "ordinante",
        "отправитель", "плательщик", "отправителя", "плательщика", "дебет", "от кого",
        "المرسل", "مرسل", "الدافع", "من", "المحول",
    ),
    "receiver": (
        "receiver", "to", "payee", "beneficiary", "bene", "benef", "dest", "destination", "target", "dst",
        "creditor", "credit", "credited", "recipient", "receive", "receiving", "received", "tgt", "drawee",
        "empfaenger", "empfanger", "beguenstigter", "begunstigter", "zahlungsempfaenger", "zahlungsempfanger",
        "haben", "glaeubiger", "glaubiger",
        "destinataire", "beneficiaire", "crediteur", "vers",
        "beneficiario", "destinatario", "receptor", "destino", "hacia", "acreedor", "para",
        "получатель", "получателя", "бенефициар", "кредит", "кому",
        "المستلم", "مستلم", "المستفيد", "مستفيد", "الى",
    ),
}  # fmt: skip

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "account": (
        "account", "", "account number", "account no", "account nr", "account id", "acct", "acct id", "acc",
        "acc id", "acc no", "iban", "address", "addr", "wallet", "wallet address", "account iban", "id", "node id",
        "node", "customer id", "party id", "user id", "user", "customer", "party", "key", "client", "client id",
        "account key", "number",
        "konto", "kontonummer", "konto nr", "compte", "numero de compte", "no compte", "cuenta", "numero de cuenta",
        "conto", "счет", "номер счета", "حساب", "الحساب", "رقم الحساب", "رقم حساب",
    ),
    "name": (
        "name", "label", "holder", "account name", "account holder", "full name", "customer name", "tag",
        "entity", "organisation", "organization", "company", "nom", "nombre", "nome", "имя", "наименование",
        "اسم", "الاسم",
    ),
    "country": (
        "country", "country code", "iso", "iso code", "country iso", "nationality", "residence", "jurisdiction",
        "bank country", "bank location", "location", "land", "pays", "pais", "paese", "страна", "البلد", "بلد",
        "الدولة", "دولة",
    ),
    "class": ("class", "type", "kind", "category", "sector", "account type", "entity type", "typ", "тип"),
    "bank": (
        "bank", "bank name", "bic", "swift", "bank id", "bank code", "institution", "agent", "banque", "banco",
        "банк", "البنك", "بنك", "مصرف",
    ),
}  # fmt: skip
"""What a header says of a side. A name or bank stands for the account where nothing better is there."""

ACCOUNT_STAND_INS = ("bank id", "bank", "name", "bank name", "label", "entity")
"""Attributes that may identify the account where a file has no column for it, the best first."""

PARTICLES = frozenset(["de", "du", "des", "del", "della", "di", "da", "la", "le", "el", "of", "the", "der"])
"""Words that join a side to its attribute and say nothing: ``cuenta de origen``, ``account of sender``."""

AMOUNT_FILLERS = frozenset(
    [
        "in",
        "of",
        "the",
        "total",
        "transaction",
        "transactions",
        "tx",
        "trx",
        "transfer",
        "transferred",
        "paid",
        "sent",
        "payment",
        "gross",
        "net",
        "amount",
        "value",
        "sum",
        "base",
        "local",
    ]
)
PAIRED_HEADERS = (
    "account",
    "konto",
    "compte",
    "cuenta",
    "счет",
    "address",
    "iban",
    "bank account",
    "account number",
)
"""Headers that stand twice in some exports (``Account``, ``Account.1``): the payer's first, then the payee's."""
