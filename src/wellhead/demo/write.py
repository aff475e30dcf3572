"""The demo case as files: ledgers of three banks, a register, the group's accounts, and case.toml."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from wellhead.demo import background, network, plot
from wellhead.demo.cast import BANKS, Cast, Holder
from wellhead.demo.dirt import Row, soiled
from wellhead.demo.plot import Planted
from wellhead.model.errors import UsageError
from wellhead.model.finding import HolderClass

START = 1_388_534_400
"""2014-01-01 UTC, in seconds."""
DAYS = 684
FEWEST = 2_000
_SEEN_FROM_BOTH_BANKS = 0.012

# A bank's file, its separator, the headers of `dirt.Row` in that bank's words, and how it writes times.
_LEDGERS = {
    "A": (
        "ledgers/bank-a.csv",
        ",",
        ("Timestamp", "From Account", "To Account", "Amount", "Currency", "Reference", "Purpose"),
        "zulu",
    ),
    "B": (
        "ledgers/bank-b.csv",
        ";",
        (
            "Booking date",
            "Debtor account",
            "Creditor account",
            "Amount paid",
            "Ccy",
            "Payment ID",
            "Narrative",
        ),
        "bare",
    ),
    "C": (
        "ledgers/exchange-c.csv",
        ",",
        ("Date Time", "Payer", "Payee", "Value", "Currency", "Ref", "Remittance information"),
        "offset",
    ),
}
_BANK_NAMES = {"A": "First Invented Bank", "B": "Zweite Erfundene Bank", "C": "Third Invented Exchange"}


def write_case(folder: Path, seed: int = 2015, transfers: int = 200_000) -> Planted:
    """Write the built-in case into `folder` and say what was planted (also in ``planted.json``).

    About `transfers` rows, the same bytes for the same arguments. Raises UsageError for fewer than 2,000:
    the plot itself needs them. O(transfers) time and memory.
    """
    if transfers < FEWEST:
        raise UsageError(
            f"{transfers:,} transfers are too few for the plot.", remedy=f"Ask for {FEWEST:,} or more."
        )
    rng = np.random.default_rng(seed)
    story = plot.dealt(rng)
    cast = Cast(rng)
    society = background.settled(cast, [*story.reaching, *story.silent], max(400, transfers // 40))
    gifts, thin = max(150, transfers // 25), transfers < 20_000
    net = network.built(story, cast, society.merchants, START, DAYS, gifts, thin)
    ordinary = background.lived(
        cast, society, list(net.payers), START, DAYS, max(600, transfers - len(net.payments.time))
    )
    _spend(net, society, rng)
    rows, dirty = _ledgers(cast, net, ordinary)
    for name in ("ledgers", "registers", "watchlists", "articles", "imagery", "flares"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for bank, (name, separator, headers, _) in _LEDGERS.items():
        _write_table(folder / name, separator, headers, rows[bank])
    dirty["register_lines"] = _write_register(folder / "registers" / "register.ftm.jsonl", cast)
    planted = _planted(seed, story, cast, net, sum(map(len, rows.values())), dirty)
    _write_case_files(folder, planted)
    return planted


def _spend(net: network.Network, society: background.Society, rng: np.random.Generator) -> None:
    """The group pays for what it needs, and moves money between its own accounts."""
    merchants = society.merchants
    for week in range(8, DAYS // 7):
        time = START + week * 7 * network.DAY + 11 * network.HOUR
        account = net.target[week % len(net.target)]
        payee = merchants[int(rng.integers(len(merchants)))]
        net.payments.add(time, account, payee, int(rng.integers(100_000, 20_000_000)), "equipment")
        if week % 5 == 0:
            other = net.target[(week + 1) % len(net.target)]
            net.payments.add(time + 60, account, other, int(rng.integers(100_000, 5_000_000)), "own account")


@dataclass(slots=True)
class _Book:
    """One bank's ledger in the making; `ordinary` are the places of rows that are no part of the plot."""

    rows: list[Row] = field(default_factory=list)
    ordinary: list[int] = field(default_factory=list)


