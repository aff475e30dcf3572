"""Timing, and ledgers to time on."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wellhead.model.ledger import Ledger
from wellhead.model.money import currency

SEED = 2015


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, how much, and what it is held against."""

    what: str
    measured: str
    floor: str
    verdict: str = ""


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """The median wall time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def process(command: Sequence[str], cwd: Path | None = None) -> tuple[float, float]:
    """Wall seconds and peak memory (GB) of a whole process."""
    probe = (
        "import resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(time.perf_counter() - start, peak)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *command], capture_output=True, text=True, check=True, cwd=cwd
    )
    wall, peak = done.stdout.split()
    return float(wall), int(peak) / 1e6


def peak_memory() -> float:
    """This process's peak resident memory in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def draw_accounts(
    rng: np.random.Generator, skew: str, transfers: int, accounts: int
) -> npt.NDArray[np.int32]:
    """Accounts uniform, or Zipf-distributed (exponent 0.8) in random order."""
    if skew == "uniform":
        return rng.integers(0, accounts, transfers, dtype=np.int32)
    weights = np.arange(1, accounts + 1) ** -0.8
    cumulative = np.cumsum(weights / weights.sum())
    rank = np.minimum(np.searchsorted(cumulative, rng.random(transfers)), accounts - 1)
    return rng.permutation(accounts).astype(np.int32)[rank]


def random_ledger(skew: str, transfers: int = 5_000_000, accounts: int = 500_000) -> Ledger:
    """A ledger of log-normal amounts, one transfer a second."""
    rng = np.random.default_rng(SEED)
    return Ledger(
        time=np.arange(transfers, dtype=np.int64) * 1_000_000,
        sender=draw_accounts(rng, skew, transfers, accounts),
        receiver=draw_accounts(rng, skew, transfers, accounts),
        amount=np.exp(rng.normal(10, 1.5, transfers)).astype(np.int64) + 1,
        file=np.zeros(transfers, np.int16),
        row=np.arange(1, transfers + 1, dtype=np.int64),
        accounts=[f"A{k:07d}" for k in range(accounts)],
        opening=np.zeros(accounts, np.int64),
        currency=currency("USD"),
    )


def write_csv(path: Path, transfers: int, accounts: int) -> None:
    """A ledger as CSV: time, sender, receiver, amount."""
    import duckdb

    engine = duckdb.connect()
    engine.execute("SET enable_progress_bar = false")
    engine.execute("SELECT setseed(0.5)")
    engine.execute(
        f"""COPY (
            SELECT strftime(TIMESTAMP '2014-01-01' + to_seconds(i), '%Y-%m-%d %H:%M:%S') AS time,
                   printf('A%07d', (random() * {accounts})::INTEGER) AS sender,
                   printf('A%07d', (random() * {accounts})::INTEGER) AS receiver,
                   printf('%.2f', exp(random() * 10)) AS amount
            FROM range({transfers}) t(i)
        ) TO '{path}' (HEADER)"""
    )
