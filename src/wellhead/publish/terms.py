"""The report's fixed words: rules, criteria, classes, grades and counters, explained for a reader in court.

Data only. A new policy, class or counter gets its line here; a test fails while it has none.
"""

from __future__ import annotations

from wellhead.model.finding import Criterion, HolderClass
from wellhead.model.provenance import Credibility, Marking, Reliability
from wellhead.model.transfer import Reason

POLICIES = {
    "fifo": "first in, first out",
    "lifo": "last in, first out",
    "pro-rata": "in proportion (pro rata)",
    "poison": "everything downstream counted (poison)",
}
POLICY_MEANING = {
    "fifo": "What an account received first, it pays out first (in English law, the rule in Clayton’s case).",
    "lifo": "What an account received last, it pays out first.",
    "pro-rata": "Every payment takes the same fraction of everything that the account holds at that moment, "
    "so that each origin bears it in proportion (rolling charge).",
    "poison": "Whatever passed through an account that held money of an origin counts as touched by it in "
    "full. This gives an upper mark for each origin; the marks overlap and have no meaningful sum.",
}
CRITERIA = {
    Criterion.HELD: "the country in which the account is held",
    Criterion.RESIDENCE: "the country in which the account’s holder lives or is registered",
    Criterion.NATIONALITY: "the nationality of the account’s holder, or where an organisation is registered",
    Criterion.OWNER: "the country of the controlling owner of the account’s holder",
}
CLASSES = {
    HolderClass.STATE: ("State bodies", "state bodies"),
    HolderClass.OFFICIAL: ("Public officials", "public officials"),
    HolderClass.COMPANY: ("Companies", "companies"),
    HolderClass.CHARITY: ("Charities", "charities"),
    HolderClass.BANK: ("Banks", "banks"),
    HolderClass.PERSON: ("Private persons", "private persons"),
    HolderClass.UNKNOWN: ("Class not known", "holders of unknown class"),
}
RELIABILITY = {
    Reliability.COMPLETELY: "completely reliable source",
    Reliability.USUALLY: "usually reliable source",
    Reliability.FAIRLY: "fairly reliable source",
    Reliability.NOT_USUALLY: "not usually reliable source",
    Reliability.UNRELIABLE: "unreliable source",
    Reliability.UNKNOWN: "source’s reliability cannot be judged",
}
CREDIBILITY = {
    Credibility.CONFIRMED: "confirmed by others",
    Credibility.PROBABLY_TRUE: "probably true",
    Credibility.POSSIBLY_TRUE: "possibly true",
    Credibility.DOUBTFUL: "doubtful",
    Credibility.IMPROBABLE: "improbable",
    Credibility.UNKNOWN: "truth cannot be judged",
}
MARKINGS = {
    Marking.CLEAR: "may be disclosed without limit",
    Marking.GREEN: "may be shared within the recipient’s community, not published",
    Marking.AMBER: "may be shared within the recipient’s organisation and with its clients, as far as they "
    "need to know it",
    Marking.AMBER_STRICT: "may be shared within the recipient’s organisation only, as far as needed",
    Marking.RED: "for the eyes and ears of the named recipient only",
}
NOT_LOADED = {
    "negative": ("Negative amounts", "the amount is below zero; set aside, never turned round"),
    "missing": ("Something missing", "no amount, no time or no account; set aside"),
    "unreadable": ("Unreadable", "the amount, the time or the structure could not be read; set aside"),
    "no_rate": (
        "No exchange rate",
        "a currency without a rate for that day; set aside, never added to a sum",
    ),
    "other_legs": (
        "Second sightings",
        "recognised as another record’s other leg (the same payment seen from the other bank, or in another "
        "message format), which is counted once",
    ),
    "duplicates_dropped": (
        "Repeated rows left out",
        "equal to an earlier record in every column, and left out at the investigator’s word",
    ),
    "outside": ("Outside the period", "dated outside the period that was asked for"),
}
"""Counters of records that did not become transfers. With the loaded ones they add up to the rows read."""
REMARKS = {
    "duplicates": (
        "Repeated rows",
        "equal to an earlier record in every column; they may be two real payments, so they stay unless the "
        "investigator leaves them out",
    ),
    "self_transfers": ("Payments to oneself", "sender and receiver are the same account; nothing moves"),
    "rounded": (
        "Rounded",
        "the amount had more decimals than its currency; rounded half to even to the smallest unit",
    ),
    "ties": (
        "Same time",
        "a neighbouring transfer has the same time; another order between them could change which money is "
        "said to have moved",
    ),
    "no_zone": ("No time zone", "the time names no zone and was read as Coordinated Universal Time"),
    "converted": ("Converted", "in another currency, converted by the rates in section 8.4"),
    "respelled": ("Spelled otherwise", "names an account in another spelling of the same identifier"),
}
"""Counters of remarks on records; one record can be counted in several."""
REASONS = {
    Reason.BROKEN_ROW: "the row’s structure is broken",
    Reason.BAD_ENCODING: "the text cannot be decoded",
    Reason.BAD_AMOUNT: "the amount cannot be read",
    Reason.MISSING_AMOUNT: "no amount",
    Reason.NEGATIVE: "negative amount",
    Reason.BAD_TIME: "the date cannot be read",
    Reason.MISSING_TIME: "no date",
    Reason.NO_ZONE: "no time zone",
    Reason.AMBIGUOUS_DATE: "day and month cannot be told apart",
    Reason.MISSING_ACCOUNT: "no sender or no receiver",
    Reason.BAD_CURRENCY: "unknown currency",
    Reason.NO_RATE: "no exchange rate",
    Reason.ROUNDED: "rounded",
    Reason.DUPLICATE: "repeats an earlier row",
    Reason.SELF_TRANSFER: "sender and receiver are the same",
    Reason.OTHER_LEG: "the other leg of a known payment",
    Reason.BAD_IDENTIFIER: "an identifier fails its check",
    Reason.UNSUPPORTED: "a kind of record that is not read",
    Reason.HOSTILE: "content made to harm the reader",
    Reason.LIMIT: "larger than the limits allow",
    Reason.BAD_ENTITY: "a register entry that is not valid",
    Reason.CONTRADICTION: "contradicts another record",
}
DEFINITIONS = (
    ("Ledger", "A list of transfers; each has a time, a sender, a receiver and an amount."),
    (
        "Target",
        "The accounts named on the first page as the group’s. Movements between them are not counted.",
    ),
    ("Receipts", "What arrived at the target from outside it, counted once, at first arrival."),
    (
        "Origin",
        "The account where money came into being as far as the ledgers show: an account declared a source, "
        "or one that paid out more than it had received. Where that account had the money from, the ledgers "
        "do not show.",
    ),
    (
        "Traced",
        "Each receipt is followed backward, transfer by transfer, until every part of it has an origin. "
        "Money in one account cannot be told apart, so a rule must say which of it leaves first; section 6 "
        "shows how far the answer depends on that rule.",
    ),
    (
        "From a country",
        "The origin is counted to a country by the criterion named below. It says where an account or its "
        "holder belongs. It does not say that the country, its government or its people as such paid.",
    ),
    (
        "Paid by a state body",
        "The origin’s holder is recorded as an organ of a state. This is reported apart and never inferred "
        "from the country. Public officials are a class of their own: an official’s account is not the "
        "state’s.",
    ),
    ("Not attributed", "No country could be found for the origin by the criterion. It is a line of its own."),
    (
        "Path",
        "A chain of transfers from an origin to the target. Its amount is what went all the way; the "
        "transfers themselves may have been larger.",
    ),
    ("Rested", "How long the money stayed at the sender before the transfer."),
    (
        "Past the horizon",
        "Money that had rested at an account longer than the investigator’s limit is not followed further "
        "back; it is counted to that account and shown as such.",
    ),
    (
        "Rounded for show",
        "In-proportion tracing divides single cents. Such amounts are rounded to the smallest unit so that "
        "the lines of each table add up exactly; the same amount may differ by one unit between two tables.",
    ),
    (
        "Grade",
        "The Admiralty code: a letter for the source’s reliability, a digit for the report’s credibility. A "
        "finding carries the weakest letter and the weakest digit of everything that it rests on.",
    ),
)
LIMITS = (
    "It follows money, not minds: that a payment reached the target does not show that its payer knew or "
    "wanted it.",
    "It sees what the ledgers hold. Cash, goods and accounts outside them leave no trace here.",
    "Who holds an account, and which country and class the holder has, is as good as the registers used.",
    "Where money was mixed in one account, the amounts depend on a rule; see section 6.",
)
