"""The demo case: the same bytes for the same seed, and a plot that slow, obvious tracing finds as planted."""

from __future__ import annotations

import csv
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from wellhead.case.folder import read_settings
from wellhead.demo import Cell, Planted, write_case
from wellhead.demo.plot import POOLED
from wellhead.model.errors import UsageError
from wellhead.model.finding import Criterion, HolderClass
from wellhead.model.ledger import Quality
from wellhead.model.transfer import Action, Reason
from wellhead.sources import ftm
from wellhead.sources.columns import CLEAR, guess
from wellhead.sources.opened import opened
from wellhead.sources.options import ReadOptions
from wellhead.tracing.attribution import Registers, attribute

SMALL = 3_000
Movement = tuple[int, str, str, int]
LEDGERS = {"bank-a.csv": ",", "bank-b.csv": ";", "exchange-c.csv": ","}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Planted]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, write_case(folder, seed=7, transfers=SMALL)


def table(folder: Path, name: str) -> list[list[str]]:
    with (folder / "ledgers" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, delimiter=LEDGERS[name]))[1:]


def movement(row: list[str]) -> tuple[Movement, str] | None:
    """A sound row in seconds and minor units, with its currency; None for a flawed one."""
    try:
        time, sender, receiver, amount, currency, _, _ = row
        moment = datetime.fromisoformat(time)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        cents = round(Decimal(amount) * 100)
    except (ValueError, InvalidOperation):
        return None
    if not sender or not receiver or cents < 0:
        return None
    return (int(moment.timestamp()), sender, receiver, cents), currency


def movements(folder: Path) -> list[Movement]:
    """Every sound payment once, in time order, euros at 1.05 dollars (less than the euro ever was worth)."""
    seen: set[str] = set()
    found: list[Movement] = []
    for name in LEDGERS:
        own: set[str] = set()
        for row in table(folder, name):
            read = movement(row)
            if read is None or row[5] in seen:
                continue
            own.add(row[5])
            (time, sender, receiver, cents), currency = read
            found.append((time, sender, receiver, round(cents * 1.05) if currency == "EUR" else cents))
        seen |= own
    return sorted(found, key=lambda m: m[0])


