"""Ordinary life around the group: salaries, shopping, trade, taxes in sixty countries.

Nobody here pays an account from which money goes on to the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wellhead.demo.cast import EUROS, Cast
from wellhead.demo.network import DAY, HOUR
from wellhead.model.finding import HolderClass

Int64 = npt.NDArray[np.int64]
_PERSON, _COMPANY, _STATE = HolderClass.PERSON, HolderClass.COMPANY, HolderClass.STATE
_CHARITY, _BANK = HolderClass.CHARITY, HolderClass.BANK
# Share of the accounts, at least one in every country.
_KINDS = {_PERSON: 0.62, _COMPANY: 0.32, _CHARITY: 0.02, _STATE: 0.02, _BANK: 0.02}


@dataclass(frozen=True, slots=True)
class Habit:
    """One kind of everyday payment: `part` of all, from one kind of holder to another, at home with chance
    `home`; amounts are log-normal around `median` cents."""

    purpose: str
    part: float
    payer: HolderClass
    payee: HolderClass
    home: float
    median: float
    spread: float


HABITS = (
    Habit("salary", 0.26, _COMPANY, _PERSON, 0.95, 190_000, 0.5),
    Habit("card purchase", 0.34, _PERSON, _COMPANY, 0.85, 3_800, 1.0),
    Habit("rent", 0.08, _PERSON, _PERSON, 0.98, 70_000, 0.4),
    Habit("invoice", 0.18, _COMPANY, _COMPANY, 0.35, 900_000, 1.4),
    Habit("tax", 0.05, _COMPANY, _STATE, 1.0, 1_500_000, 1.2),
    Habit("loan", 0.03, _BANK, _COMPANY, 0.9, 8_000_000, 1.0),
    Habit("donation", 0.03, _PERSON, _CHARITY, 0.8, 5_000, 0.8),
    Habit("family support", 0.03, _PERSON, _PERSON, 0.3, 25_000, 0.7),
)


@dataclass(frozen=True, slots=True)
class Society:
    """Accounts of ordinary holders: `place[kind][country]` in the cast, and each country's `weight`."""

    place: dict[HolderClass, list[Int64]]
    weight: npt.NDArray[np.float64]

    @property
    def merchants(self) -> list[int]:
        """Accounts of companies, the usual payees."""
        return [int(x) for accounts in self.place[_COMPANY] for x in accounts]


def settled(cast: Cast, countries: Sequence[str], accounts: int) -> Society:
    """Ordinary holders of about `accounts` accounts, in countries of very different size."""
    weight = 1 / np.arange(2.0, len(countries) + 2.0)
    weight = cast.rng.permutation(weight / weight.sum())
    place = {
        kind: [
            np.array(
                [cast.opened(country, kind) for _ in range(max(1, round(accounts * part * size)))], np.int64
            )
            for country, size in zip(countries, weight.tolist(), strict=True)
        ]
        for kind, part in _KINDS.items()
    }
    return Society(place, weight)


@dataclass(frozen=True, slots=True)
class Columns:
    """Payments as columns; see `network.Payments`. `euros` follows from the sender's bank."""

    time: Int64
    sender: Int64
    receiver: Int64
    cents: Int64
    purpose: list[str]


def lived(
    cast: Cast, society: Society, payers: Sequence[int], start: int, days: int, payments: int
) -> list[Columns]:
    """About `payments` everyday payments. The group's payers shop like everyone else, but are not paid."""
    made = [_habit(cast.rng, habit, society, start, days, round(payments * habit.part)) for habit in HABITS]
    shopping = made[1]
    spenders = cast.rng.random(len(shopping.time)) < 0.08
    chosen = cast.rng.choice(np.array(payers, np.int64), int(spenders.sum()))
    shopping.sender[spenders] = chosen
    return made


def _habit(
    rng: np.random.Generator, habit: Habit, society: Society, start: int, days: int, number: int
) -> Columns:
    home = rng.choice(len(society.weight), number, p=society.weight)
    abroad = rng.choice(len(society.weight), number, p=society.weight)
    country = np.where(rng.random(number) < habit.home, home, abroad)
    sender = _someone(rng, society.place[habit.payer], home)
    receiver = _someone(rng, society.place[habit.payee], country)
    day = rng.integers(0, days, number)
    if habit.purpose == "salary":
        day = day // 30 * 30 + rng.integers(0, 3, number)
    second = rng.integers(6 * HOUR, 20 * HOUR, number)
    cents = np.round(np.exp(rng.normal(np.log(habit.median), habit.spread, number))).astype(np.int64) + 1
    time = start + np.minimum(day, days - 1) * DAY + second
    apart = sender != receiver
    purpose = [habit.purpose] * int(apart.sum())
    return Columns(time[apart], sender[apart], receiver[apart], cents[apart], purpose)


def _someone(rng: np.random.Generator, accounts: list[Int64], country: Int64) -> Int64:
    """An account in each country given; some are busier than others."""
    count = np.array([len(each) for each in accounts])
    first = np.concatenate(([0], np.cumsum(count)[:-1]))
    flat = np.concatenate(accounts)
    found: Int64 = flat[first[country] + (rng.random(len(country)) ** 2 * count[country]).astype(np.int64)]
    return found


def in_euros(cast: Cast) -> npt.NDArray[np.bool_]:
    """For each account, whether it is kept in euros."""
    return np.array([account.bank == EUROS for account in cast.accounts])
