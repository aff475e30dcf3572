# ruff: noqa: S608 -- SQL is composed of our own names alone; whatever a file or user says is a parameter
"""From a filled stage to the case's tables: accounts, transfers, what is said of holders, and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.store.accounts import spell
from wellhead.store.stage import Stage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_REPORTS = 10_000
"""Report lines kept for one file and reason; the others are one line with their count."""

COUNTED_AS = {
    Reason.MISSING_TIME: "missing",
    Reason.MISSING_AMOUNT: "missing",
    Reason.MISSING_ACCOUNT: "missing",
    Reason.NEGATIVE: "negative",
    Reason.OTHER_LEG: "other_legs",
    Reason.ROUNDED: "rounded",
    Reason.NO_ZONE: "no_zone",
    Reason.DUPLICATE: "duplicates",
    Reason.SELF_TRANSFER: "self_transfers",
}
"""The counter of `Quality` to which a reason belongs; every other reason to set a row aside is unreadable."""

_DETAIL = """CASE trouble
    WHEN 'missing_time' THEN 'no time'
    WHEN 'bad_time' THEN 'time ' || quoted || ' cannot be read'
    WHEN 'missing_account' THEN 'no account of the payer or the payee: ' || quoted
    WHEN 'bad_identifier' THEN 'the account holds zero bytes'
    WHEN 'bad_currency' THEN 'currency ' || quoted || ' is not known, or stands against the column''s'
    WHEN 'missing_amount' THEN 'no amount'
    WHEN 'bad_amount' THEN 'amount ' || quoted || ' is no number that fits'
    WHEN 'negative' THEN 'amount ' || quoted || ' is negative: who paid whom is not clear' END"""


def settled(engine: DuckDBPyConnection, file: int, stage: Stage) -> dict[str, int]:
    """Move the stage into the case and count what was found, by the names of `Quality`.

    `rows` and `loaded` are the file's; `transfers` of the loaded are in the table of that name.
    """
    counts = Counter(dict.fromkeys((*COUNTED_AS.values(), "unreadable", "respelled"), 0))
    staged, troubled = _count_troubles(engine, counts)
    _spell_out(engine, stage)
    repeated = _find_repeated(engine, stage)
    _insert_transfers(engine, file, stage, repeated)
    _count_loaded(engine, file, counts, repeated)
    _keep_details(engine, file, stage)
    _keep_given_reports(engine, file, stage.reports, counts)
    for reason in troubled:
        _report_trouble(engine, file, stage, reason)
    _report_notable(engine, file, stage, counts)
    counts["transfers"] = staged - sum(troubled.values())
    counts["rows"] = staged + stage.unstaged
    counts["loaded"] = counts["transfers"] + stage.elsewhere
    return dict(counts)


def _count_troubles(engine: DuckDBPyConnection, counts: Counter[str]) -> tuple[int, dict[str, int]]:
    rows = engine.execute(
        "SELECT trouble, count(*) FROM temp.stage GROUP BY trouble ORDER BY trouble"
    ).fetchall()
    troubled = {trouble: number for trouble, number in rows if trouble is not None}
    for reason, number in troubled.items():
        counts[COUNTED_AS.get(Reason(reason), "unreadable")] += number
    return sum(number for _, number in rows), troubled


def _spell_out(engine: DuckDBPyConnection, stage: Stage) -> None:
    sides = " UNION ALL ".join(
        f"SELECT {side} AS identifier, {stage.row} AS row, {place} AS side FROM temp.stage AS stage "
        "WHERE trouble IS NULL"
        for place, side in enumerate(("sender", "receiver"))
    )
    spell(engine, sides)


def _find_repeated(engine: DuckDBPyConnection, stage: Stage) -> bool:
    """Whether rows repeat earlier ones; ``temp.repeated`` then has their numbers. The fingerprint of the whole
    record tells candidates; the columns that tracing uses are compared themselves."""
    import numpy as np

    prints = np.asarray(engine.execute("SELECT print FROM temp.stage").fetchnumpy()["print"])
    prints.sort()
    if not (prints[1:] == prints[:-1]).any():
        return False
    del prints
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE repeated AS
            SELECT row FROM (
                SELECT {stage.row} AS row,
                       row_number() OVER (PARTITION BY print, time, sender, receiver, amount, currency
                                          ORDER BY {stage.row}) AS nth
                FROM temp.stage AS stage SEMI JOIN (
                    SELECT print FROM temp.stage WHERE trouble IS NULL GROUP BY print HAVING count(*) > 1
                ) USING (print) WHERE trouble IS NULL)
            WHERE nth > 1"""
    )
    return True


