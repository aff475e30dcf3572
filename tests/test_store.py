"""The case file: whole or untouched, loaded once, one process at a time, and exact about what it holds."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pouring import load, load_text, source
from wellhead.model.batch import Batch, OpeningBalance
from wellhead.model.entity import Entity
from wellhead.model.errors import CaseError, CaseLocked, CaseVersion
from wellhead.model.transfer import Action, Reason, RowReport, Transfer, canonical_account
from wellhead.sources.options import ReadOptions
from wellhead.sources.readers import read_path
from wellhead.store.accounts import spell
from wellhead.store.case_file import MEMORY, CaseFile, migrations
from wellhead.store.load import Selection, load_ledger

USD = ReadOptions(currency="USD")
DAY = 86_400_000_000


def ledger_file(folder: Path, name: str, rows: int, first: int = 1) -> Path:
    path = folder / name
    lines = [f"2024-01-{n % 28 + 1:02d},S{n % 97},R{n % 89},{n}.25\n" for n in range(first, first + rows)]
    path.write_text("time,sender,receiver,amount\n" + "".join(lines))
    return path


def poured(case: CaseFile, path: Path) -> list[bool]:
    """Pour a file; whether each of its tables was in the case already."""
    return [case.pour(file.source, file.records).already for file in read_path(path, USD)]


def state(path: Path) -> dict[str, int]:
    with CaseFile.open(path) as case:
        tables = ("source_file", "account", "transfer", "row_report", "account_detail")
        return {name: case.engine.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in tables}


# --- one file, one transaction ------------------------------------------------------------------------------


def test_loading_twice_is_loading_once(tmp_path: Path) -> None:
    one, again = ledger_file(tmp_path, "one.csv", 500), tmp_path / "copy of one.csv"
    again.write_bytes(one.read_bytes())
    with CaseFile.open(tmp_path / "case.duckdb") as case:
        assert poured(case, one) == [False]
        before = load_ledger(case)
        assert poured(case, one) == [True]
        assert poured(case, again) == [True]
        after = load_ledger(case)
    assert (before.amount == after.amount).all()
    assert after.quality == before.quality
    assert state(tmp_path / "case.duckdb")["source_file"] == 1


def test_a_ledger_from_a_reopened_case_is_the_one_from_memory(tmp_path: Path) -> None:
    files = [ledger_file(tmp_path, f"{n}.csv", 400, first=n * 300) for n in range(3)]
    with CaseFile.open(tmp_path / "case.duckdb") as case:
        for path in files:
            poured(case, path)
    with CaseFile.open(tmp_path / "case.duckdb") as case:
        stored = load_ledger(case)
    fresh = load(*files, options=USD).ledger
    for name in ("time", "sender", "receiver", "amount", "file", "row"):
        assert (getattr(stored, name) == getattr(fresh, name)).all()
    assert (list(stored.accounts), stored.files, stored.quality) == (
        list(fresh.accounts),
        fresh.files,
        fresh.quality,
    )


KILLED = """
import sys
from pathlib import Path
from wellhead.sources.options import ReadOptions
from wellhead.sources.readers import read_path
from wellhead.store.case_file import CaseFile
with CaseFile.open(sys.argv[1]) as case:
    print("open", flush=True)
    for file in read_path(Path(sys.argv[2]), ReadOptions(currency="USD")):
        case.pour(file.source, file.records)
    print("poured", flush=True)
