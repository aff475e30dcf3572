"""Real ledgers, traced whole: conservation to the cent, and figures that were published."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import wellhead
from wellhead.model.money import currency, to_minor
from wellhead.tracing.oracle import poison_forward, trace_forward

CASES = {"HB": 3887, "LIFI": 135, "Atomic": 1080, "XScam": 1307, "54m": 292}
HACKER = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"


def listed(path: Path) -> list[str]:
    return path.read_text().split()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("policy", ["fifo", "lifo", "pro-rata", "poison"])
def test_mftracer_cases_equal_the_oracle(shared_data: Callable[..., Path], name: str, policy: str) -> None:
    folder = shared_data("ledgers", "mftracer_ground_truth")
    ledger = wellhead.read_ledger(folder / f"{name}.csv", currency="USD")
    assert len(ledger) == CASES[name]
    terminals, sources = listed(folder / f"{name}.terminal.csv"), listed(folder / f"{name}.source.csv")
    traced = wellhead.trace(ledger, to=terminals, sources=sources, policy=policy)
    names = ledger.accounts
    movements = [
        (t, names[s], names[r], a)
        for t, s, r, a in zip(
            *(column.tolist() for column in (ledger.time, ledger.sender, ledger.receiver, ledger.amount)),
            strict=True,
        )
    ]
    ends = {traced.tracer.accounts.find(x) for x in terminals}
    starts = {traced.tracer.accounts.find(x) for x in sources}
    targets = [names[x] for x in ends if x is not None]
    boundaries = [names[x] for x in starts if x is not None]
    if policy == "pro-rata":
        expected = pro_rata_in_floats(movements, set(targets), set(boundaries))
    elif policy == "poison":
        expected = dict(poison_forward(movements, targets, boundaries).origins)
    else:
        expected = dict(trace_forward(movements, targets, boundaries, policy).origins)
    found = {line.id: line.amount for line in traced.lines}
    if policy == "pro-rata":
        assert sum(found.values()) == pytest.approx(traced.receipts, rel=1e-9)
        for name_ in {*found, *expected}:
            assert found.get(name_, 0) == pytest.approx(expected.get(name_, 0), abs=1e-6 * traced.receipts)
    else:
        assert found == {origin: part for origin, part in expected.items() if part}
        if policy != "poison":
            assert sum(found.values()) == traced.receipts


def pro_rata_in_floats(
    movements: list[tuple[int, str, str, int]], targets: set[str], sources: set[str]
) -> dict[str, float]:
    """Dictionaries of origins carried forward; exact fractions would grow without bound on these ledgers."""
    held: dict[str, dict[str, float]] = defaultdict(dict)
    balance: dict[str, int] = defaultdict(int)
    found: dict[str, float] = defaultdict(float)
    for _, sender, receiver, amount in movements:
        if sender == receiver or not amount:
            continue
        if sender in targets or sender in sources:
            parts = {sender: float(amount)}
        else:
            share = min(1.0, amount / balance[sender]) if balance[sender] else 0.0
            parts = {origin: part * share for origin, part in held[sender].items()}
            held[sender] = {} if share == 1 else {o: p * (1 - share) for o, p in held[sender].items()}
            born = max(0, amount - balance[sender])
            if born:
                parts[sender] = parts.get(sender, 0) + born
        balance[sender] = max(0, balance[sender] - amount)
        balance[receiver] += amount
        if receiver in targets:
            if sender not in targets:
                for origin, part in parts.items():
                    found[origin] += part
        elif receiver not in sources:
            for origin, part in parts.items():
                held[receiver][origin] = held[receiver].get(origin, 0) + part
    return dict(found)


def test_what_came_into_the_ronin_thief_s_address_and_went_out(shared_data: Callable[..., Path]) -> None:
    path = shared_data("ledgers", "lazarus_ronin_eth") / "LazarusTabularTxs1322519.csv"
    ledger = wellhead.read_ledger(path)
    assert ledger.currency.code == "ETH"
    into = wellhead.trace(ledger, to=HACKER)
    assert into.receipts / 10**9 == pytest.approx(8_565.903, abs=0.001)
    hacker = into.tracer.accounts.find(HACKER)
    outward = int(ledger.amount[(ledger.sender == hacker) & (ledger.receiver != hacker)].sum())
    assert outward / 10**9 == pytest.approx(182_163.956, abs=0.001)


def test_fincen_files_by_country_pair(shared_data: Callable[..., Path]) -> None:
    path = shared_data("ledgers", "fincen_files") / "download_transactions_map.csv"
    columns = {
        "time": "begin_date",
        "sender": "originator_bank_id",
        "receiver": "beneficiary_bank_id",
        "amount": "amount_transactions",
        "sender_country": "originator_iso",
        "receiver_country": "beneficiary_iso",
    }
    ledger = wellhead.read_ledger(path, columns=columns, currency="USD")
    dated, countries = Decimal(0), set()
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["begin_date"].strip() and row["beneficiary_iso"] == "LVA":
                amount, _ = to_minor(row["amount_transactions"], currency("USD"))
                dated += amount if row["originator_bank_id"] != row["beneficiary_bank_id"] else 0
                countries.add(row["originator_iso"])
    latvian = [detail.identifier for detail in ledger.details if detail.country in ("LV", "LVA")]
    traced = wellhead.trace(ledger, to=latvian, policy="fifo")
    assert traced.receipts <= int(dated)
    by_country = {line.label: line.amount for line in traced.groups("country")}
    assert sum(by_country.values()) == traced.receipts
    assert len(by_country) > 5
