"""From a trace to what may be said of it: findings with their evidence, and the release made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import wellhead
from wellhead.case.folder import CaseSettings
from wellhead.case.question import last_day
from wellhead.model import country
from wellhead.model.finding import UNKNOWN, Chains, CountryLine, Criterion, Finding, HolderClass
from wellhead.model.money import Money
from wellhead.model.provenance import Evidence, Grade
from wellhead.publish.release import PolicyLine, Release
from wellhead.tracing.attribution import attribute
from wellhead.tracing.paths import largest_chains
from wellhead.tracing.policies import POLICIES
from wellhead.tracing.result import OTHERS, Trace

SHOWN_ORIGINS = 100
SHOWN_EVIDENCE = 10
SHOWN_CHAINS = 8
CHAINS_A_COUNTRY = 3
COUNTRIES_WITH_CHAINS = 6
COMPARED = ("fifo", "lifo", "pro-rata")
COMPARED_COUNTRIES = 8


def release_of(settings: CaseSettings, folder: Path, trace: Trace, traces: Mapping[str, Trace]) -> Release:
    """All that a case found, for the people who work on it. `traces` holds the same question under each
    conserving policy, by name."""
    countries = trace.countries()
    chains = _chains(trace, countries)
    flows = trace.flows()
    payers = {flow.payer for flow in flows if flow.payer != OTHERS}
    targets = tuple(trace.ledger.accounts[int(x)] for x in trace.boundary.target.index)
    return Release(
        title=settings.title,
        recipient="the investigation itself",
        marking=settings.marking,
        claim=settings.claim,
        target=settings.target.name or "the target",
        target_accounts=targets,
        period=_period(trace),
        currency=trace.ledger.currency,
        policy=trace.policy,
        criterion=trace.criterion,
        receipts=trace.receipts,
        receipt_count=trace.receipt_count,
        countries=countries,
        origins=trace.lines[:SHOWN_ORIGINS],
        origins_total=len(trace.lines),
        flows=flows,
        months=trace.months(),
        chains=_named(trace, chains),
        policies=tuple(_policy_line(traces[name], countries) for name in COMPARED),
        findings=findings(trace, traces),
        sources=trace.ledger.files,
        quality=trace.ledger.quality,
        rates=trace.ledger.rates,
        parameters=parameters(settings, trace),
        reproduce=(f"wellhead run {folder.name}", "wellhead --version"),
        version=wellhead.__version__,
        names=_names(trace, sorted(payers)),
    )


def findings(trace: Trace, traces: Mapping[str, Trace]) -> tuple[Finding, ...]:
    """The figures that answer the case's question, each with its method, evidence and grade."""
    lines = trace.countries()
    states = [line for line in lines if line.country and line.by_class.get(HolderClass.STATE, 0) >= 0.5]
    return (
        _received(trace),
        _countries_reached(trace, traces),
        _states(trace, states),
        *(_state_paid(trace, line) for line in states),
        _unattributed(trace, lines),
        *_open_to_doubt(trace),
    )


def _received(trace: Trace) -> Finding:
    unit = trace.ledger.currency
    payments = f"{counted(trace.receipt_count, 'payment')} from outside it"
    statement = f"{Money(trace.receipts, unit)} reached the target in {payments}."
    return _finding(trace, "received", statement, trace.receipts, unit.code, _largest_rows(trace))


def _countries_reached(trace: Trace, traces: Mapping[str, Trace]) -> Finding:
    counts = {name: countries_reached(other) for name, other in traces.items()}
    found = countries_reached(trace)
    words = ", ".join(f"{number} by {POLICIES[name].title}" for name, number in counts.items())
    statement = (
        f"Money that began with holders in {found} countries reached the target "
        f"({criterion_words(trace.criterion)}; {words})."
    )
    low, high = min(found, *counts.values()), max(found, *counts.values())
    return _finding(trace, "countries", statement, found, "countries", _largest_rows(trace), low, high)


