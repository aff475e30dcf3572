# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""Staging records that a message reader hands over, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from wellhead.model.batch import Batch, OpeningBalance
from wellhead.model.entity import Entity
from wellhead.model.transfer import Action, RowReport, Transfer
from wellhead.store.case_file import as_json
from wellhead.store.stage import Stage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXTS = (
    "sender", "receiver", "currency", "sender_name", "receiver_name", "sender_country", "receiver_country",
    "sender_bank", "receiver_bank", "reference", "purpose",
)  # fmt: skip
_OPTIONAL = _TEXTS[3:]


def stage_batches(engine: DuckDBPyConnection, file: int, batches: Iterable[Batch]) -> Stage:
    """Fill the temporary table `stage` from batches; entities and opening balances go to their tables."""
    texts = ", ".join(f"{name} VARCHAR" for name in _TEXTS)
    engine.execute("DROP TABLE IF EXISTS temp.stage")
    engine.execute(
        f"""CREATE TEMP TABLE stage (row BIGINT, time BIGINT, amount BIGINT, {texts}, print UBIGINT,
            rounded BOOLEAN, no_zone BOOLEAN, trouble VARCHAR, shown VARCHAR)"""
    )
    reports: list[RowReport] = []
    rows = staged = aside = 0
    for batch in batches:
        _stage(engine, batch.transfers)
        _keep_entities(engine, file, batch.entities)
        _keep_openings(engine, file, batch.openings)
        reports.extend(batch.reports)
        rows += batch.rows
        staged += len(batch.transfers)
        aside += sum(report.count for report in batch.reports if report.action is not Action.LOADED)
    unstaged = max(rows - staged, aside)
    return Stage("stage.row", _OPTIONAL, unstaged, unstaged - aside, tuple(reports))


def _stage(engine: DuckDBPyConnection, transfers: Sequence[Transfer]) -> None:
    if not transfers:
        return
    names = ("row", "time", "amount", *_TEXTS)
    columns = {name: [getattr(transfer, name) for transfer in transfers] for name in names}
    values = ", ".join(f"unnest(${name}) AS {name}" for name in names)
    emptied = ", ".join(f"nullif(trim({name}), '') AS {name}" for name in _TEXTS)
    everything = ", ".join(names[1:])
    engine.execute(
        f"""INSERT INTO temp.stage
            SELECT row, time, amount, {emptied}, hash({everything}), false, false,
                   CASE WHEN trim(sender) = '' OR trim(receiver) = '' THEN 'missing_account'
                        WHEN amount < 0 THEN 'negative' END,
                   CASE WHEN amount < 0 THEN amount::VARCHAR || ' minor units' END
            FROM (SELECT {values})""",
        columns,
    )


def _keep_entities(engine: DuckDBPyConnection, file: int, entities: Sequence[Entity]) -> None:
    if entities:
        engine.execute(
            """INSERT INTO entity
               SELECT $file, unnest($rows), unnest($ids), unnest($schemata), unnest($properties)::JSON""",
            {
                "file": file,
                "rows": [entity.row for entity in entities],
                "ids": [entity.id for entity in entities],
                "schemata": [entity.schema for entity in entities],
                "properties": [as_json({k: list(v) for k, v in e.properties.items()}) for e in entities],
            },
        )


def _keep_openings(engine: DuckDBPyConnection, file: int, openings: Sequence[OpeningBalance]) -> None:
    if openings:
        from wellhead.store.accounts import spell

        engine.execute(
            """CREATE OR REPLACE TEMP TABLE opening AS
               SELECT unnest($rows)::BIGINT AS row, unnest($accounts) AS identifier,
                      unnest($amounts)::BIGINT AS amount, unnest($currencies) AS currency""",
            {
                "rows": [opening.row for opening in openings],
                "accounts": [opening.account for opening in openings],
                "amounts": [opening.amount for opening in openings],
                "currencies": [opening.currency for opening in openings],
            },
        )
        spell(engine, "SELECT identifier, row, 0 AS side FROM temp.opening")
        engine.execute(
            """INSERT INTO opening_balance
               SELECT $file, row, account, amount, currency
               FROM temp.opening JOIN temp.spelling USING (identifier) ORDER BY row""",
            {"file": file},
        )
        engine.execute("DROP TABLE temp.opening")