def _insert_transfers(engine: DuckDBPyConnection, file: int, stage: Stage, repeated: bool) -> None:
    texts = ", ".join(
        f"stage.{name}" if name in stage.columns else "NULL"
        for name in ("reference", "purpose", "sender_bank", "receiver_bank")
    )
    again = f"LEFT JOIN temp.repeated ON repeated.row = {stage.row}" if repeated else ""
    engine.execute(
        f"""INSERT INTO transfer
            SELECT $file, {stage.row}, time, payer.account, payee.account, amount, currency, {texts},
                   {"repeated.row IS NOT NULL" if repeated else "false"}
            FROM temp.stage AS stage
            JOIN temp.spelling AS payer ON payer.identifier = stage.sender
            JOIN temp.spelling AS payee ON payee.identifier = stage.receiver {again}
            WHERE trouble IS NULL""",
        {"file": file},
    )


def _count_loaded(engine: DuckDBPyConnection, file: int, counts: Counter[str], repeated: bool) -> None:
    row = engine.execute(
        """SELECT count(*) FILTER (rounded), count(*) FILTER (no_zone) FROM temp.stage WHERE trouble IS NULL"""
    ).fetchone()
    counts["rounded"], counts["no_zone"] = row or (0, 0)
    row = engine.execute(
        "SELECT count(*) FILTER (duplicate), count(*) FILTER (sender = receiver) FROM transfer WHERE file = $file",
        {"file": file},
    ).fetchone()
    counts["duplicates"], counts["self_transfers"] = row or (0, 0)
    if engine.execute("SELECT 1 FROM temp.spelling WHERE other LIMIT 1").fetchone():
        row = engine.execute(
            """SELECT count(*) FROM temp.stage WHERE trouble IS NULL AND (
                   sender IN (SELECT identifier FROM temp.spelling WHERE other)
                   OR receiver IN (SELECT identifier FROM temp.spelling WHERE other))"""
        ).fetchone()
        counts["respelled"] = row[0] if row else 0


def _keep_given_reports(
    engine: DuckDBPyConnection, file: int, reports: Sequence[RowReport], counts: Counter[str]
) -> None:
    for report in reports:
        name = COUNTED_AS.get(report.reason)
        if name in ("rounded", "no_zone") or report.action is not Action.LOADED:
            counts[name or "unreadable"] += report.count
    kept: list[RowReport] = []
    more: Counter[tuple[Reason, Action]] = Counter()
    shown: Counter[Reason] = Counter()
    for report in reports:
        shown[report.reason] += 1
        if shown[report.reason] <= MOST_REPORTS:
            kept.append(report)
        else:
            more[report.reason, report.action] += report.count
    kept += [RowReport("", 0, reason, action, "further rows", n) for (reason, action), n in more.items()]
    keep_reports(engine, file, kept)


def keep_reports(engine: DuckDBPyConnection, file: int, reports: Iterable[RowReport]) -> None:
    """Add lines to the load report of a file."""
    listed = list(reports)
    if not listed:
        return
    engine.execute(
        """INSERT INTO row_report SELECT $file, unnest($rows), unnest($reasons), unnest($actions),
               unnest($details), unnest($counts)""",
        {
            "file": file,
            "rows": [report.row for report in listed],
            "reasons": [report.reason.value for report in listed],
            "actions": [report.action.value for report in listed],
            "details": [report.detail for report in listed],
            "counts": [report.count for report in listed],
        },
    )


def _report_trouble(engine: DuckDBPyConnection, file: int, stage: Stage, reason: str) -> None:
    engine.execute(
        f"""INSERT INTO row_report
            SELECT $file, row, trouble, 'set aside', {_DETAIL}, 1
            FROM (SELECT {stage.row} AS row, trouble, '«' || coalesce(shown, '') || '»' AS quoted
                  FROM temp.stage AS stage WHERE trouble = $reason ORDER BY row LIMIT {MOST_REPORTS:d})""",
        {"file": file, "reason": reason},
    )
    _report_remainder(engine, file, reason, Action.SET_ASIDE, "trouble = $reason", reason)


def _report_remainder(
    engine: DuckDBPyConnection, file: int, reason: str, action: Action, condition: str, value: str | None
) -> None:
    parameters = {"reason": value} if value is not None else {}
    row = engine.execute(f"SELECT count(*) FROM temp.stage WHERE {condition}", parameters).fetchone()
    if row and row[0] > MOST_REPORTS:
        more = RowReport("", 0, Reason(reason), action, "further rows", row[0] - MOST_REPORTS)
        keep_reports(engine, file, [more])


