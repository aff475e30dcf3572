"""The answer in plain sentences. Each says exactly what the figures bear out, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from wellhead.model.finding import UNKNOWN, HolderClass
from wellhead.publish.release import Release
from wellhead.publish.shown import count, listing, money, part, percent, place, short
from wellhead.publish.tables import CountryRow
from wellhead.publish.terms import CLASSES, CRITERIA, POLICIES

_NAMED = 5


def sentences(release: Release, rows: Sequence[CountryRow]) -> list[Markup]:
    """What the evidence shows: the answer in one sentence, then each part of it with its figures.

    `rows` are the table's own, so that the sentences say what the table adds up to.
    """
    if not release.receipts:
        said = Markup("In the ledgers examined, {} received nothing from outside itself.")
        return [said.format(_name(short(release.target)))]
    known = [row for row in rows if row.code != UNKNOWN and row.reached]
    lost = sum(row.amount for row in rows if row.code == UNKNOWN)
    return [
        _answer(release, known),
        _received(release),
        escape(_came_from(release, known)),
        *map(escape, _state_amounts(release, known)),
        escape(_unknown(release, lost)),
        *_other_rules(release),
    ]


def _name(words: str) -> Markup:
    """A name in a sentence, whose script cannot reorder the words and figures around it."""
    return Markup("<bdi>{}</bdi>").format(words)


def states(rows: Sequence[CountryRow]) -> list[CountryRow]:
    """Countries whose state bodies are among the origins, largest state amount first."""
    paid = [row for row in rows if row.of(HolderClass.STATE) > 0]
    return sorted(paid, key=lambda row: (-row.of(HolderClass.STATE), row.code))


def _answer(release: Release, known: Sequence[CountryRow]) -> Markup:
    """How many countries; in which of them a state body paid; who paid in the others."""
    target = _name(short(release.target))
    if not known:
        return Markup("None of the money that reached {} could be attributed to a country.").format(target)
    reach = count(len(known), "country", "countries")
    verb = "reached" if release.additive else "can have reached"
    clauses = Markup("; ").join([*_with_state(known), *_without_state(known)])
    return Markup("Money from {} {} {}; {}.").format(reach, verb, target, clauses)


def _with_state(known: Sequence[CountryRow]) -> list[Markup]:
    paid = states(known)
    if not paid:
        return []
    if len(known) == 1:
        return [Markup("a state body is among the payers there")]
    named = [_name(place(row.code)) for row in paid[:_NAMED]]
    if len(paid) > _NAMED:
        named.append(Markup("{} more").format(len(paid) - _NAMED))
    states_named = Markup(" and ").join([Markup(", ").join(named[:-1]), named[-1]][len(named) < 2 :])
    many = "one" if len(paid) == 1 else len(paid)
    return [Markup("in {} of them ({}) a state body paid").format(many, states_named)]


def _without_state(known: Sequence[CountryRow]) -> list[str]:
    """What is said of the countries in which no state body was found: the classes that do occur there."""
    rest = [row for row in known if row.of(HolderClass.STATE) <= 0]
    if not rest:
        return []
    found = [
        CLASSES[each][1]
        for each in HolderClass
        if each is not HolderClass.UNKNOWN and any(row.of(each) > 0 for row in rest)
    ]
    unclear = sum(row.of(HolderClass.UNKNOWN) > 0 for row in rest)
    where = _where(len(rest), len(known))
    if not found:
        return [f"{where} it is not known what kind of holder paid"]
    only = "" if unclear else "only "
    said = f"{where} no state body was found among the payers, {only}{listing(found, 'or')}"
    if not unclear:
        return [said]
    return [f"{said}, and in {unclear} of these also holders of whom it is not known what they are"]


def _where(rest: int, known: int) -> str:
    if rest == known:
        return "there" if known == 1 else f"in all {known}"
    return "in the other one" if rest == 1 else f"in the other {rest}"


def _received(release: Release) -> Markup:
    first, last = (_name(short(day)) for day in release.period)
    received = money(release.receipts, release.currency)
    said = Markup("From {} to {}, {} received {} from outside itself, in {}.")
    return said.format(
        first, last, _name(short(release.target)), received, count(release.receipt_count, "payment")
    )


def _came_from(release: Release, known: Sequence[CountryRow]) -> str:
    by = CRITERIA[release.criterion]
    if not release.additive:
        return (
            f"Everything downstream was counted, by {by}: the amounts below are upper marks that overlap. "
            "They do not say how much came from where."
        )
    rule = POLICIES.get(release.policy) or short(release.policy)
    total = sum(row.amount for row in known)
    share = percent(part(total, release.receipts))
    return (
        f"Traced {rule} and counted by {by}, {money(total, release.currency)} of it ({share}) came from "
        f"{count(len(known), 'country', 'countries')}."
    )


def _state_amounts(release: Release, known: Sequence[CountryRow]) -> list[str]:
    """What the state bodies paid. A line of its own: it is never added to what came from their countries."""
    paid = states(known)
    if not paid or not release.additive:
        return []
    total = sum(row.of(HolderClass.STATE) for row in paid)
    share = percent(part(total, release.receipts))
    return [f"State bodies paid {money(total, release.currency)} of it ({share})."]


def _unknown(release: Release, lost: int) -> str:
    if lost <= 0:
        return "Every part of the receipts could be attributed to a country."
    if not release.additive:
        return "Part of what arrived could not be attributed to any country."
    share = percent(part(lost, release.receipts))
    return f"{money(lost, release.currency)} ({share}) could not be attributed to a country."


def _other_rules(release: Release) -> list[Markup]:
    """Whether another rule of tracing would have given another answer."""
    others = [line for line in release.policies if line.policy not in (release.policy, "poison")]
    used = next((line for line in release.policies if line.policy == release.policy), None)
    if not others or used is None:
        return []
    counts = sorted({line.countries for line in (*others, used)})
    reach = (
        f"{counts[0]} countries" if len(counts) == 1 else f"between {counts[0]} and {counts[-1]} countries"
    )
    same = {line.largest_country for line in others} == {used.largest_country}
    largest = (
        Markup("{} is the largest under each").format(_name(place(used.largest_country)))
        if same
        else "which country is the largest depends on the rule"
    )
    said = Markup("Under the {} rules that share the money out, it came from {}; {}.")
    return [said.format(len(others) + 1, reach, largest)]
