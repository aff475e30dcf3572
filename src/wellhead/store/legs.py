"""One payment seen more than once: which records are its legs, and which one is counted.

A payment leaves several traces: the payer's bank books a debit, the payee's bank a credit, messages go
between the banks (each in MT or MX form, each hop anew, a cover beside it), and the payer's order came first.
`match_legs` finds the traces of one payment by the visible table `RULES`, keeps one and writes the others
into the table ``leg``. The view ``counted_transfer`` is the ledger without them.

**Which record is kept.** The one that knows most of the two accounts; of those, a message between banks
before its cover, a ledger's row, the credit, the debit; an order to pay only where it is alone; then the
smallest amount (what arrived), the earliest time, file and row. Where the kept record does not know an
account that another leg knows, the table ``completion`` holds it and the view shows it.

**Batches.** A sum on one report of an account (camt.053) whose parts stand on another (camt.054) under the
same reference of the bank and add up to it exactly is left out in favour of the parts.

**What is never joined.** Two bookings on the same side of one statement; records with different UETRs;
records that name different accounts on the same side, unless their UETR is the same; rows of ordinary
ledgers within one file. Equal payments that repeat are paired in time order, one to one.

**Overruling.** `overrule` takes a record out of the matching for good: it counts by itself, also after the
matching is run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellhead.model.errors import UsageError
from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.store import legs_sql as sql

if TYPE_CHECKING:
    import duckdb

MESSAGES = ("payment", "cover", "instruction")
ALL = (*MESSAGES, "debit", "credit")
PLACEHOLDERS = "^(unknown counterparty of |account of .* at |unnamed account at )"
"""How identifiers begin that the readers make up where a message gives no account number."""
DAY = 86_400_000_000
BATCH, BATCH_DAYS = "batch, listed in parts", 5
MOST_ROUNDS = 1_000


@dataclass(frozen=True, slots=True)
class Rule:
    """When two records are legs of one payment. All of it must hold.

    `handle` is what both must bear: the same ``uetr``; a ``reference`` given by payer or sender;
    any reference, a bank's own included (``booking``); the same two known ``accounts``, where at most one
    record gives a reference; or, on reports of different kinds (MT940, camt.053), the ``own account``,
    likewise. `amounts`: ``equal``; ``instructed``, equal or as the other's payer ordered; ``less charges``,
    or less by at most half, where what was debited is the most and what was credited the least. `accounts`:
    ``both equal``; ``one equal`` and the other not in conflict; ``no conflict``; ``any``. `within`:
    ``any file``; ``other files, same side``; ``other sides``.
    References shorter than `shortest` characters do not count; the times are at most `days` apart.
    """

    name: str
    joining: tuple[str, ...]
    joined: tuple[str, ...]
    handle: str
    amounts: str
    accounts: str
    days: int
    within: str = "other sides"
    shortest: int = 1


RULES = (
    Rule("same UETR", MESSAGES, MESSAGES, "uetr", "instructed", "any", 30, "any file"),
    Rule("same UETR, less charges", MESSAGES, MESSAGES, "uetr", "less charges", "one equal", 30, "any file"),
    Rule("same message", MESSAGES, MESSAGES, "reference", "equal", "both equal", 3,
         "other files, same side"),
    Rule("same debit", ("debit",), ("debit",), "booking", "equal", "one equal", 3, "other files, same side"),
    Rule("same credit", ("credit",), ("credit",), "booking", "equal", "one equal", 3,
         "other files, same side"),
    Rule("same debit, another report", ("debit",), ("debit",), "own account", "equal", "one equal", 0,
         "other files, same side"),
    Rule("same credit, another report", ("credit",), ("credit",), "own account", "equal", "one equal", 0,
         "other files, same side"),
    Rule("cover", ("cover",), ("payment",), "reference", "equal", "both equal", 5),
    *(
        Rule(f"{role} of the same {word}", (role,), ALL, handle, amounts, accounts, days, shortest=shortest)
        for handle, word, amounts, accounts, days, shortest in (
            ("uetr", "UETR", "instructed", "no conflict", 30, 1),
            ("uetr", "UETR, less charges", "less charges", "no conflict", 30, 1),
            ("reference", "reference and accounts", "instructed", "both equal", 10, 1),
            ("reference", "reference and account", "instructed", "one equal", 10, 1),
            ("reference", "reference", "instructed", "no conflict", 5, 4),
            ("accounts", "accounts and amount", "equal", "both equal", 5, 1),
        )
        for role in ("debit", "credit", "instruction")
    ),
    Rule("same ledger row", ("ledger",), ("ledger",), "reference", "equal", "both equal", 10,
         "other files, same side"),
    Rule("ledger row of the same reference", ("ledger",), ALL, "reference", "equal", "both equal", 10),
)  # fmt: skip
"""In this order: what one rule has joined, the next ones treat as one record."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A record (`file`, `row`) that is another's leg, the record that is counted instead, and why."""

    file: str
    row: int
    kept_file: str
    kept_row: int
    rule: str
    detail: str
    overruled: bool = False

    def report(self) -> RowReport:
        """The line of the load report."""
        action = Action.LOADED if self.overruled else Action.MERGED
        return RowReport(self.file, self.row, Reason.OTHER_LEG, action, self.detail)


