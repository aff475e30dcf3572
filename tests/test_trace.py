"""Every policy against the slow forward tracer, and the cases by which the definition was understood."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from ledgers import DAY, Situation, ledger_of, situations
from wellhead.model.errors import UnknownAccount, UsageError
from wellhead.tracing.oracle import Traced, poison_forward, trace_forward
from wellhead.tracing.paths import largest_chains
from wellhead.tracing.tracer import Boundary, Tracer

CONSERVING = ("fifo", "lifo", "pro-rata")


def slowly(situation: Situation, policy: str) -> Traced:
    arguments = (situation.movements, situation.targets, situation.sources)
    if policy == "poison":
        return poison_forward(*arguments, situation.opening, situation.max_rest)
    return trace_forward(*arguments, policy, situation.opening, situation.max_rest)


def prepared(situation: Situation) -> tuple[Tracer, Boundary]:
    tracer = Tracer(situation.ledger)
    return tracer, tracer.boundary(situation.targets, situation.sources, situation.max_rest_days)


def traced(tracer: Tracer, boundary: Boundary, policy: str) -> tuple[dict[str, float], dict[str, float]]:
    parts = tracer.parts(boundary, policy)
    names = [tracer.ledger.accounts[int(x)] for x in parts.account]
    return (
        dict(zip(names, parts.amount.tolist(), strict=True)),
        {name: left for name, left in zip(names, parts.unfollowed.tolist(), strict=True) if left},
    )


@pytest.mark.parametrize("policy", ["fifo", "lifo", "poison"])
@settings(max_examples=1500)
@given(situation=situations())
def test_integer_policies_equal_the_forward_oracle_to_the_unit(policy: str, situation: Situation) -> None:
    tracer, boundary = prepared(situation)
    expected = slowly(situation, policy)
    amounts, unfollowed = traced(tracer, boundary, policy)
    assert int(tracer.amount[boundary.receipts].sum()) == expected.receipts
    assert amounts == {origin: part for origin, part in expected.origins.items() if part}
    if policy != "poison":
        assert sum(amounts.values()) == expected.receipts
        assert unfollowed == {origin: part for origin, part in expected.unfollowed.items() if part}


@settings(max_examples=1500)
@given(situation=situations())
def test_pro_rata_equals_exact_fractions(situation: Situation) -> None:
    tracer, boundary = prepared(situation)
    expected = slowly(situation, "pro-rata")
    amounts, unfollowed = traced(tracer, boundary, "pro-rata")
    tolerance = 1e-9 * max(1, expected.receipts)
    assert sum(amounts.values()) == pytest.approx(expected.receipts, rel=1e-9, abs=1e-9)
    for name in {*amounts, *expected.origins}:
        assert amounts.get(name, 0) == pytest.approx(float(expected.origins.get(name, 0)), abs=tolerance)
        assert unfollowed.get(name, 0) == pytest.approx(
            float(expected.unfollowed.get(name, 0)), abs=tolerance
        )


@pytest.mark.parametrize("policy", CONSERVING)
@settings(max_examples=400)
@given(situation=situations())
def test_chains_are_the_oracles_largest_and_add_up(policy: str, situation: Situation) -> None:
    tracer, boundary = prepared(situation)
    expected = slowly(situation, policy)
    for origin in [name for name, part in expected.origins.items() if part][:2]:
        account = np.array([tracer.accounts.find(origin)], np.int32)
        found = largest_chains(tracer, boundary, policy, account, origin, most=4)
        sizes = sorted((float(x) for (name, _), x in expected.chains.items() if name == origin), reverse=True)
        assert [c.amount for c in found.chains] == pytest.approx(sizes[:4], rel=1e-9)
        assert sum(c.amount for c in found.chains) + found.remainder == pytest.approx(found.total)
        assert found.total == pytest.approx(float(expected.origins[origin]))
        for chain in found.chains:
            rows = tuple(step.evidence.row - 1 for step in chain.steps)
            assert chain.amount == pytest.approx(float(expected.chains[origin, rows]))


@settings(max_examples=300)
@given(situation=situations())
def test_parts_of_some_receipts_add_up_to_the_whole(situation: Situation) -> None:
    tracer, boundary = prepared(situation)
    for policy in CONSERVING:
        whole, _ = traced(tracer, boundary, policy)
        split: dict[str, float] = {}
        for receipt in boundary.receipts:
            parts = tracer.parts(boundary, policy, np.array([receipt], np.int64))
            for x, amount in zip(parts.account, parts.amount.tolist(), strict=True):
                name = tracer.ledger.accounts[int(x)]
                split[name] = split.get(name, 0) + amount
        assert {k: v for k, v in split.items() if v > 1e-9} == pytest.approx(
            {k: v for k, v in whole.items() if v > 1e-9}, rel=1e-9, abs=1e-7
        )


@settings(max_examples=300)
@given(situation=situations())
def test_poison_is_an_upper_mark_for_every_other_policy(situation: Situation) -> None:
    tracer, boundary = prepared(situation)
    mark, _ = traced(tracer, boundary, "poison")
    for policy in CONSERVING:
        for name, amount in traced(tracer, boundary, policy)[0].items():
            assert amount <= mark.get(name, 0) + 1e-6


def credits_come_first(movements: list[tuple[int, str, str, int]]) -> bool:
    """Whether no account pays before something of the same moment reaches it, but around circles."""
    for i, (time, sender, receiver, _) in enumerate(movements):
        later = [m for m in movements[i + 1 :] if m[0] == time and m[1] != m[2]]
        if sender != receiver and any(m[2] == sender for m in later):
            return False
    return True


@settings(max_examples=300)
@given(situation=situations())
def test_credits_first_is_a_permutation_within_ties(situation: Situation) -> None:
    tracer = Tracer(situation.ledger, credits_first=True)
    assert tracer.order is not None
    assert sorted(tracer.order.tolist()) == list(range(len(situation.movements)))
    reordered = [situation.movements[i] for i in tracer.order]
    assert [m[0] for m in reordered] == [m[0] for m in situation.movements]
    acyclic = [m for m in situation.movements if m[1] < m[2]]
    tracer = Tracer(ledger_of(acyclic), credits_first=True)
    assert tracer.order is not None
    assert credits_come_first([acyclic[i] for i in tracer.order])


def test_credits_first_lets_money_pass_within_a_day() -> None:
    movements = [(0, "B", "T", 50), (0, "A", "B", 50)]
    plain = Tracer(ledger_of(movements))
    assert traced(plain, plain.boundary(["T"]), "fifo")[0] == {"B": 50}
    sorted_ = Tracer(ledger_of(movements), credits_first=True)
    boundary = sorted_.boundary(["T"])
    assert traced(sorted_, boundary, "fifo")[0] == {"A": 50}
    chain = largest_chains(sorted_, boundary, "fifo", np.array([2], np.int32), "A").chains[0]
    assert [step.evidence.row for step in chain.steps] == [2, 1]


MIXED = [(0, "A", "M", 60), (1, "B", "M", 40), (2, "M", "T", 50), (3, "M", "X", 100)]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("fifo", {"A": 50}),
        ("lifo", {"A": 10, "B": 40}),
        ("pro-rata", {"A": 30, "B": 20}),
        ("poison", {"A": 50, "B": 50}),
    ],
)
def test_the_textbook_case(policy: str, expected: dict[str, float]) -> None:
    tracer = Tracer(ledger_of(MIXED))
    assert traced(tracer, tracer.boundary(["T"]), policy)[0] == pytest.approx(expected)


@pytest.mark.parametrize("policy", CONSERVING)
def test_shortfall_is_born_at_the_payer_and_goes_out_last(policy: str) -> None:
    movements = [(0, "A", "M", 60), (1, "M", "N", 100), (2, "N", "T", 30)]
    tracer = Tracer(ledger_of(movements))
    amounts = traced(tracer, tracer.boundary(["T"]), policy)[0]
    assert amounts == pytest.approx({"pro-rata": {"A": 18, "M": 12}}.get(policy, {"A": 30}))


def test_money_that_returns_to_the_target_shows_the_target() -> None:
    tracer = Tracer(ledger_of([(0, "A", "T", 10), (1, "T", "B", 10), (2, "B", "T", 10)]))
    assert traced(tracer, tracer.boundary(["T"]), "fifo")[0] == {"A": 10, "T": 10}


def test_period_limits_the_receipts_and_not_their_history() -> None:
    movements = [(0, "A", "M", 10), (DAY, "M", "T", 4), (2 * DAY, "M", "T", 6)]
    tracer = Tracer(ledger_of(movements))
    for policy in CONSERVING:
        boundary = tracer.boundary(["T"], period=(2 * DAY, None))
        assert traced(tracer, boundary, policy)[0] == pytest.approx({"A": 6})


def test_several_targets_share_one_preparation() -> None:
    tracer = Tracer(ledger_of(MIXED))
    assert traced(tracer, tracer.boundary(["X"]), "fifo")[0] == {"A": 10, "B": 40, "M": 50}
    assert traced(tracer, tracer.boundary(["T", "X"]), "fifo")[0] == {"A": 60, "B": 40, "M": 50}


def test_unknown_accounts_are_named_with_a_suggestion() -> None:
    tracer = Tracer(ledger_of([(0, "ACC-1001", "ACC-1002", 5)]))
    with pytest.raises(UnknownAccount, match=r"'ACC-1003'.*Did you mean ACC-100"):
        tracer.boundary(["ACC-1003"])
    assert tracer.boundary(["ACC-1002", "ACC-9"]).target.missing == ("ACC-9",)


def test_hex_addresses_are_found_in_any_case() -> None:
    address = "0x" + "aB" * 20
    tracer = Tracer(ledger_of([(0, "A", address, 5)]))
    assert traced(tracer, tracer.boundary(["\\x" + "ab" * 20]), "fifo")[0] == {"A": 5}


def test_source_and_target_at_once_is_refused() -> None:
    tracer = Tracer(ledger_of(MIXED))
    with pytest.raises(UsageError, match="source and target at once"):
        tracer.boundary(["T"], ["T"])


def test_sums_beyond_64_bits_are_refused() -> None:
    with pytest.raises(UsageError, match="64 bits"):
        Tracer(ledger_of([(k, "A", "B", 2**62) for k in range(3)]))


def test_a_ledger_without_receipts_has_no_origins() -> None:
    tracer = Tracer(ledger_of([(0, "T", "B", 5)]))
    for policy in (*CONSERVING, "poison"):
        assert traced(tracer, tracer.boundary(["T"]), policy)[0] == {}
