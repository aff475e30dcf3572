"""The command line as its user meets it: whole processes in an empty folder."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

WELLHEAD = str(Path(sys.executable).parent / "wellhead")
LEDGER = """Timestamp,From,To,Value
2024-01-01 10:00:00,A,M,60.00
2024-01-02 10:00:00,B,M,40.00
2024-01-03 10:00:00,M,T,50.00
2024-01-09 10:00:00,M,T,30.00
"""
REGISTER = """{"id":"acc-a","schema":"BankAccount","properties":{"accountNumber":["A"]}}
{"id":"p","schema":"Person","properties":{"name":["Ann"],"country":["fr"]}}
{"id":"o1","schema":"Ownership","properties":{"owner":["p"],"asset":["acc-a"]}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ledger.csv").write_text(LEDGER)
    return tmp_path


def wellhead(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WELLHEAD, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def answer(folder: Path, *arguments: str) -> dict[str, Any]:
    done = wellhead(folder, "trace", "ledger.csv", *arguments, "--currency", "USD", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("fifo", {"A": 6000, "B": 2000}), ("lifo", {"A": 4000, "B": 4000}), ("poison", {"A": 8000, "B": 8000})],
)
def test_trace_answers_in_whole_minor_units(folder: Path, policy: str, expected: dict[str, int]) -> None:
    found = answer(folder, "--to", "T", "--policy", policy)
    assert (found["currency"], found["minor_units"], found["policy"]) == ("USD", 2, policy)
    assert found["receipts"] == 8000
    assert {row["id"]: row["amount"] for row in found["origins"]} == expected
    assert all(row["share"] == row["amount"] / 8000 for row in found["origins"])
    quality = found["quality"]
    assert (quality["rows"], quality["loaded"], quality["duplicates"], quality["ties"]) == (4, 4, 0, 0)


def test_pro_rata_answers_in_numbers(folder: Path) -> None:
    found = answer(folder, "--to", "T", "--policy", "pro-rata")
    assert {row["id"]: row["amount"] for row in found["origins"]} == pytest.approx({"A": 4800, "B": 3200})


def test_each_target_may_be_traced_by_itself(folder: Path) -> None:
    found = answer(folder, "--to", "T", "--to", "M", "--each")["targets"]
    assert {name: one["receipts"] for name, one in found.items()} == {"T": 8000, "M": 10000}
    together = answer(folder, "--to", "T", "--to", "M")
    assert together["receipts"] == 10000


def test_lists_of_accounts_may_be_files(folder: Path) -> None:
    (folder / "to.txt").write_text("T\n\n# a comment\nX\n")
    (folder / "from.txt").write_text("M\n")
    found = answer(folder, "--to", "to.txt", "--from", "from.txt")
    assert {row["id"]: row["amount"] for row in found["origins"]} == {"M": 8000}
    assert found["missing"]["to"] == ["X"]


def test_paths_tell_every_step(folder: Path) -> None:
    paths = answer(folder, "--to", "T", "--paths", "2")["paths"]
    largest = paths["chains"][0]
    assert (largest["origin"], largest["amount"]) == ("A", 5000)
    assert [(s["from"], s["to"], s["row"]) for s in largest["steps"]] == [("A", "M", 1), ("M", "T", 3)]
    assert largest["steps"][1]["rested_days"] == 2.0
    assert paths["remainder"] == 8000 - sum(c["amount"] for c in paths["chains"])


def test_a_horizon_leaves_old_money_where_it_rested(folder: Path) -> None:
    found = answer(folder, "--to", "T", "--max-rest", "7d")
    rows = {row["id"]: (row["amount"], row.get("unfollowed", 0)) for row in found["origins"]}
    assert rows == {"A": (5000, 0), "B": (2000, 0), "M": (1000, 1000)}


def test_a_period_counts_its_receipts_alone(folder: Path) -> None:
    assert answer(folder, "--to", "T", "--since", "2024-01-09")["receipts"] == 3000
    assert answer(folder, "--to", "T", "--until", "2024-01-08")["receipts"] == 5000


def test_countries_come_from_a_register(folder: Path) -> None:
    (folder / "register.json").write_text(REGISTER)
    done = wellhead(
        folder,
        "trace",
        "ledger.csv",
        "register.json",
        "--to",
        "T",
        "--by",
        "country",
        "--currency",
        "USD",
        "--json",
    )
    rows = {row["id"]: row for row in json.loads(done.stdout)["origins"]}
    assert rows["FR"]["amount"] == 6000
    assert rows["FR"]["classes"] == {"private person": 6000}
    assert rows["unknown"]["amount"] == 2000


def test_the_table_for_people_adds_up(folder: Path) -> None:
    done = wellhead(
        folder, "trace", "ledger.csv", "--to", "T", "--currency", "USD", "--limit", "1", "--paths", "1"
    )
    assert "80.00 USD reached the target in 2 payments" in done.stdout
    assert "1 other origin" in done.stdout
    assert "30.00 USD came by other chains" in done.stdout
    assert "4 rows, 4 loaded, 0 set aside" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("trace", "ledger.csv", "--to", "NOBODY"), 2, "The target account 'NOBODY' does not occur"),
        (("trace", "ledger.csv", "--to", "T", "--from", "T"), 2, "source and target at once"),
        (("trace", "missing.csv", "--to", "T"), 3, "missing.csv: no such file"),
        (("trace", "ledger.csv", "--to", "T", "--max-rest", "long"), 2, "is no length of time"),
        (("trace", "ledger.csv", "--to", "T", "--since", "tomorrow"), 2, "is no day"),
        (("trace", "ledger.csv", "--to", "T", "--columns", "time"), 2, "is no mapping"),
        (("trace", "ledger.csv", "--to", "T", "--columns", "time=When,sender=From"), 2, "When"),
        (("trace", "ledger.csv", "--to", "T", "--currency", "BEADS"), 2, "BEADS"),
        (("trace", "ledger.csv", "--to", "T", "--policy", "best"), 2, "best"),
        (("trace", "ledger.csv", "--to", "T", "--policy", "poison", "--paths", "1"), 2, "has no paths"),
        (("run", "."), 5, "is no case"),
        (("status", "nowhere"), 5, "is no case"),
    ],
)
def test_errors_say_what_is_wrong_and_exit_as_documented(
    folder: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = wellhead(folder, *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_strict_refuses_reported_rows(folder: Path) -> None:
    with (folder / "ledger.csv").open("a") as stream:
        stream.write("2024-01-10 10:00:00,M,T,-5\n")
    assert wellhead(folder, "trace", "ledger.csv", "--to", "T", "--currency", "USD").returncode == 0
    done = wellhead(folder, "trace", "ledger.csv", "--to", "T", "--currency", "USD", "--strict")
    assert done.returncode == 4
    assert "1 row was set aside" in done.stderr


def test_an_interrupted_demo_leaves_a_case_that_can_go_on(tmp_path: Path) -> None:
    with subprocess.Popen(
        [WELLHEAD, "demo", "case", "--transfers", "20000"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        while not (tmp_path / "case" / "case.duckdb").exists() and running.poll() is None:
            time.sleep(0.02)
        time.sleep(0.3)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert running.returncode in (130, 0)
    assert "Traceback" not in told
    assert wellhead(tmp_path, "run", "case").returncode == 0
    assert (tmp_path / "case" / "report.html").exists()


def test_new_then_run_then_status(folder: Path) -> None:
    assert wellhead(folder, "new", "case").returncode == 0
    (folder / "ledger.csv").rename(folder / "case" / "ledgers" / "bank.csv")
    (folder / "case" / "target.txt").write_text("T\n")
    settings = folder / "case" / "case.toml"
    settings.write_text(settings.read_text().replace("#currency", "currency"))
    waiting = json.loads(wellhead(folder, "status", "case", "--json").stdout)
    assert waiting["waiting"] == ["ledgers/bank.csv"]
    done = wellhead(folder, "run", "case", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["receipts"] == 8000
    assert "There is a report" in wellhead(folder, "status", "case").stdout
    assert wellhead(folder, "new", "case").returncode == 5
