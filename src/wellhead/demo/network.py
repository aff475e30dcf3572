"""How the invented group is paid: chains of one payer's own shell companies, and houses that mix.

Whoever stands between payers and group never pays out more than it holds, so that money is born at the payers
alone, and no payer is paid before its last gift. Nobody outside pays any account from which money goes on to
the group. So no rule of tracing can lead to anyone but the payers that were planted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wellhead.demo.cast import EUROS, Cast
from wellhead.demo.plot import POOLED, Cell, Plot
from wellhead.model.finding import HolderClass

DAY, HOUR = 86_400, 3_600
_PAYERS = {
    HolderClass.PERSON: 6,
    HolderClass.COMPANY: 3,
    HolderClass.CHARITY: 2,
    HolderClass.UNKNOWN: 5,
}
_KEPT_BY_A_SHELL = 0.01
# One dollar for every euro is less than the euro was worth on any day of the case: the exchange leaves the
# account that changes it with more than it pays out.
_LEAST_DOLLARS_A_EURO = 1.0


@dataclass(slots=True)
class Payments:
    """Columns of payments: `time` seconds since 1970 UTC, accounts by place, `cents` of `currency`."""

    time: list[int] = field(default_factory=list)
    sender: list[int] = field(default_factory=list)
    receiver: list[int] = field(default_factory=list)
    cents: list[int] = field(default_factory=list)
    euros: list[bool] = field(default_factory=list)
    purpose: list[str] = field(default_factory=list)

    def add(
        self, time: int, sender: int, receiver: int, cents: int, purpose: str, euros: bool = False
    ) -> None:
        if cents > 0:
            self.time.append(time)
            self.sender.append(sender)
            self.receiver.append(receiver)
            self.cents.append(cents)
            self.euros.append(euros)
            self.purpose.append(purpose)


@dataclass(slots=True)
class Network:
    """The payments that lead to the group, and what they come to."""

    target: tuple[int, ...]
    payments: Payments = field(default_factory=Payments)
    payers: dict[int, int] = field(default_factory=dict)
    """Payer's account → time of its last gift."""
    exact: dict[Cell, int] = field(default_factory=dict)
    pooled: dict[Cell, int] = field(default_factory=dict)
    pooled_receipts: int = 0


def built(
    plot: Plot, cast: Cast, outside: Sequence[int], start: int, days: int, gifts: int, thin: bool
) -> Network:
    """The whole network. `outside` are accounts that houses also pay; `gifts` the number of payments into
    the houses; `thin` has houses pay weekly instead of daily."""
    rng = cast.rng
    group = cast.holder(plot.reaching[int(rng.integers(len(plot.reaching)))], HolderClass.COMPANY)
    network = Network(tuple(cast.account(group, bank) for bank in "AAC"))
    in_euros = next(cell for cell in plot.cells if cell[1] is HolderClass.CHARITY)
    for cell, cents in plot.cells.items():
        _chain(network, plot, cast, cell, cents, start, days, 3 if thin else 14, cell == in_euros)
    _pool(network, plot, cast, outside, start, days, gifts, 7 if thin else 1)
    return network


def _chain(
    network: Network,
    plot: Plot,
    cast: Cast,
    cell: Cell,
    cents: int,
    start: int,
    days: int,
    gifts: int,
    euros: bool,
) -> None:
    """A cell's own chain: payers → shell → shell → group, carrying exactly `cents` to the group."""
    rng, payments = cast.rng, network.payments
    payers = _payers(cast, cell, EUROS if euros else "A")
    first, second = (_shell(cast, plot, bank) for bank in (EUROS if euros else "C", "A"))
    parts = _split(rng, cents, gifts)
    for when, part in zip(np.sort(rng.integers(0, (days - 40) * DAY, gifts)).tolist(), parts, strict=True):
        payer, time = payers[int(rng.integers(len(payers)))], start + when
        passed = round(part * (1 + _KEPT_BY_A_SHELL))
        given = round(passed * (1 + _KEPT_BY_A_SHELL) / (_LEAST_DOLLARS_A_EURO if euros else 1))
        rests = rng.integers(6 * HOUR, 9 * DAY, 2).tolist()
        payments.add(time, payer, first, given, "contribution", euros)
        payments.add(time + rests[0], first, second, passed, "invoice")
        payments.add(
            time + sum(rests),
            second,
            network.target[int(rng.integers(len(network.target)))],
            part,
            "services",
        )
        network.payers[payer] = max(network.payers.get(payer, 0), time)
    network.exact[cell] = cents