def upstream(paid: Iterable[Movement], target: Iterable[str]) -> set[str]:
    """Whoever could have sent money to the target at all, the order of payments set aside."""
    payers = defaultdict(set)
    for _, sender, receiver, _ in paid:
        payers[receiver].add(sender)
    reached, waiting = set(target), list(target)
    while waiting:
        new = payers[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def traced(paid: Iterable[Movement], target: set[str], policy: str) -> dict[str, float]:
    """Origins of the target's receipts, carried forward parcel by parcel. Pro rata in floats."""
    held: dict[str, list[tuple[str, float]]] = defaultdict(list)
    found: dict[str, float] = defaultdict(float)
    for _, sender, receiver, amount in paid:
        if sender == receiver:
            continue
        going = [(sender, float(amount))] if sender in target else pay(held, sender, amount, policy)
        if receiver not in target:
            held[receiver] += going
        elif sender not in target:
            for origin, part in going:
                found[origin] += part
    return found


def pay(
    held: dict[str, list[tuple[str, float]]], sender: str, amount: float, policy: str
) -> list[tuple[str, float]]:
    holding = held[sender]
    if policy == "pro-rata":
        totals: dict[str, float] = defaultdict(float)
        for origin, part in holding:
            totals[origin] += part
        whole = sum(totals.values())
        out = min(1.0, amount / whole) if whole else 0.0
        held[sender] = [(origin, part * (1 - out)) for origin, part in totals.items()]
        going = [(origin, part * out) for origin, part in totals.items()]
        return [*going, (sender, max(0.0, amount - whole))]
    going, left = [], amount
    while holding and left > 0:
        origin, part = holding.pop(0 if policy == "fifo" else -1)
        taken = min(part, left)
        going.append((origin, taken))
        left -= taken
        if taken < part:
            holding.insert(0 if policy == "fifo" else len(holding), (origin, part - taken))
    return [*going, (sender, left)]


def cells_of(folder: Path, accounts: Iterable[str]) -> dict[str, Cell]:
    path = folder / "registers" / "register.ftm.jsonl"
    batches = [batch for file in opened(path) for batch in ftm.read(file, ReadOptions())]
    registers = Registers.from_entities(entity for batch in batches for entity in batch.entities)
    lines = attribute(sorted(accounts), registers, Criterion.RESIDENCE)
    assert not any(line.ambiguous for line in lines)
    return {line.identifier: (line.country, line.holder_class) for line in lines}


def by_cell(folder: Path, origins: dict[str, float]) -> dict[Cell, float]:
    cells = cells_of(folder, origins)
    found: dict[Cell, float] = defaultdict(float)
    for account, amount in origins.items():
        if amount > 1e-6:
            found[cells[account]] += amount
    return found


@pytest.mark.parametrize("policy", ["fifo", "lifo", "pro-rata"])
def test_every_policy_finds_what_was_planted(case: tuple[Path, Planted], policy: str) -> None:
    folder, planted = case
    found = by_cell(folder, traced(movements(folder), set(planted.target), policy))
    assert sum(found.values()) == pytest.approx(planted.receipts, rel=1e-9)
    assert set(found) == set(planted.exact)
    assert {country for country, _ in found} - {""} == set(planted.reaching)
    assert len(planted.reaching) == 40
    for cell, amount in planted.exact.items():
        more = found[cell] - amount
        assert more >= -1e-3
        if cell not in planted.pooled:
            assert more == pytest.approx(0, abs=1e-3)
    from_pool = sum(found.values()) - sum(planted.exact.values())
    assert from_pool == pytest.approx(planted.pooled_receipts, rel=1e-9)


@pytest.mark.parametrize("policy", ["fifo", "lifo", "pro-rata"])
def test_what_was_mixed_is_found_about_as_expected(case: tuple[Path, Planted], policy: str) -> None:
    folder, planted = case
    found = by_cell(folder, traced(movements(folder), set(planted.target), policy))
    expected = planted.expected()
    assert sum(expected.values()) == pytest.approx(planted.receipts)
    misplaced = sum(abs(found[cell] - expected[cell]) for cell in expected) / 2
    assert misplaced < 0.25 * planted.pooled_receipts
    assert misplaced < 0.05 * planted.receipts


def test_nothing_of_the_silent_countries_can_reach_the_group(case: tuple[Path, Planted]) -> None:
    folder, planted = case
    paid = movements(folder)
    active = {account for _, sender, receiver, _ in paid for account in (sender, receiver)}
    cells = cells_of(folder, active)
    reached = upstream(paid, planted.target)
    assert {cells[account][0] for account in reached} - {""} == set(planted.reaching)
    assert {country for country, _ in cells.values()} - {""} == {*planted.reaching, *planted.silent}
    assert len(planted.silent) == 20


def test_whoever_stands_between_never_pays_more_than_it_holds(case: tuple[Path, Planted]) -> None:
    folder, planted = case
    paid = movements(folder)
    origins = traced(paid, set(planted.target), "fifo")
    paid_in = {receiver for _, sender, receiver, _ in paid if receiver != sender}
    assert not paid_in & {account for account, amount in origins.items() if amount}


def test_the_state_pays_in_one_country_and_nobody_else_does_there(case: tuple[Path, Planted]) -> None:
    _, planted = case
    states = [country for country, kind in planted.exact if kind is HolderClass.STATE]
    assert states == [planted.state_country]
    assert [kind for country, kind in planted.exact if country == planted.state_country] == [
        HolderClass.STATE
    ]
    classes = defaultdict(set)
    for country, kind in planted.exact:
        classes[country].add(kind)
    assert sum(kinds == {HolderClass.PERSON} for kinds in classes.values()) == 22
    assert {kind for _, kind in planted.exact} == set(HolderClass)
    assert all(kind in POOLED for _, kind in planted.pooled)


def test_dirty_rows_are_counted_as_they_were_planted(case: tuple[Path, Planted]) -> None:
    folder, planted = case
    found: Counter[str] = Counter()
    references: Counter[str] = Counter()
    rows = 0
    for name in LEDGERS:
        seen: set[tuple[str, ...]] = set()
        for row in table(folder, name):
            rows += 1
            found.update(flaws(row))
            if len(row) == 7:
                found["duplicates"] += tuple(row) in seen
                references[row[5]] += tuple(row) not in seen
            seen.add(tuple(row))
    found["other_legs"] = sum(count - 1 for count in references.values())
    found["register_lines"] = planted.dirty["register_lines"]
    assert found == Counter(planted.dirty)
    assert rows == planted.rows
    assert min(planted.dirty.values()) > 0
    quality = planted.quality()
    assert set(quality) <= set(Quality().counts())
    counted_twice = found["other_legs"] + found["duplicates"] + found["self_transfers"] + found["rounded"]
    assert sum(quality.values()) - quality["rows"] - counted_twice == sum(
        found[name] for name in found if name.startswith(("missing", "bad", "negative", "ragged", "register"))
    )


def flaws(row: list[str]) -> list[str]:
    """What is wrong with a row, read the simplest way."""
    if len(row) != 7:
        return ["ragged"]
    time, sender, receiver, amount = row[:4]
    if not (time and receiver and amount):
        return ["missing_time" if not time else "missing_account" if not receiver else "missing_amount"]
    try:
        datetime.fromisoformat(time)
    except ValueError:
        return ["bad_time"]
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return ["bad_amount"]
    wrong = [
        ("negative", value < 0),
        ("rounded", value * 100 % 1 != 0),
        ("self_transfers", sender == receiver),
    ]
    return [name for name, is_so in wrong if is_so]


def test_the_register_is_valid_but_for_the_lines_that_were_planted(case: tuple[Path, Planted]) -> None:
    folder, planted = case
    path = folder / "registers" / "register.ftm.jsonl"
    reports = [r for file in opened(path) for b in ftm.read(file, ReadOptions()) for r in b.reports]
    assert {report.reason for report in reports} == {Reason.BROKEN_ROW, Reason.BAD_ENTITY}
    assert all(report.action is Action.SET_ASIDE for report in reports)
    assert len(reports) == planted.dirty["register_lines"]
    text = path.read_text("utf-8")
    for script in ("ء-ي", "а-я", "一-鿿"):
        first, last = script.split("-")
        assert any(first <= letter <= last for letter in text)


def test_ledger_headers_explain_themselves(case: tuple[Path, Planted]) -> None:
    folder, _ = case
    for name, separator in LEDGERS.items():
        header = (folder / "ledgers" / name).read_text("utf-8").splitlines()[0].split(separator)
        found = guess(header, table(folder, name)[:50], name)
        words = ("time", "sender", "receiver", "amount", "currency", "reference", "purpose")
        assert [found.mapping[word] for word in words] == header
        assert found.confidence >= CLEAR


def test_case_toml_is_a_case_and_says_that_all_is_invented(case: tuple[Path, Planted]) -> None:
    folder, planted = case
    settings = read_settings(folder)
    assert settings.claim == "Forty countries financed them"
    assert settings.target.identifiers(folder) == list(planted.target)
    assert str(settings.grade("ledgers/exchange-c.csv")) == "C3"
    text = (folder / "case.toml").read_text("utf-8")
    assert "SYNTHETIC" in text
    assert "seed 7" in text
    assert tomllib.loads(text)["title"].startswith("Synthetic")


def test_what_was_planted_is_written_down(case: tuple[Path, Planted]) -> None:
    folder, planted = case
    written: dict[str, Any] = json.loads((folder / "planted.json").read_text("utf-8"))
    assert written["receipts"] == planted.receipts
    assert sum(written["exact"].values()) + written["pooled_receipts"] == planted.receipts
    assert written["exact"][f"{planted.state_country} state body"] == 1_750_000_000


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_seed_gives_the_same_bytes_and_another_deals_anew(
    case: tuple[Path, Planted], tmp_path: Path
) -> None:
    folder, planted = case
    assert write_case(tmp_path / "again", 7, SMALL) == planted
    assert contents(tmp_path / "again") == contents(folder)
    other = write_case(tmp_path / "other", 8, SMALL)
    assert other.reaching != planted.reaching


def test_the_number_of_rows_is_about_what_was_asked(tmp_path: Path) -> None:
    assert write_case(tmp_path / "many", 1, 30_000).rows == pytest.approx(30_000, rel=0.05)
    with pytest.raises(UsageError, match="too few"):
        write_case(tmp_path / "few", 1, 100)
    assert not (tmp_path / "few").exists()
