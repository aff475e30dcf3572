"""Releases built in code: a full synthetic one, an empty one, and one whose every name is hostile."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace

from wellhead.model.finding import (
    Chain,
    Chains,
    CountryLine,
    Criterion,
    Finding,
    Flow,
    HolderClass,
    OriginLine,
    Step,
)
from wellhead.model.ledger import Quality
from wellhead.model.money import Currency, currency
from wellhead.model.provenance import Evidence, Grade, Marking, SourceFile
from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.publish.release import PolicyLine, Release

CODES = [
    "AE",
    "AL",
    "AT",
    "AU",
    "BE",
    "BH",
    "BR",
    "CA",
    "CH",
    "CI",
    "CL",
    "CN",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EG",
    "ES",
    "FI",
    "FR",
    "GB",
    "GE",
    "GF",
    "GI",
    "GR",
    "HK",
    "IE",
    "IN",
    "IS",
    "IT",
    "JO",
    "JP",
    "KE",
    "KW",
    "KY",
    "KZ",
    "LI",
    "LU",
    "MT",
    "MU",
    "MX",
    "MY",
    "NG",
    "NL",
    "NO",
    "OM",
    "PA",
    "PK",
    "QA",
    "RU",
    "SA",
    "SE",
    "SG",
    "TH",
    "TR",
    "TV",
    "US",
    "VU",
    "XK",
    "ZA",
]
STATES = ("IS", "VU")
DAY = 86_400_000_000
FIRST = 1_609_459_200_000_000  # 2021-01-01
HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "invoice\u202egpj.exe",
    "\x00\x07\x1b[31m\u2028line\u200b",
    "{{ 7*7 }}{% raw %}",
    "شركة النور للتجارة العامة",
    "🏴‍☠️👩‍👩‍👧‍👦 Trading",
    "\ud800 lone surrogate",
    "Z" + "\u0301" * 300 + "algo",
    "A" * 10_000,
    "]]>--></style></title>",
)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _file(path: str, size: int, kind: str, grade: str) -> SourceFile:
    return SourceFile(path, _digest(path), size, kind, Grade.parse(grade))


def _classes(rng: random.Random, code: str, amount: int) -> dict[HolderClass, int]:
    """`amount` among two to four classes, a state body only where one was planted."""
    usual = (HolderClass.PERSON, HolderClass.COMPANY, HolderClass.CHARITY, HolderClass.OFFICIAL)
    chosen = [HolderClass.STATE, *usual[:2]] if code in STATES else list(usual[: rng.randint(1, 4)])
    if code == "":
        chosen = [HolderClass.UNKNOWN]
    elif rng.random() < 0.1:
        chosen.append(HolderClass.UNKNOWN)
    split, left = {}, amount
    for each in chosen[:-1]:
        split[each] = rng.randint(0, left)
        left -= split[each]
    return {**split, chosen[-1]: left}


def _countries(rng: random.Random, codes: list[str]) -> list[CountryLine]:
    amounts = {code: int(rng.paretovariate(0.75) * 1_234_567) for code in codes}
    total = sum(amounts.values())
    return [CountryLine(c, a, a / total, _classes(rng, c, a), rng.randint(1, 90)) for c, a in amounts.items()]


def _shared(rng: random.Random, amount: int, parts: int) -> list[int]:
    cuts = sorted(rng.randint(0, amount) for _ in range(parts - 1))
    return [b - a for a, b in zip([0, *cuts], [*cuts, amount], strict=True)]


def _flows(rng: random.Random, lines: list[CountryLine]) -> list[Flow]:
    payers = [f"XX{k:02d}0000{k * 7919 % 99991:05d}" for k in range(40)]
    made = []
    for line in lines:
        chosen = rng.sample(payers[: 4 + len(made) // 4 % 36], k=rng.randint(1, 3))
        made += [
            Flow(line.country, payer, part)
            for payer, part in zip(chosen, _shared(rng, int(line.amount), len(chosen)), strict=True)
        ]
    return made


def _months(rng: random.Random, lines: list[CountryLine], span: int) -> list[tuple[str, str, float]]:
    named = sorted(lines, key=lambda line: -line.amount)[:7]
    sums: dict[tuple[str, str], int] = {}
    for line in lines:
        code = line.country if line in named or line.country == "" else "*"
        for part in _shared(rng, int(line.amount), 12):
            month = rng.randrange(span)
            key = (f"{2021 + month // 12}-{month % 12 + 1:02d}", code)
            sums[key] = sums.get(key, 0) + part
    return [(month, code, value) for (month, code), value in sorted(sums.items())]


def _chain(rng: random.Random, amount: int, steps: int, number: int) -> Chain:
    made, time, whole = [], FIRST + rng.randrange(300) * DAY, amount + rng.randint(0, amount)
    for k in range(steps):
        made.append(
            Step(
                time,
                f"XX{number:02d}{k:08d}",
                "XX99TARGET0001" if k == steps - 1 else f"XX{number:02d}{k + 1:08d}",
                whole,
                None if k == 0 else (time - made[-1].time) / DAY,
                Evidence("transfers-2021.csv", rng.randint(2, 200_000), _digest("transfers"), ""),
                f"Holder {number}-{k} of a long line of intermediaries" if k % 2 else "",
                "" if k % 3 else f"Exchange house no. {k + 1}",
            )
        )
        time += rng.randrange(1, 40) * DAY + rng.randrange(80_000) * 1_000_000 * (k % 2)
        whole += rng.randint(0, 10**6)
    return Chain(f"XX{number:02d}00000000", amount, tuple(made))


def _chains(rng: random.Random, lines: list[CountryLine], most: int) -> list[Chains]:
    made = []
    for line in sorted(lines, key=lambda each: -each.amount)[:most]:
        total = int(line.amount)
        amounts = [total // 3, total // 7, total // 20]
        chains = [_chain(rng, a, 2 + 3 * k, len(made) * 3 + k) for k, a in enumerate(amounts)]
        made.append(Chains(line.country, total, tuple(chains), total - sum(amounts)))
    return made


def _policies(rng: random.Random, lines: list[CountryLine]) -> list[PolicyLine]:
    made = []
    for policy in ("fifo", "lifo", "pro-rata"):
        bent = [
            (line.country, line.share * (1 if policy == "fifo" else rng.uniform(0.8, 1.2))) for line in lines
        ]
        largest = max((pair for pair in bent if pair[0]), key=lambda pair: pair[1])
        made.append(PolicyLine(policy, sum(bool(code) for code, _ in bent), *largest, tuple(bent)))
    return made


def _quality() -> Quality:
    reasons = (Reason.BAD_AMOUNT, Reason.NEGATIVE, Reason.BAD_TIME, Reason.MISSING_ACCOUNT)
    reports = [
        RowReport(
            "transfers-2021.csv", 17 + 31 * k, reasons[k % 4], Action.SET_ASIDE, f"value {k!r} in the row"
        )
        for k in range(230)
    ]
    reports.append(RowReport("bank-b.xml", 12, Reason.OTHER_LEG, Action.MERGED, "same payment as row 9"))
    return Quality(
        rows=200_231, loaded=200_000, duplicates=120, self_transfers=31, negative=57, missing=58,
        unreadable=115, rounded=12, ties=4_021, no_zone=200_000, other_legs=1, reports=tuple(reports),
    )  # fmt: skip


def sample(seed: int = 7, *, unit: Currency | None = None, span: int = 36, policy: str = "fifo") -> Release:
    """A release with 60 countries (two whose state bodies pay), an unknown line and long paths."""
    rng = random.Random(seed)
    lines = _countries(rng, [*CODES, ""])
    receipts = sum(int(line.amount) for line in lines)
    listed = [
        OriginLine(
            f"{line.country or 'ZZ'}00 1234 {k:06d}", line.amount / 5, line.amount / 5 / receipts,
            f"{line.country or 'Unknown'} Relief & Trading Company No. {k}", line.country,
            max(line.by_class, key=lambda c: line.by_class[c]), line.amount // 40 if k % 5 == 0 else 0,
        )
        for k, line in enumerate(sorted(lines, key=lambda each: -each.amount)[:25])
    ]  # fmt: skip
    flows = _flows(rng, lines)
    return Release(
        title="Who financed the Harbour Front? A synthetic sample",
        recipient="Office of the Prosecutor, Financial Unit",
        marking=Marking.AMBER_STRICT,
        claim="“Governments in sixty countries finance the Harbour Front.” Press statement, 3 March 2024",
        target="Harbour Front (synthetic)",
        target_accounts=("XX99TARGET0001", "XX99TARGET0002"),
        period=("2021-01-01", "2023-12-31"),
        currency=unit or currency("EUR"),
        policy=policy,
        criterion=Criterion.RESIDENCE,
        receipts=receipts,
        receipt_count=4_321,
        countries=tuple(lines),
        origins=tuple(listed),
        origins_total=2_817,
        flows=tuple(flows),
        months=tuple(_months(rng, lines, span)),
        chains=tuple(_chains(rng, lines, 4)),
        policies=tuple(_policies(rng, lines)),
        findings=(
            Finding(
                "F1", "The target received money from accounts whose holders live in 60 countries.", 60,
                "countries", "trace, first in, first out", {"horizon": "180 days"},
                tuple(Evidence("transfers-2021.csv", 2 + k, _digest("transfers")) for k in range(6)), 4_321,
                Grade.parse("B2"),
            ),
            Finding(
                "F2", "State bodies of two countries are among the origins.", 1_234_567_89, "EUR",
                "trace and register look-up", {}, (Evidence("register.ftm.json", 91),), 2, Grade.parse("C3"),
                1_000_000_00, 1_500_000_00,
            ),
        ),
        sources=(
            _file("ledgers/transfers-2021.csv", 18_412_007, "csv", "B2"),
            _file("ledgers/bank-b.zip/bank-b.xml", 911_220, "camt.053", "A1"),
            _file("registers/register.ftm.json", 2_411_870, "ftm", "C3"),
        ),
        quality=_quality(),
        rates=("1 USD = 0.9217 EUR on 2022-03-14 (European Central Bank reference rate)",),
        parameters={"policy": policy, "criterion": "residence", "horizon": "180 days", "seed": str(seed)},
        reproduce=("wellhead demo --out demo-case", "wellhead run demo-case"),
        version="0.1.0",
        names={flow.payer: f"Payer {flow.payer[2:4]} Commercial Bank" for flow in flows[::3]},
    )  # fmt: skip


def in_proportion(seed: int = 7) -> Release:
    """The sample traced pro rata: amounts with fractions that still add up to the receipts."""
    base = sample(seed, policy="pro-rata")
    rng = random.Random(seed)
    shift = [rng.uniform(-400, 400) for _ in base.countries]
    shift[-1] = -sum(shift[:-1])
    lines = []
    for line, by in zip(base.countries, shift, strict=True):
        largest = max(line.by_class, key=lambda c: line.by_class[c])
        parts = {**line.by_class, largest: line.by_class[largest] + by}
        lines.append(replace(line, amount=line.amount + by, by_class=parts))
    flows = [replace(f, amount=f.amount + (0.25 if k % 2 else -0.25)) for k, f in enumerate(base.flows)]
    even = len(flows) - len(flows) % 2
    return replace(base, countries=tuple(lines), flows=tuple(flows[:even]) + base.flows[even:], chains=())


def empty() -> Release:
    """A release in which nothing was found."""
    return replace(
        sample(), receipts=0, receipt_count=0, countries=(), origins=(), origins_total=0, flows=(), months=(),
        chains=(), policies=(), findings=(), sources=(), quality=Quality(), rates=(), parameters={}, claim="",
        target_accounts=(), reproduce=(), names={},
    )  # fmt: skip


def hostile(bad: str) -> Release:
    """The sample with `bad` in every place that a source or a user fills."""
    base = sample()
    step = replace(base.chains[0].chains[0].steps[0], sender=bad, receiver=bad, sender_name=bad,
                   receiver_name=bad,
                   evidence=Evidence(bad, 1, bad, bad))  # fmt: skip
    chain = replace(base.chains[0].chains[0], origin=bad, steps=(step,))
    group = replace(base.chains[0], label=bad, total=chain.amount, chains=(chain,), remainder=0)
    report = RowReport(bad, 1, Reason.HOSTILE, Action.SET_ASIDE, bad)
    return replace(
        base,
        title=bad, recipient=bad, claim=bad, target=bad, target_accounts=(bad,), version=bad,
        period=(bad, bad),
        countries=(replace(base.countries[0], country=bad), *base.countries[1:]),
        origins=tuple(replace(line, id=bad, name=bad) for line in base.origins),
        flows=tuple(replace(f, payer=bad if k % 5 == 0 else f.payer) for k, f in enumerate(base.flows)),
        names={**{flow.payer: bad for flow in base.flows}, bad: bad},
        chains=(group, *base.chains[1:]),
        policies=(replace(base.policies[0], policy=bad, largest_country=bad), *base.policies[1:]),
        findings=(
            replace(base.findings[0], id=bad, statement=bad, unit=bad, method=bad, parameters={bad: bad}),
        ),
        sources=(replace(base.sources[0], path=bad, sha256=bad, kind=bad),),
        quality=replace(base.quality, reports=(report, *base.quality.reports)),
        rates=(bad,), parameters={bad: bad}, reproduce=(bad,),
    )  # fmt: skip