def _states(trace: Trace, states: Sequence[CountryLine]) -> Finding:
    names = ", ".join(country.name(line.country) for line in states)
    statement = (
        f"State bodies paid in {len(states)} of them: {names}."
        if states
        else "In none of them did a state body pay, as far as the registers tell."
    )
    return _finding(trace, "states", statement, len(states), "countries", _largest_rows(trace))


def _state_paid(trace: Trace, line: CountryLine) -> Finding:
    amount = line.by_class[HolderClass.STATE]
    share = trace.share(amount)
    money = Money(round(amount), trace.ledger.currency)
    statement = (
        f"State bodies of {country.name(line.country)} account for {money} ({share:.2%} of what arrived)."
    )
    chosen = [
        a.identifier
        for a in trace.attributed
        if a.country == line.country and a.holder_class is HolderClass.STATE
    ]
    rows = _rows_of(trace, chosen)
    return _finding(trace, f"state-{line.country}", statement, amount, trace.ledger.currency.code, rows)


def _unattributed(trace: Trace, lines: Sequence[CountryLine]) -> Finding:
    amount = sum(line.amount for line in lines if line.country == UNKNOWN)
    money = Money(round(amount), trace.ledger.currency)
    statement = f"{money} ({trace.share(amount):.2%}) could not be attributed to a country."
    chosen = [a.identifier for a in trace.attributed if a.country == UNKNOWN]
    unit = trace.ledger.currency.code
    return _finding(trace, "unknown", statement, amount, unit, _rows_of(trace, chosen))


def _open_to_doubt(trace: Trace) -> tuple[Finding, ...]:
    amounts = dict(zip((a.identifier for a in trace.attributed), trace.parts.amount.tolist(), strict=True))
    chosen = [a.identifier for a in trace.attributed if a.ambiguous]
    amount = sum(amounts[name] for name in chosen)
    money = Money(round(amount), trace.ledger.currency)
    statement = (
        f"For {money} ({trace.share(amount):.2%}) registers and ledgers allow another answer as to whose "
        "it was; findings.json says which was chosen and what else is possible."
    )
    unit = trace.ledger.currency.code
    found = _finding(trace, "doubtful", statement, amount, unit, _rows_of(trace, chosen))
    return (found,) if chosen else ()


def _finding(
    trace: Trace,
    name: str,
    statement: str,
    value: float,
    unit: str,
    rows: tuple[tuple[Evidence, ...], int],
    low: float | None = None,
    high: float | None = None,
) -> Finding:
    grade = Grade.weakest(source.grade for source in trace.ledger.files)
    method = POLICIES[trace.policy].title
    about = {"policy": trace.policy, "criterion": str(trace.criterion)}
    return Finding(name, statement, value, unit, method, about, rows[0], rows[1], grade, low, high)


def _largest_rows(trace: Trace) -> tuple[tuple[Evidence, ...], int]:
    receipts = trace.boundary.receipts
    order = np.argsort(-trace.tracer.amount[receipts], kind="stable")[:SHOWN_EVIDENCE]
    rows = (trace.ledger.evidence(trace.tracer.position(int(receipts[k]))) for k in order)
    return tuple(rows), int(receipts.size)


def _rows_of(trace: Trace, origins: Sequence[str]) -> tuple[tuple[Evidence, ...], int]:
    """The first steps of the largest chains from the origins, and how many payments the origins made."""
    found = {trace.tracer.accounts.find(name) for name in origins}
    index = np.array(sorted(x for x in found if x is not None), np.int32)
    paid = int(np.isin(trace.tracer.sender, index).sum())
    if not POLICIES[trace.policy].conserves:
        return (), paid
    chains = largest_chains(trace.tracer, trace.boundary, trace.policy, index, "", SHOWN_EVIDENCE)
    return tuple(dict.fromkeys(chain.steps[0].evidence for chain in chains.chains)), paid


def countries_reached(trace: Trace) -> int:
    """How many known countries have at least half a minor unit among the receipts' origins."""
    return sum(line.country != UNKNOWN and line.amount >= 0.5 for line in trace.countries())


