"""`python -m benchmarks [tracing|load|command]`: prints the table of measurements, all from this run."""

from __future__ import annotations

import importlib
import os
import platform
import sys

PARTS = ("tracing", "load", "command")


def main(parts: list[str]) -> None:
    """Run the parts named, or all."""
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("| what | measured | floor | |\n|---|---|---|---|")
    for part in parts or PARTS:
        for row in importlib.import_module(f"benchmarks.{part}").rows():
            print(f"| {row.what} | {row.measured} | {row.floor} | {row.verdict} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