def _ledgers(
    cast: Cast, net: network.Network, ordinary: list[background.Columns]
) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """Every bank's rows in time order, flaws included, and the flaws counted."""
    paid = net.payments
    own = len(paid.time)
    time = np.concatenate([np.array(paid.time, np.int64), *(o.time for o in ordinary)])
    sender = np.concatenate([np.array(paid.sender, np.int64), *(o.sender for o in ordinary)])
    receiver = np.concatenate([np.array(paid.receiver, np.int64), *(o.receiver for o in ordinary)])
    cents = np.concatenate([np.array(paid.cents, np.int64), *(o.cents for o in ordinary)])
    purpose = [*paid.purpose, *(text for o in ordinary for text in o.purpose)]
    euros = np.concatenate([np.array(paid.euros, np.bool_), background.in_euros(cast)[sender[own:]]])
    bank = np.array([BANKS.index(account.bank) for account in cast.accounts])
    from_bank, to_bank = bank[sender], bank[receiver]
    both = (from_bank != to_bank) & ~euros & (cast.rng.random(len(time)) < _SEEN_FROM_BOTH_BANKS)
    written = {style: _times(time, style) for style in ("zulu", "bare", "offset")}
    number = [account.number for account in cast.accounts]
    books = {name: _Book() for name in BANKS}
    for nth, k in enumerate(np.argsort(time, kind="stable").tolist(), 1):
        row = [
            "",
            number[sender[k]],
            number[receiver[k]],
            f"{cents[k] // 100}.{cents[k] % 100:02d}",
            "EUR" if euros[k] else "USD",
            f"R{nth:07d}",
            purpose[k],
        ]
        for place in (from_bank[k], to_bank[k]) if both[k] else (from_bank[k],):
            name = BANKS[place]
            book = books[name]
            if k >= own and not both[k]:
                book.ordinary.append(len(book.rows))
            book.rows.append([written[_LEDGERS[name][3]][k], *row[1:]])
    numbers = count(len(time) + 1)
    counts: Counter[str] = Counter(other_legs=int(both.sum()))
    rows = {}
    for name, book in books.items():
        rows[name], found = soiled(cast.rng, book.rows, book.ordinary, lambda: f"R{next(numbers):07d}")
        counts.update(found)
    return rows, dict(counts)


def _times(time: np.ndarray[Any, np.dtype[np.int64]], style: str) -> list[str]:
    """``2015-03-04T10:00:00Z``, ``2015-03-04 10:00:00`` (UTC, though it does not say so), or at +03:00."""
    shown = time + 3 * network.HOUR if style == "offset" else time
    texts: list[str] = np.datetime_as_string(shown.astype("datetime64[s]")).tolist()
    if style == "bare":
        return [text.replace("T", " ") for text in texts]
    return [f"{text}{'Z' if style == 'zulu' else '+03:00'}" for text in texts]


def _write_table(path: Path, separator: str, headers: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=separator, lineterminator="\n").writerows([headers, *rows])


def _write_register(path: Path, cast: Cast) -> int:
    """FollowTheMoney JSON lines; gives the number of lines that cannot be read, which are planted too."""
    broken = ('{"id": "party-torn", "schema": "Person", "prop', '{"schema": "Person", "properties": {}}')
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for record in _records(cast):
            stream.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        stream.writelines(f"{line}\n" for line in broken)
    return len(broken)


def _records(cast: Cast) -> Iterator[dict[str, Any]]:
    for holder in cast.holders:
        yield {"id": holder.id, "schema": holder.schema, "properties": _described(holder)}
    for place, account in enumerate(cast.accounts, 1):
        if account.holder is None:
            continue
        about = {"accountNumber": [account.number], "bankName": [_BANK_NAMES[account.bank]]}
        held_in = cast.holders[place * 7 % len(cast.holders)] if place % 11 == 0 else account.holder
        yield {
            "id": f"account-{place:06d}",
            "schema": "BankAccount",
            "properties": about | {"country": [held_in.country.lower()]},
        }
        yield {
            "id": f"holds-{place:06d}",
            "schema": "Ownership",
            "properties": {"owner": [account.holder.id], "asset": [f"account-{place:06d}"]},
        }
    yield from _ties(cast)


