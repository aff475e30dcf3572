"""What a trace offers to Python: tables, groups, pictures' sums, notebooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

import wellhead
from ledgers import DAY, Situation, ledger_of, situations
from wellhead.case.question import period_micros
from wellhead.model.entity import AccountDetail
from wellhead.model.errors import UsageError
from wellhead.tracing.result import Trace

MOVEMENTS = [(0, "A", "M", 60), (40 * DAY, "B", "M", 40), (50 * DAY, "M", "T", 50), (90 * DAY, "M", "T", 50)]
HOLDERS = (AccountDetail("A", "Ann <b>", "FR", "person"), AccountDetail("B", "Bob & Co", "DE", "company"))


def traced(policy: str = "fifo") -> Trace:
    ledger = replace(ledger_of(MOVEMENTS), details=HOLDERS)
    return wellhead.trace(ledger, to="T", policy=policy)


def test_origins_are_an_arrow_table_and_go_to_pandas() -> None:
    table = traced().origins
    assert table.column("id").to_pylist() == ["A", "B"]
    assert table.column("amount").to_pylist() == [60, 40]
    frame = table.to_pandas()
    assert frame["share"].sum() == pytest.approx(1)
    assert traced("pro-rata").origins.column("amount").to_pylist() == pytest.approx([60, 40])


def test_groups_are_split_by_class_of_holder() -> None:
    table = traced().by("country")
    assert table.column("country").to_pylist() == ["FR", "DE"]
    assert table.column("private person").to_pylist() == [60, 0]
    assert table.column("company").to_pylist() == [0, 40]
    with pytest.raises(UsageError):
        traced().by("planet")


@pytest.mark.parametrize("policy", ["fifo", "lifo", "pro-rata"])
def test_flows_and_months_add_up_to_the_receipts(policy: str) -> None:
    trace = traced(policy)
    assert sum(flow.amount for flow in trace.flows()) == pytest.approx(trace.receipts)
    months = trace.months()
    assert sum(amount for _, _, amount in months) == pytest.approx(trace.receipts)
    assert [month for month, _, _ in months] == sorted(month for month, _, _ in months)
    assert {month for month, _, _ in months} == {"1970-02", "1970-04"}


@settings(max_examples=100)
@given(situation=situations())
def test_flows_and_months_of_any_ledger_add_up(situation: Situation) -> None:
    if not situation.movements:
        return
    trace = wellhead.trace(situation.ledger, to=situation.targets, sources=situation.sources)
    assert sum(flow.amount for flow in trace.flows()) == trace.receipts
    assert sum(amount for _, _, amount in trace.months()) == trace.receipts


def test_notebooks_show_names_as_text() -> None:
    ledger = ledger_of([(0, "<script>", "T", 5)])
    trace = wellhead.trace(ledger, to="T")
    assert "<script>" not in trace._repr_html_()
    assert "&lt;script&gt;" in trace._repr_html_()
    assert "0.05 USD" in repr(trace)


def test_many_targets_are_traced_in_one_call() -> None:
    found = wellhead.trace_each(ledger_of(MOVEMENTS), {"group": ["T"], "middle": ["M"]}, policy="lifo")
    assert {name: trace.receipts for name, trace in found.items()} == {"group": 100, "middle": 100}
    assert found["group"].tracer is found["middle"].tracer


def test_a_period_is_two_days_both_included() -> None:
    trace = wellhead.trace(ledger_of(MOVEMENTS), to="T", period=(date(1970, 1, 1), date(1970, 2, 20)))
    assert trace.receipts == 50
    assert period_micros(date(1970, 1, 2), date(1970, 1, 2)) == (DAY, 2 * DAY)
    with pytest.raises(UsageError, match="before it begins"):
        period_micros(date(2015, 1, 2), date(2015, 1, 1))


def test_misuse_is_named() -> None:
    ledger = ledger_of(MOVEMENTS)
    for wrong in ({"policy": "best"}, {"criterion": "soul"}, {"to": []}, {"to": ""}):
        with pytest.raises(UsageError):
            wellhead.trace(ledger, **{"to": "T", **wrong})
    with pytest.raises(UsageError, match="no transfer"):
        wellhead.trace(ledger_of([], accounts=["T"]), to="T")
    with pytest.raises(UsageError, match="no country that money came from"):
        traced().paths("Iceland", by="country")
