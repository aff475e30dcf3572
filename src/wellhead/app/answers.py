"""What the command line answers in JSON. Amounts are integers of the minor unit; under pro rata, numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from wellhead.model.finding import UNKNOWN, Chains, Step
from wellhead.model.ledger import Ledger
from wellhead.tracing.policies import POLICIES
from wellhead.tracing.result import GroupLine, Trace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def trace_answer(trace: Trace, by: str, chains: Chains | None) -> dict[str, Any]:
    """The whole answer of `wellhead trace --json`."""
    ledger = trace.ledger
    answer: dict[str, Any] = {
        "currency": ledger.currency.code,
        "minor_units": ledger.currency.exponent,
        "receipts": trace.receipts,
        "receipt_count": trace.receipt_count,
        "policy": trace.policy,
        "adds_up": POLICIES[trace.policy].conserves,
        "by": by,
        "origins": _origins(trace, by),
        "quality": quality_answer(ledger),
        "missing": {
            "to": list(trace.boundary.target.missing),
            "from": list(trace.boundary.sources.missing),
        },
        "rates": list(ledger.rates),
        "sources": [{"file": f.path, "sha256": f.sha256, "grade": str(f.grade)} for f in ledger.files],
    }
    if by == "country":
        answer["criterion"] = str(trace.criterion)
    if chains is not None:
        answer["paths"] = chains_answer(chains)
    return answer


def _origins(trace: Trace, by: str) -> list[dict[str, Any]]:
    if by != "account":
        return [_group(line) for line in trace.groups(by)]
    rows = []
    for line in trace.lines:
        row: dict[str, Any] = {"id": line.id, "amount": line.amount, "share": line.share}
        if line.name:
            row["name"] = line.name
        if line.unfollowed:
            row["unfollowed"] = line.unfollowed
        rows.append(row)
    return rows


def _group(line: GroupLine) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "unknown" if line.label == UNKNOWN else line.label,
        "amount": line.amount,
        "share": line.share,
        "accounts": line.accounts,
    }
    if line.name:
        row["name"] = line.name
    if line.by_class:
        row["classes"] = {str(kind): amount for kind, amount in sorted(line.by_class.items())}
    return row


def quality_answer(ledger: Ledger) -> dict[str, Any]:
    """Counters of the load, and the reported rows."""
    return {**ledger.quality.counts(), "reports": [asdict(report) for report in ledger.quality.reports]}


def chains_answer(chains: Chains) -> dict[str, Any]:
    """Chains, largest first; `chains` and `remainder` add up to `total`."""
    return {
        "of": chains.label,
        "total": chains.total,
        "remainder": chains.remainder,
        "chains": [
            {"origin": c.origin, "amount": c.amount, "steps": [_step(step) for step in c.steps]}
            for c in chains.chains
        ],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "time": moment(step.time),
        "from": step.sender,
        "to": step.receiver,
        "amount": step.amount,
        "rested_days": step.rested_days,
        "file": step.evidence.file,
        "row": step.evidence.row,
    }


def moment(micros: int) -> str:
    """µs since 1970 UTC as ISO 8601; what no calendar has, as the number of µs."""
    try:
        return (EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return f"{micros} µs"


def printed(answer: Mapping[str, Any]) -> str:
    """An answer as JSON text: UTF-8, no NaN, keys in the order given."""
    return json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=2)