def _described(holder: Holder) -> dict[str, list[str]]:
    place = holder.country.lower()
    properties = {"name": [holder.name], **({"alias": [holder.latin]} if holder.latin else {})}
    if holder.schema == "Person":
        properties |= {"country": [place], "nationality": [holder.nationality.lower()]}
        return properties | ({"topics": ["role.pep"]} if holder.holder_class is HolderClass.OFFICIAL else {})
    properties["jurisdiction"] = [place]
    extra = {
        HolderClass.CHARITY: {"legalForm": ["Charity"]},
        HolderClass.BANK: {"topics": ["fin.bank"]},
        HolderClass.STATE: {"topics": ["gov.soe"]} if holder.state_owned else {},
    }
    return properties | extra.get(holder.holder_class, {})


def _ties(cast: Cast) -> Iterator[dict[str, Any]]:
    """Who owns the companies, often through others, here and there in a circle, and who directs the rest."""
    people = [h for h in cast.holders if h.schema == "Person"]
    companies = [h for h in cast.holders if h.schema == "Company" and not h.state_owned]
    for nth, company in enumerate(companies):
        owner, other = people[nth * 13 % len(people)], companies[(nth * 5 + 1) % len(companies)]
        if nth % 10 == 9:
            yield _tie("Directorship", nth, director=owner.id, organization=company.id)
            continue
        share = 30 + nth * 17 % 70
        yield _tie("Ownership", nth, owner=owner.id, asset=company.id, percentage=str(share))
        if nth % 3 == 0 and other is not company:
            left = str(100 - share)
            yield _tie("Ownership", nth + len(companies), owner=other.id, asset=company.id, percentage=left)
    for nth, owned in enumerate(h for h in cast.holders if h.state_owned):
        body = next(h for h in cast.holders if h.schema == "PublicBody" and h.country == owned.country)
        yield _tie("Ownership", nth + 2 * len(companies), owner=body.id, asset=owned.id, percentage="100")


def _tie(schema: str, number: int, **properties: str) -> dict[str, Any]:
    stated = {name: [value] for name, value in properties.items()}
    return {"id": f"tie-{number:06d}", "schema": schema, "properties": stated}


def _planted(
    seed: int, story: plot.Plot, cast: Cast, net: network.Network, rows: int, dirty: dict[str, int]
) -> Planted:
    paid = net.payments
    receipts = [
        cents
        for sender, receiver, cents in zip(paid.sender, paid.receiver, paid.cents, strict=True)
        if receiver in net.target and sender not in net.target
    ]
    return Planted(
        seed=seed,
        rows=rows,
        receipts=sum(receipts),
        receipt_count=len(receipts),
        pooled_receipts=net.pooled_receipts,
        exact=net.exact,
        pooled=net.pooled,
        reaching=story.reaching,
        silent=story.silent,
        state_country=story.state_country,
        target=tuple(cast.accounts[account].number for account in net.target),
        dirty=dirty,
    )


def _write_case_files(folder: Path, planted: Planted) -> None:
    def write(name: str, text: str) -> None:
        (folder / name).write_text(text, encoding="utf-8", newline="\n")

    write("case.toml", _CASE.replace("@SEED@", str(planted.seed)))
    listed = "\n".join(planted.target)
    write("target.txt", f"# Accounts of the invented group, one a line.\n{listed}\n")
    write("planted.json", json.dumps(planted.as_json(), ensure_ascii=False, indent=1) + "\n")


_CASE = """\
# A SYNTHETIC CASE. Every person, company, public body, account and payment in it is invented by a program.
# The countries are real so that a map can be drawn, but which of them plays which part was drawn by lot
# (seed @SEED@): nothing here says anything about any country, its people or its authorities. Another seed
# deals the parts to other countries. planted.json says what a run should find.

title = "Synthetic demonstration: who financed the Invented Front?"
claim = "Forty countries financed them"
currency = "USD"
policy = "fifo"
criterion = "residence"
marking = "TLP:CLEAR"

[target]
name = "the Invented Front (fictitious)"
file = "target.txt"

[period]
from = 2014-01-01
to = 2015-12-31

[grades]                      # Admiralty code: reliability of the source A-F, credibility 1-6
"registers" = "B2"
"ledgers/bank-a.csv" = "B2"
"ledgers/bank-b.csv" = "B2"
"ledgers/exchange-c.csv" = "C3"

[markings]
"ledgers/exchange-c.csv" = "TLP:GREEN"
"""