def match_legs(connection: duckdb.DuckDBPyConnection) -> list[Leg]:
    """Finds the legs of every payment in ``transfer``, writes ``leg`` and ``completion`` anew, returns them.

    The result depends on the records alone, not on the order of loading within equal times. Time and memory
    grow with the number of message rows and of ledger rows whose reference stands in more than one file.
    """
    connection.execute(sql.TABLES)
    if not _count(connection, sql.SEVERAL):
        connection.execute(sql.FORGET)
        return list(legs(connection))
    _run(connection, sql.RECORDS, placeholders=PLACEHOLDERS)
    connection.execute(sql.HANDLES)
    _run(connection, sql.BATCHES, window=BATCH_DAYS * DAY)
    connection.execute(sql.LEAVE_BATCHES)
    found = set(connection.execute(sql.FOUND).fetchall())
    for rule in RULES:
        if _applies(rule.joining, rule.handle, found) and _applies(rule.joined, rule.handle, found):
            _apply(connection, rule)
    connection.execute(sql.KEPT)
    with _transaction(connection):
        connection.execute(sql.WRITE_LEGS)
        _run(connection, sql.WRITE_BATCHES, rule=BATCH)
    connection.execute(sql.CLEAN)
    return list(legs(connection))


def legs(connection: duckdb.DuckDBPyConnection) -> Iterator[Leg]:
    """Every leg on record, in the order of files and rows, the overruled ones included."""
    rows: list[tuple[Any, ...]] = connection.execute(sql.LEGS).fetchall()
    for file, row, kept_file, kept_row, rule, overruled, *told in rows:
        if rule == BATCH:
            detail = (
                f"booked in one sum; its parts are counted, the first of them {kept_file}, row {kept_row}"
            )
        else:
            detail = f"the same payment as {kept_file}, row {kept_row} ({rule})" + _differences(*told)
        yield Leg(file, row, kept_file, kept_row, rule, detail, overruled)


def overrule(connection: duckdb.DuckDBPyConnection, file: int, row: int) -> None:
    """Keeps a record that was taken for a leg, or all legs of a record that was kept, each for itself.

    Raises UsageError where the record is neither. The matching is run again.
    """
    found = connection.execute(sql.IS_LEG, {"file": file, "row": row}).fetchone()
    if found is None or not found[0]:
        raise UsageError(
            f"row {row} of file {file} is no leg of another record.", remedy="The load report lists the legs."
        )
    _run(connection, sql.OVERRULE, file=file, row=row)
    match_legs(connection)


def _apply(connection: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Joins clusters until the rule joins no more: each round takes the pairs that are best both ways."""
    for _ in range(MOST_ROUNDS):
        connection.execute(sql.CLUSTERS)
        _run(
            connection, sql.PAIRS, handle=rule.handle, joining=list(rule.joining), joined=list(rule.joined),
            amounts=rule.amounts, accounts=rule.accounts, within=rule.within, window=rule.days * DAY,
            shortest=rule.shortest,
        )  # fmt: skip
        if not _count(connection, "select count(*) from leg_pair"):
            return
        connection.execute(sql.LABELS)
        connection.execute(sql.SPREAD)
        while _count(connection, sql.SPREAD_LEFT):
            connection.execute(sql.TAKE_SPREAD)
            connection.execute(sql.SPREAD)
        _run(connection, sql.JOIN, rule=rule.name)
        if rule.within == "other files, same side":
            connection.execute(sql.PART)
            return


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing; within a transaction of the caller's, part of that one."""
    # Outside a transaction each statement is one of its own, with a number of its own. To try `begin` and
    # see it refused is no way to find out: the refusal aborts the transaction that is open.
    if _count(connection, "select txid_current()") == _count(connection, "select txid_current()"):
        yield
        return
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _applies(roles: tuple[str, ...], handle: str, found: set[tuple[str, str]]) -> bool:
    return any((role, handle) in found for role in roles)


def _run(connection: duckdb.DuckDBPyConnection, statement: str, **values: object) -> None:
    connection.execute(statement, values)


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    found = connection.execute(statement).fetchone()
    return int(found[0]) if found else 0


def _differences(
    amount: int, kept_amount: int, currency: str, kept_currency: str, sender: str, receiver: str
) -> str:
    """What the two records say differently, in words."""
    told = ""
    if currency != kept_currency:
        told += f"; here {amount} minor units of {currency}, there {kept_amount} of {kept_currency}"
    elif amount != kept_amount:
        told += (
            f"; here {amount}, there {kept_amount} minor units of {currency}: charges or an amount instructed"
        )
    if sender:
        told += f"; the payer {sender} is known from another leg"
    if receiver:
        told += f"; the payee {receiver} is known from another leg"
    return told
