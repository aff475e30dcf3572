"""Whole processes: how soon the command line answers, and what five million rows cost it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, process, write_csv

WELLHEAD = str(Path(sys.executable).parent / "wellhead")
SIZES = (500_000, 5_000_000, 20_000_000)


def rows() -> Iterator[Row]:
    """One row a figure."""
    bare = _median([sys.executable, "-c", "pass"])
    for option in ("--version", "--help"):
        taken = _median([WELLHEAD, option])
        yield Row(
            f"wellhead {option}, warm",
            f"{taken:.3f} s ({taken / bare:.1f} x an empty Python)",
            "< 0.3 s",
            "met" if taken < 0.3 else "missed",
        )
    with tempfile.TemporaryDirectory() as folder:
        yield from _sizes(Path(folder))


def _median(command: list[str]) -> float:
    process(command)
    return sorted(process(command)[0] for _ in range(5))[2]


def _sizes(folder: Path) -> Iterator[Row]:
    for transfers in SIZES:
        path = folder / f"{transfers}.csv"
        write_csv(path, transfers, transfers // 10)
        command = [
            WELLHEAD,
            "trace",
            str(path),
            "--to",
            "A0000007",
            "--policy",
            "pro-rata",
            "--json",
            "--currency",
            "USD",
        ]
        taken, memory = process(command)
        path.unlink()
        floor, verdict = "flat memory a transfer", ""
        if transfers == 5_000_000:
            floor, verdict = "< 12 s, < 1.5 GB", "met" if taken < 12 and memory < 1.5 else "missed"
        yield Row(
            f"wellhead trace, {transfers / 1e6:g}M-row CSV, cold process, pro-rata",
            f"{taken:.1f} s, {memory:.2f} GB peak, {memory / transfers * 1e9:,.0f} bytes a transfer",
            floor,
            verdict,
        )