def _payers(cast: Cast, cell: Cell, bank: str) -> list[int]:
    country, kind = cell
    accounts = [cast.opened(country, kind, bank) for _ in range(_PAYERS.get(kind, 1))]
    if kind is HolderClass.STATE:
        accounts.append(cast.account(cast.holder(country, kind, state_owned=True), bank))
    return accounts


def _shell(cast: Cast, plot: Plot, bank: str) -> int:
    return cast.opened(plot.reaching[int(cast.rng.integers(len(plot.reaching)))], HolderClass.COMPANY, bank)


def _split(rng: np.random.Generator, cents: int, parts: int) -> list[int]:
    """Random positive parts that add up to `cents`."""
    shares = rng.random(parts) + 0.2
    whole = np.floor(shares / shares.sum() * cents).astype(np.int64)
    whole[-1] += cents - whole.sum()
    return [int(part) for part in whole]


def _pool(
    network: Network,
    plot: Plot,
    cast: Cast,
    outside: Sequence[int],
    start: int,
    days: int,
    gifts: int,
    step: int,
) -> None:
    """Many payers → exchange houses → brokers, who also pay each other → fronts → group."""
    houses = [_shell(cast, plot, "C") for _ in range(6)]
    brokers = [_shell(cast, plot, "A") for _ in range(12)]
    fronts = [_shell(cast, plot, "A") for _ in range(5)]
    balance = dict.fromkeys([*houses, *brokers, *fronts], 0)
    arriving = _gifts(network, plot, cast, houses, start, days, gifts)
    rng, payments = cast.rng, network.payments

    def pay(time: int, sender: int, receiver: int, cents: int, purpose: str) -> None:
        payments.add(time, sender, receiver, cents, purpose)
        balance[sender] -= cents
        if receiver in balance:
            balance[receiver] += cents

    def one_of(accounts: Sequence[int]) -> int:
        return accounts[int(rng.integers(len(accounts)))]

    for day in range(0, days, step):
        morning = start + (day + step - 1) * DAY
        for place, front in enumerate(fronts):
            if (day // step + place) % 3 == 0:
                sent = int(balance[front] * 0.95)
                network.pooled_receipts += sent
                pay(morning + 2 * HOUR + place, front, one_of(network.target), sent, "fuel and spare parts")
        for place, broker in enumerate(brokers):
            others = brokers if rng.random() < 0.15 else fronts
            receiver = one_of([account for account in others if account != broker])
            pay(morning + 3 * HOUR + place, broker, receiver, int(balance[broker] * 0.9), "settlement")
        for house, cents in zip(houses, arriving[day : day + step].sum(axis=0).tolist(), strict=True):
            balance[house] += cents
        for place, house in enumerate(houses):
            out = int(balance[house] * 0.85)
            abroad = int(out * (0.25 + 0.2 * rng.random()))
            pay(morning + 19 * HOUR + place, house, one_of(outside), abroad, "remittance")
            pay(morning + 20 * HOUR + place, house, one_of(brokers), out - abroad, "settlement")


def _gifts(
    network: Network, plot: Plot, cast: Cast, houses: Sequence[int], start: int, days: int, gifts: int
) -> npt.NDArray[np.int64]:
    """Payments into the houses; gives cents by day and house."""
    rng = cast.rng
    cells = [cell for cell in plot.cells if cell[1] in POOLED]
    weights = rng.random(len(cells)) + 0.1
    payers = {
        cell: [cast.opened(*cell, "A") for _ in range(max(2, gifts // 4 // len(cells)))] for cell in cells
    }
    arriving = np.zeros((days, len(houses)), np.int64)
    chosen = rng.choice(len(cells), gifts, p=weights / weights.sum()).tolist()
    when = np.sort(rng.integers(0, days, gifts)).tolist()
    cents = np.round(np.exp(rng.normal(np.log(250_000), 1.1, gifts)), -2).astype(np.int64).tolist()
    for cell, day, amount in zip((cells[c] for c in chosen), when, cents, strict=True):
        place = int(rng.integers(len(houses)))
        payer = payers[cell][int(rng.integers(len(payers[cell])))]
        time = start + day * DAY + int(rng.integers(6 * HOUR, 18 * HOUR))
        network.payments.add(time, payer, houses[place], amount, "remittance")
        network.payers[payer] = max(network.payers.get(payer, 0), time)
        network.pooled[cell] = network.pooled.get(cell, 0) + amount
        arriving[day, place] += amount
    return arriving