def _policy_line(trace: Trace, countries: Sequence[CountryLine]) -> PolicyLine:
    shares = {line.country: line.share for line in trace.countries()}
    known = [line for line in trace.countries() if line.country != UNKNOWN]
    largest = known[0] if known else None
    compared = [line.country for line in countries if line.country != UNKNOWN][:COMPARED_COUNTRIES]
    return PolicyLine(
        trace.policy,
        countries_reached(trace),
        largest.country if largest else UNKNOWN,
        largest.share if largest else 0.0,
        tuple((code, shares.get(code, 0.0)) for code in compared),
    )


def _chains(trace: Trace, countries: Sequence[CountryLine]) -> tuple[Chains, ...]:
    if not POLICIES[trace.policy].conserves or not trace.receipts:
        return ()
    largest = [line.country for line in countries if line.country != UNKNOWN][:COUNTRIES_WITH_CHAINS]
    return (
        trace.paths(most=SHOWN_CHAINS),
        *(trace.paths(code, by="country", most=CHAINS_A_COUNTRY) for code in largest),
    )


def _named(trace: Trace, found: Sequence[Chains]) -> tuple[Chains, ...]:
    """The chains with the names of the holders of every account on them."""
    steps = [step for chains in found for chain in chains.chains for step in chain.steps]
    names = _names(trace, sorted({end for step in steps for end in (step.sender, step.receiver)}))

    def with_names(chains: Chains) -> Chains:
        return replace(
            chains,
            chains=tuple(
                replace(
                    chain,
                    steps=tuple(
                        replace(
                            step,
                            sender_name=names.get(step.sender, ""),
                            receiver_name=names.get(step.receiver, ""),
                        )
                        for step in chain.steps
                    ),
                )
                for chain in chains.chains
            ),
        )

    return tuple(with_names(chains) for chains in found)


def _names(trace: Trace, accounts: Sequence[str]) -> dict[str, str]:
    lines = attribute(accounts, trace.registers, Criterion.RESIDENCE)
    return {line.identifier: line.holder_name for line in lines if line.holder_name}


def _period(trace: Trace) -> tuple[str, str]:
    times = trace.ledger.time
    if not times.size:
        return "", ""
    return str(times[0].astype("datetime64[us]"))[:10], str(times[-1].astype("datetime64[us]"))[:10]


def counted(number: int, thing: str) -> str:
    """``1 payment``, ``2,000 payments``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def criterion_words(criterion: Criterion) -> str:
    """The criterion as a phrase for people."""
    return {
        Criterion.HELD: "counted where the account is held",
        Criterion.RESIDENCE: "counted where the holder lives or is registered",
        Criterion.NATIONALITY: "counted by the holder's nationality",
        Criterion.OWNER: "counted by the controlling owner",
    }[criterion]


def parameters(settings: CaseSettings, trace: Trace) -> dict[str, str]:
    """Everything that the result depends on beside the files, in words."""
    rest = f"{settings.max_rest_days:g} days" if settings.max_rest_days is not None else "no limit"
    ties = "credits before debits" if settings.credits_first else "the ledger's own order"
    first, last = settings.period.first or "the beginning", settings.period.last or "the end"
    return {
        "Rule of tracing": f"{POLICIES[trace.policy].title}. {POLICIES[trace.policy].explanation}",
        "Country of an origin": criterion_words(trace.criterion),
        "Ownership as it stood on": last_day(trace.ledger),
        "Control of a company": f"the largest ultimate owner with at least {trace.threshold:.0%}",
        "Longest rest followed": rest,
        "Transfers of the same time": ties,
        "Receipts counted": f"from {first} to {last}",
        "Accounts at which tracing stops": f"{trace.boundary.sources.index.size:,}",
        "Accounts of the target": f"{trace.boundary.target.index.size:,} in the ledger, "
        f"{len(trace.boundary.target.missing):,} named but not in it",
        "Exact duplicates": "left out" if settings.drop_duplicates else "kept",
    }