"""


def start_loading(path: Path, ledger: Path) -> subprocess.Popen[str]:
    """A process that has the case open and begins to pour."""
    loading = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), str(ledger)], stdout=subprocess.PIPE, text=True
    )
    assert loading.stdout is not None
    assert loading.stdout.readline() == "open\n"
    return loading


def test_a_load_killed_at_any_moment_leaves_the_case_as_it_was_or_complete(tmp_path: Path) -> None:
    base, whole = tmp_path / "base.duckdb", tmp_path / "whole.duckdb"
    with CaseFile.open(base) as case:
        poured(case, ledger_file(tmp_path, "first.csv", 100))
    second = ledger_file(tmp_path, "second.csv", 200_000, first=1000)
    whole.write_bytes(base.read_bytes())
    began = time.monotonic()
    with start_loading(whole, second) as loading:
        took = time.monotonic() - began
        loading.wait()
        took = max(time.monotonic() - began - took, 0.05)
    before, complete = state(base), state(whole)
    assert (before["transfer"], complete["transfer"]) == (100, 200_100)
    chance = random.Random(20240101)
    for part in [0.0, *(chance.uniform(0.05, 1.1) for _ in range(9))]:
        killed = tmp_path / f"killed at {part:.3f}.duckdb"
        killed.write_bytes(base.read_bytes())
        with start_loading(killed, second) as loading:
            time.sleep(part * took)
            loading.send_signal(signal.SIGKILL)
        assert state(killed) in (before, complete)
        with CaseFile.open(killed) as case:
            poured(case, second)
        assert state(killed) == complete


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_a_load_stopped_within_leaves_the_case_usable(tmp_path: Path, stop: type[BaseException]) -> None:
    path = ledger_file(tmp_path, "one.csv", 50)
    with CaseFile.open(MEMORY) as case:

        def interrupt(_what: str, share: float) -> None:
            if share > 0.5:
                raise stop

        (file,) = read_path(path, USD)
        with pytest.raises(stop):
            case.pour(file.source, file.records, interrupt)
        assert case.sources() == ()
        assert poured(case, path) == [False]
        assert len(load_ledger(case)) == 50


def test_a_reader_that_breaks_down_leaves_nothing_behind() -> None:
    def records() -> Iterator[Batch]:
        yield Batch((Transfer(1, 0, "A", "B", 5, "USD"),), (Entity("p", "Person", {"name": ("P",)}),), rows=2)
        raise OSError("disk gone")

    with CaseFile.open(MEMORY) as case:
        with pytest.raises(OSError, match="disk gone"):
            case.pour(source("m.xml"), records())
        counts = [
            case.engine.execute(f"SELECT count(*) FROM {t}").fetchall()[0][0] for t in ("transfer", "entity")
        ]
        assert counts == [0, 0]


# --- one process, one version -------------------------------------------------------------------------------


def test_a_case_open_elsewhere_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "case.duckdb"
    script = f"""
import sys
from wellhead.store.case_file import CaseFile
with CaseFile.open({str(path)!r}):
    print("open", flush=True)
    sys.stdin.readline()
