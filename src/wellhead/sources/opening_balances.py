"""What accounts held before the ledger begins: a CSV with the columns account, amount and, if need be,
currency."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from wellhead.model.batch import Batch, OpeningBalance
from wellhead.model.errors import InputError
from wellhead.model.money import NO_CURRENCY, currency, to_minor
from wellhead.sources.opened import OpenedFile
from wellhead.sources.options import ReadOptions

HEADER = ("account", "amount")


def read(file: OpenedFile, options: ReadOptions) -> Iterator[Batch]:
    """One batch of opening balances. Unlike a ledger's rows a wrong one raises InputError, with its row: all
    figures would rest on it."""
    with io.TextIOWrapper(file.open(), encoding="utf-8-sig", newline="") as text:
        try:
            rows = list(csv.DictReader(text, strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"is no CSV in UTF-8: {error}.", file=file.name) from error
    if not rows or not set(HEADER) <= set(rows[0]):
        raise InputError(
            "has no columns account and amount.",
            file=file.name,
            remedy="The first line is account,amount,currency.",
        )
    yield Batch(openings=tuple(_opening(row, n, file, options) for n, row in enumerate(rows, 1)), rows=0)


def _opening(row: dict[str, str], number: int, file: OpenedFile, options: ReadOptions) -> OpeningBalance:
    code = (row.get("currency") or options.currency or NO_CURRENCY).strip()
    try:
        amount, _ = to_minor((row["amount"] or "").strip(), currency(code))
    except ValueError as error:
        raise InputError(f"{error}.", file=file.name, row=number) from error
    if amount < 0 or not (row["account"] or "").strip():
        raise InputError("an opening balance has an account and is not negative.", file=file.name, row=number)
    return OpeningBalance(number, row["account"].strip(), amount, currency(code).code)
