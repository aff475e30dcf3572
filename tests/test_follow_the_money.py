"""An outside oracle: the trajectories that follow-the-money (Mattsson & Takes 2021) finds, lifo and well mixed.

There, deposits enter the system from outside and withdrawals leave it, though the account named may also be
inside; here the outside ends get names of their own and are sources and targets.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ledgers import ledger_of
from wellhead.tracing.oracle import Movement
from wellhead.tracing.paths import largest_chains
from wellhead.tracing.tracer import Tracer

MICROSECONDS_AN_HOUR = 3_600_000_000
CASES = [
    ("1_base_functionality", "account_txns.csv", "account_config.json", "account"),
    ("1_base_functionality", "network_txns.csv", "network_config.json", "network"),
    ("6_system_boundaries", "network_txns_t.csv", "network_config_t.json", "network_txn"),
]


def movements_of(folder: Path, txns: str, config: dict[str, Any]) -> tuple[list[Movement], list[str]]:
    movements, ids = [], []
    with (folder / txns).open(newline="") as stream:
        for row in csv.DictReader(stream, fieldnames=config["transaction_header"]):
            kind = config["transaction_categories"][row["type"]]
            moment = datetime.strptime(row["timestamp"], config["timeformat"])  # noqa: DTZ007
            sender = row["src_ID"] + (" (outside)" if kind == "deposit" else "")
            receiver = row["tgt_ID"] + (" (outside)" if kind == "withdraw" else "")
            micros = round((moment - datetime(1970, 1, 1)).total_seconds() * 10**6)  # noqa: DTZ001
            movements.append((micros, sender, receiver, round(float(row["amt"]) * 100)))
            ids.append(row["txn_ID"])
    return movements, ids


def trajectories(path: Path) -> Counter[tuple[tuple[str, ...], float, float]]:
    """(transactions, amount, hours) of every flow from a deposit to a withdrawal."""
    with path.open(newline="") as stream:
        return Counter(
            (
                tuple(row["txn_IDs"].strip("[]").split(",")),
                round(float(row["trj_amt"]), 2),
                round(float(row["trj_dur"]), 2),
            )
            for row in csv.DictReader(stream)
            if row["trj_categ"] == "(deposit,withdraw)"
        )


@pytest.mark.parametrize(("folder", "txns", "config", "stem"), CASES)
@pytest.mark.parametrize(("policy", "theirs"), [("lifo", "lifo"), ("pro-rata", "mixed")])
def test_the_same_trajectories(
    shared_data: Callable[..., Path],
    folder: str,
    txns: str,
    config: str,
    stem: str,
    policy: str,
    theirs: str,
) -> None:
    example = shared_data("ledgers", "follow_the_money_vectors", "examples", folder)
    expected_file = example / "output" / f"{stem}_flows_{theirs}.csv"
    if not expected_file.exists():
        pytest.skip(f"{folder} has no expected flows for {theirs}")
    movements, ids = movements_of(example, txns, json.loads((example / config).read_text()))
    ledger = ledger_of(movements)
    tracer = Tracer(ledger)
    outside = [name for name in ledger.accounts if name.endswith("(outside)")]
    receiving = {m[2] for m in movements}
    targets = [name for name in outside if name in receiving]
    paying = {m[1] for m in movements}
    boundary = tracer.boundary(targets, [n for n in outside if n in paying and n not in receiving])
    deposits = np.array([i for i, n in enumerate(ledger.accounts) if n.endswith("(outside)")], np.int32)
    found = largest_chains(tracer, boundary, policy, deposits, "outside", most=500)
    assert found.remainder == pytest.approx(0, abs=1e-6)
    ours = Counter(
        (
            tuple(ids[step.evidence.row - 1] for step in chain.steps),
            round(chain.amount / 100, 2),
            round((chain.steps[-1].time - chain.steps[0].time) / MICROSECONDS_AN_HOUR, 2),
        )
        for chain in found.chains
    )
    assert ours == trajectories(expected_file)
    assert ours