"""
    other = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    with pytest.raises(CaseLocked, match="open in another process"):
        CaseFile.open(path)
    other.communicate("\n")
    with CaseFile.open(path) as case:
        assert case.sources() == ()


def test_a_case_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.duckdb"
    with CaseFile.open(path) as case:
        case.engine.execute("INSERT INTO case_version VALUES ($n)", {"n": len(migrations()) + 1})
    with pytest.raises(CaseVersion, match="Update Wellhead"):
        CaseFile.open(path)


def test_other_files_are_no_case(tmp_path: Path) -> None:
    text, other = tmp_path / "text.duckdb", tmp_path / "other.duckdb"
    text.write_text("no database" * 1000)
    with duckdb.connect(str(other)) as engine:
        engine.execute("CREATE TABLE precious (x INTEGER)")
    for path in (text, other, tmp_path / "no folder" / "case.duckdb"):
        with pytest.raises(CaseError):
            CaseFile.open(path)
    with duckdb.connect(str(other)) as engine:
        assert engine.execute("SHOW TABLES").fetchall() == [("precious",)]


# --- what messages bring ------------------------------------------------------------------------------------


def test_batches_keep_every_record(tmp_path: Path) -> None:
    named = {
        "sender_name": "Ann",
        "sender_country": "DE",
        "receiver_bank": "COBADEFF",
        "reference": "r",
        "purpose": "p",
    }
    batches = [
        Batch((Transfer(2, 20, "A", "B", 500, "USD", **named), Transfer(1, 10, "B", "B", 1, "USD")), rows=3,
              reports=(RowReport("m", 3, Reason.BAD_TIME, Action.SET_ASIDE, "no date"),)),
        Batch(entities=(Entity("p", "Person", {"name": ("P", "Q")}, row=4),), rows=1),
        Batch((Transfer(5, 5, "A", "C", -7, "USD"), Transfer(6, 5, "", "C", 7, "USD")), rows=2,
              openings=(OpeningBalance(7, "A", 900, "USD"), OpeningBalance(8, "D", -20, "USD"))),
    ]  # fmt: skip
    with CaseFile.open(MEMORY) as case:
        done = case.pour(source("m", kind="iso20022"), iter(batches))
        ledger = load_ledger(case)
        texts = case.engine.execute(
            "SELECT reference, purpose, receiver_bank FROM transfer WHERE row = 2"
        ).fetchall()
    assert (done.rows, done.loaded, done.set_aside) == (6, 3, 3)
    assert ledger.time.tolist() == [10, 20]
    assert ledger.row.tolist() == [1, 2]
    assert [ledger.accounts[i] for i in ledger.sender] == ["B", "A"]
    assert dict(zip(ledger.accounts, ledger.opening.tolist(), strict=True)) == {"A": 900, "B": 0, "D": -20}
    assert (ledger.quality.rows, ledger.quality.loaded) == (5, 2)
    assert (ledger.quality.unreadable, ledger.quality.negative, ledger.quality.missing) == (1, 1, 1)
    assert [(e.id, e.schema, dict(e.properties), e.file, e.row) for e in ledger.entities] == [
        ("p", "Person", {"name": ("P", "Q")}, "m", 4)
    ]
    assert [(d.identifier, d.name, d.country, d.bank, d.row) for d in ledger.details] == [
        ("A", "Ann", "DE", "", 2),
        ("B", "", "", "COBADEFF", 2),
    ]
    assert texts == [("r", "p", "COBADEFF")]


def test_what_is_said_of_a_holder_first_is_kept_and_contradictions_are_reported(tmp_path: Path) -> None:
    one, two = tmp_path / "1.csv", tmp_path / "2.csv"
    head = "time,sender,receiver,amount,sender_name,sender_country,receiver_name\n"
    one.write_text(head + "2024-01-01,A,B,1,,DE,Bo\n2024-01-02,A,B,1,Ann,DE,Bo\n2024-01-03,A,B,1,Eve,DE,BO\n")
    two.write_text(head + "2024-01-01,A,C,1,Ann,FR,Cy\n")
    loaded = load(one, two, options=USD)
    assert [(d.identifier, d.name, d.country) for d in loaded.ledger.details] == [
        ("A", "Ann", "DE"),
        ("B", "Bo", ""),
        ("C", "Cy", ""),
    ]
    contradictions = [(r.file[-5:], r.detail) for r in loaded.reports if r.reason is Reason.CONTRADICTION]
    assert [(file, detail.split(" has ")[0], detail[-3:]) for file, detail in contradictions] == [
        ("1.csv", "account A", "Ann"),
        ("2.csv", "account A", " DE"),
    ]


# --- selecting a ledger -------------------------------------------------------------------------------------


def test_ties_keep_the_order_of_files_and_rows(tmp_path: Path) -> None:
    late, early = tmp_path / "b.csv", tmp_path / "a.csv"
    late.write_text("time,sender,receiver,amount\n2024-01-02,A,B,1\n2024-01-01,A,B,2\n2024-01-02,A,B,3\n")
    early.write_text("time,sender,receiver,amount\n2024-01-02,A,B,4\n2024-01-01,A,B,5\n")
    ledger = load(late, early, options=USD).ledger
    assert ledger.amount.tolist() == [200, 500, 100, 300, 400]
    assert ledger.quality.ties == 3


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 10**6)), min_size=2, max_size=60), st.booleans())
@settings(max_examples=40)
def test_time_order_is_a_stable_sort(items: list[tuple[int, int]], fine: bool) -> None:
    unit = 1 if fine else 1_000_000
    transfers = [Transfer(n, t * unit, "A", "B", a, "USD") for n, (t, a) in enumerate(items, 1)]
    with CaseFile.open(MEMORY) as case:
        case.pour(source("m"), [Batch(tuple(transfers), rows=len(transfers))])
        ledger = load_ledger(case)
    expected = sorted(transfers, key=lambda transfer: transfer.time)
    assert ledger.row.tolist() == [transfer.row for transfer in expected]
    assert ledger.amount.tolist() == [transfer.amount for transfer in expected]


def test_every_row_is_accounted_for_in_a_part_of_the_ledger(tmp_path: Path) -> None:
    rows = [
        "2024-01-01,A,B,1",
        "2024-01-02,A,B,2",
        "2024-01-02,A,B,2",
        "2024-01-03,A,B,-3",
        "2024-01-05,A,B,4",
        "x,A,B,5",
    ]
    text = "time,sender,receiver,amount\n" + "\n".join(rows)
    day = 19_723 * DAY
    selection = Selection(start=day + DAY, end=day + 3 * DAY, drop_duplicates=True)
    quality = load_text(tmp_path, text, USD, selection=selection).ledger.quality
    assert (quality.rows, quality.loaded, quality.outside) == (6, 1, 2)
    assert (quality.negative, quality.unreadable, quality.duplicates_dropped) == (1, 1, 1)


def test_legs_that_are_not_overruled_are_left_out(tmp_path: Path) -> None:
    with CaseFile.open(MEMORY) as case:
        poured(case, ledger_file(tmp_path, "one.csv", 4))
        case.engine.execute("INSERT INTO leg VALUES (0, 2, 0, 1, 'rule', false), (0, 3, 0, 1, 'rule', true)")
        ledger = load_ledger(case)
    assert sorted(ledger.row.tolist()) == [1, 3, 4]
    assert (ledger.quality.other_legs, ledger.quality.rows, ledger.quality.loaded) == (1, 4, 3)


def test_sums_beyond_64_bits_cost_the_largest_rows(tmp_path: Path) -> None:
    text = "time,sender,receiver,amount\n" + "2024-01-01,A,B,50000000000000000\n" * 2 + "2024-01-01,A,B,7\n"
    loaded = load_text(tmp_path, text, USD)
    assert sorted(loaded.amounts) == [700, 5 * 10**18]
    assert loaded.ledger.quality.unreadable == 1
    assert [r.row for r in loaded.reports if "64 bits" in r.detail] == [1]


def test_an_empty_case_is_an_empty_ledger() -> None:
    with CaseFile.open(MEMORY) as case:
        ledger = load_ledger(case)
    assert (len(ledger), ledger.currency.code, ledger.time.dtype, ledger.sender.dtype) == (
        0,
        "XXX",
        np.dtype("int64"),
        np.dtype("int32"),
    )


# --- accounts -----------------------------------------------------------------------------------------------

identifiers = st.one_of(
    st.text("abAB01 x\\-é", max_size=8),
    st.text("abcdefABCDEF0123456789", min_size=40, max_size=40).map(lambda h: "0x" + h),
    st.text("abcdefABCDEF0123456789", min_size=40, max_size=40).map(lambda h: "\\x" + h),
    st.sampled_from(["DE89370400440532013000", "de89 3704 0044 0532 0130 00", " DE89370400440532013000\t"]),
    st.text("deDE89 ", min_size=15, max_size=34),
)


@given(st.lists(identifiers, min_size=1, max_size=30))
@settings(max_examples=60)
def test_accounts_are_one_where_their_canonical_form_is(names: list[str]) -> None:
    with CaseFile.open(MEMORY) as case:
        case.engine.execute(
            "CREATE TEMP TABLE met AS SELECT unnest($names) AS identifier, 1 AS row, 0 AS side",
            {"names": names},
        )
        spell(case.engine, "SELECT identifier, rowid AS row, side FROM temp.met")
        spell(case.engine, "SELECT identifier, rowid AS row, side FROM temp.met")
        found = dict(case.engine.execute("SELECT identifier, account FROM temp.spelling").fetchall())
        accounts = case.engine.execute("SELECT id, identifier, canonical FROM account ORDER BY id").fetchall()
    firsts: dict[str, str] = {}
    for name in names:
        firsts.setdefault(canonical_account(name), name.strip())
    assert [(canonical, identifier) for _, identifier, canonical in accounts] == list(firsts.items())
    assert {name: accounts[found[name]][2] for name in names} == {
        name: canonical_account(name) for name in names
    }
