# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""One account, one number: identifiers are kept as written and joined where spellings mean the same account.

What counts as a spelling of the same is said by `model.transfer.canonical_account`; it is applied to the
distinct identifiers alone, and inside the engine where that is cheaper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellhead.model.transfer import canonical_account

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_IBAN_LIKE = "[A-Za-z]{2}[0-9]{2}[A-Za-z0-9 ]{11,60}"

BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279)"
"""Blank, tab, line ends, no-break space, byte-order mark. E'…' strings know no \\u escapes."""

_FOLDED = r"""CASE
    WHEN regexp_full_match(bare, '(0x|\\x)[0-9a-fA-F]{40}') THEN '0x' || lower(substr(bare, 3))
    ELSE bare END"""


def spell(engine: DuckDBPyConnection, occurrences: str) -> None:
    """Fill ``temp.spelling(identifier, account, other)`` for every identifier that the SQL `occurrences`
    (identifier, row, side) gives, adding to `account` those that are new. `other` tells a spelling that is
    not the account's own. Accounts are numbered in order of their first row, the payer before the payee.
    """
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE seen AS
            SELECT identifier, trim(identifier, {BLANKS}) AS bare, min(row * 2 + side) AS first
            FROM ({occurrences}) GROUP BY identifier"""
    )
    engine.execute(f"CREATE OR REPLACE TEMP TABLE folded AS SELECT *, {_FOLDED} AS canonical FROM temp.seen")
    _fold_ibans(engine)
    engine.execute(
        """INSERT INTO account
           SELECT (SELECT coalesce(max(id) + 1, 0) FROM account) + row_number() OVER (ORDER BY first) - 1,
                  bare, canonical
           FROM (SELECT canonical, arg_min(bare, first) AS bare, min(first) AS first
                 FROM temp.folded ANTI JOIN account USING (canonical) GROUP BY canonical)
           ORDER BY first"""
    )
    engine.execute(
        """CREATE OR REPLACE TEMP TABLE spelling AS
           SELECT folded.identifier, account.id AS account, folded.bare <> account.identifier AS other
           FROM temp.folded JOIN account USING (canonical)"""
    )
    engine.execute(
        """INSERT INTO account_spelling
           SELECT DISTINCT bare, account FROM temp.folded JOIN temp.spelling USING (identifier)
           WHERE other AND NOT EXISTS (
               SELECT 1 FROM account_spelling known WHERE known.identifier = bare AND known.account = spelling.account)
           ORDER BY account, bare"""
    )
    engine.execute("DROP TABLE temp.seen")
    engine.execute("DROP TABLE temp.folded")


def _fold_ibans(engine: DuckDBPyConnection) -> None:
    """Blanks and small letters of an IBAN mean nothing. Few identifiers can be respelled ones: those alone
    leave the engine."""
    suspects = engine.execute(
        """SELECT canonical FROM temp.folded WHERE regexp_full_match(canonical, $shape)
           AND (canonical <> upper(canonical) OR contains(canonical, ' '))""",
        {"shape": _IBAN_LIKE},
    ).fetchall()
    pairs = [(text, folded) for (text,) in suspects if (folded := canonical_account(text)) != text]
    if pairs:
        engine.execute(
            """UPDATE temp.folded SET canonical = pair.folded
               FROM (SELECT unnest($texts) AS text, unnest($folded) AS folded) pair WHERE canonical = pair.text""",
            {"texts": [text for text, _ in pairs], "folded": [folded for _, folded in pairs]},
        )