def _report_notable(engine: DuckDBPyConnection, file: int, stage: Stage, counts: Counter[str]) -> None:
    """Lines for rows that loaded but deserve a look: each duplicate, self-transfer and rounding; one line for
    all rows without a zone."""
    for reason, flag, detail in (
        (Reason.DUPLICATE, "duplicate", "equal in every column to an earlier row"),
        (Reason.SELF_TRANSFER, "sender = receiver", "payer and payee are the same account"),
    ):
        number = counts[COUNTED_AS[reason]]
        _report_rows(
            engine, file, reason, detail, number, f"SELECT row FROM transfer WHERE file = {file:d} AND {flag}"
        )
    rounded = f"SELECT {stage.row} AS row FROM temp.stage AS stage WHERE rounded AND trouble IS NULL"
    detail = "more decimals than the currency's minor unit; rounded half to even"
    _report_rows(engine, file, Reason.ROUNDED, detail, counts["rounded"], rounded)
    if counts["no_zone"]:
        detail = "no time zone stated: read in the zone given, UTC unless told otherwise"
        line = RowReport("", 0, Reason.NO_ZONE, Action.LOADED, detail, counts["no_zone"])
        keep_reports(engine, file, [line])


def _report_rows(
    engine: DuckDBPyConnection, file: int, reason: Reason, detail: str, number: int, rows: str
) -> None:
    if not number:
        return
    engine.execute(
        f"""INSERT INTO row_report SELECT $file, row, $reason, 'loaded', $detail, 1
            FROM ({rows} ORDER BY row LIMIT {MOST_REPORTS:d})""",
        {"file": file, "reason": reason.value, "detail": detail},
    )
    if number > MOST_REPORTS:
        more = RowReport("", 0, reason, Action.LOADED, "further rows", number - MOST_REPORTS)
        keep_reports(engine, file, [more])


_SAID = ("name", "country", "class", "bank")


def _keep_details(engine: DuckDBPyConnection, file: int, stage: Stage) -> None:
    """What the payments say of the account holders: the first value of each, contradictions reported."""
    present = [word for word in _SAID if {f"sender_{word}", f"receiver_{word}"} & set(stage.columns)]
    if not present:
        return
    sides = " UNION ALL ".join(
        _said_of(stage, side, place) for place, side in enumerate(("sender", "receiver"))
    )
    firsts = ", ".join(
        f'arg_min("{word}", place) FILTER ("{word}" IS NOT NULL) AS "{word}"'
        f', count(DISTINCT lower("{word}")) AS "{word}_values"'
        for word in _SAID
    )
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE said AS
            SELECT account, min(place) // 2 AS row, {firsts}
            FROM ({sides}) WHERE coalesce({", ".join(f'"{word}"' for word in _SAID)}) IS NOT NULL
            GROUP BY account"""
    )
    _report_contradictions(engine, file)
    engine.execute(
        """UPDATE account_detail known SET
               name = coalesce(known.name, said.name), country = coalesce(known.country, said.country),
               holder_class = coalesce(known.holder_class, said."class"), bank = coalesce(known.bank, said.bank)
           FROM temp.said WHERE said.account = known.account"""
    )
    engine.execute(
        """INSERT INTO account_detail
           SELECT account, name, country, "class", bank, $file, row
           FROM temp.said ANTI JOIN account_detail USING (account) ORDER BY account""",
        {"file": file},
    )
    engine.execute("DROP TABLE temp.said")


def _said_of(stage: Stage, side: str, place: int) -> str:
    words = ", ".join(
        f'stage.{side}_{word} AS "{word}"'
        if f"{side}_{word}" in stage.columns
        else f'NULL::VARCHAR AS "{word}"'
        for word in _SAID
    )
    return f"""SELECT spelling.account, ({stage.row}) * 2 + {place:d} AS place, {words}
        FROM temp.stage AS stage JOIN temp.spelling ON spelling.identifier = stage.{side}
        WHERE trouble IS NULL"""


def _report_contradictions(engine: DuckDBPyConnection, file: int) -> None:
    for word, column in zip(_SAID, ("name", "country", "holder_class", "bank"), strict=True):
        engine.execute(
            f"""INSERT INTO row_report
                SELECT $file, said.row, 'contradiction', 'loaded',
                       'account ' || account.identifier || ' has more than one {word}; the first seen was kept: '
                       || coalesce(known.{column}, said."{word}"), 1
                FROM temp.said JOIN account ON account.id = said.account
                LEFT JOIN account_detail known ON known.account = said.account
                WHERE said."{word}_values" > 1 OR lower(known.{column}) <> lower(said."{word}")
                ORDER BY said.row LIMIT {MOST_REPORTS:d}""",
            {"file": file},
        )
