"""Which column of a table means what: as the user says, or as its headers let one guess."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wellhead.model.errors import MissingColumns, UsageError
from wellhead.model.money import known_currencies
from wellhead.sources.column_words import (
    ACCOUNT_STAND_INS,
    AMOUNT_FILLERS,
    ATTRIBUTES,
    HEADERS,
    MEANINGS,
    PAIRED_HEADERS,
    PARTICLES,
    REQUIRED,
    SIDES,
)

CLEAR = 0.5
"""A guess below this confidence is not acted upon: the user is asked."""

_NUMBER = re.compile(r"[-+(]?[^\w\s]{0,3}\s?\d[\d.,'\u00a0\u202f ]*([eE][-+]?\d+)?\)?-?(\s?[^\W\d]{1,5})?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
_DATA = re.compile(r"(0x|\\x)[0-9a-fA-F]{6,}|[-+]?[\d.,]*\d[\d.,]*|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping of words to headers as it was guessed.

    `confidence` is 0 to 1, that of the least certain required column; `reasons` has one sentence a column;
    `currency` is the code that the amount's header names ("" for none).
    """

    mapping: Mapping[str, str]
    confidence: float
    reasons: tuple[str, ...]
    currency: str = ""

    def as_option(self) -> str:
        """The mapping as it is typed: ``time=Timestamp,sender=From,…``."""
        return ",".join(f"{word}={header}" for word, header in self.mapping.items())


@dataclass(frozen=True, slots=True)
class _Candidate:
    score: float
    header: str
    position: int


def parse_mapping(text: str) -> dict[str, str]:
    """``"time=Timestamp,sender=From"`` → ``{"time": "Timestamp", "sender": "From"}``. A header that holds a
    comma is put in double quotes; "" maps nothing. Raises UsageError for an unknown word or a part without
    ``=``."""
    mapping: dict[str, str] = {}
    for part in re.findall(r'(?:[^,"]|"[^"]*")+', text):
        word, equals, header = part.partition("=")
        if not equals or not header.strip():
            raise UsageError(
                f"{part.strip()!r} is no mapping of a column.", remedy="Write word=Header, as in time=Date."
            )
        mapping[word.strip()] = header.strip().removeprefix('"').removesuffix('"')
    _check_words(mapping)
    return mapping


def resolve(headers: Sequence[str], mapping: Mapping[str, str], file: str) -> dict[str, tuple[int, ...]]:
    """Each word's 0-based column positions (two where columns are joined by ``+``).

    A header is found as it stands, else without regard to case and spaces, else as a 1-based position.
    Raises MissingColumns, naming the file's headers, for one that is not there.
    """
    _check_words(mapping)
    return {word: _positions(headers, word, header, file) for word, header in mapping.items()}


def guess(headers: Sequence[str], sample_rows: Sequence[Sequence[str]], file: str = "the table") -> Guess:
    """What the headers mean, judged by their words and a look at some rows.

    Raises MissingColumns, with what to type, where a required column cannot be told.
    """
    found = try_guess(headers, sample_rows)
    missing = [word for word in REQUIRED if word not in found.mapping]
    if missing or found.confidence < CLEAR:
        raise _unclear(file, headers, found, missing)
    return found


def try_guess(headers: Sequence[str], sample_rows: Sequence[Sequence[str]]) -> Guess:
    """As `guess`, but what cannot be told is left out of the mapping, and the confidence is 0."""
    candidates = _candidates(headers, sample_rows)
    mapping: dict[str, str] = {}
    reasons: list[str] = []
    confidence = 1.0
    taken: set[int] = set()
    for word in MEANINGS:
        ranked = sorted(
            (c for c in candidates.get(word, ()) if c.position not in taken),
            key=lambda c: (-c.score, c.position),
        )
        if not ranked:
            confidence = 0.0 if word in REQUIRED else confidence
            continue
        best = ranked[0]
        rival = len(ranked) > 1 and ranked[1].score == best.score
        certainty = best.score * (0.4 if rival else 1.0)
        taken.add(best.position)
        mapping[word] = best.header
        if word in REQUIRED:
            confidence = min(confidence, certainty)
        reasons.append(f"{word} = {best.header!r}: {MEANINGS[word]}")
    mapping = _with_clock(mapping, headers, sample_rows)
    return Guess(mapping, round(confidence, 2), tuple(reasons), _currency_named(mapping.get("amount", "")))


def looks_headerless(first: Sequence[str]) -> bool:
    """Whether a table's first row is data already: some cell is a number, date or address, and the others
    hardly name what a ledger needs."""
    cells = [cell.strip() for cell in first if cell.strip()]
    data = [cell for cell in cells if _DATA.fullmatch(cell)]
    return bool(data) and required_words([cell for cell in cells if cell not in data]) < 2


def required_words(cells: Sequence[str]) -> int:
    """How many of a ledger's required columns some cells name."""
    return len({word for cell in cells for word in _meanings(cell)} & set(REQUIRED))


def distinct(headers: Sequence[str]) -> tuple[str, ...]:
    """Headers made different: the second ``Account`` becomes ``Account.1``, an empty one ``column 3``."""
    named: list[str] = []
    for position, header in enumerate(headers, 1):
        name = header.strip() or f"column {position}"
        others = (f"{name}.{count}" for count in range(1, len(headers) + 1))
        free = (other for other in others if other not in named and other not in headers)
        named.append(next(free) if name in named else name)
    return tuple(named)


def words(header: str) -> str:
    """A header as lower-case words: ``"nameOrig"`` → ``"name orig"``, ``"Währung"`` → ``"wahrung"``."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header)
    text = unicodedata.normalize("NFKD", text.lower())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"\.(\d+)$", "", text)))


def _check_words(mapping: Mapping[str, str]) -> None:
    for word in mapping:
        if word not in MEANINGS:
            near = difflib.get_close_matches(word, MEANINGS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise UsageError(
                f"{word!r} is no column word.{hint}", remedy=f"The words are {', '.join(MEANINGS)}."
            )


def _positions(headers: Sequence[str], word: str, header: str, file: str) -> tuple[int, ...]:
    single = _position(headers, header)
    if single is not None:
        return (single,)
    parts = [part.strip() for part in header.split("+")]
    several = [_position(headers, part) for part in parts]
    if word == "time" and len(parts) == 2 and None not in several:
        return tuple(position for position in several if position is not None)
    near = difflib.get_close_matches(header, headers, 3, 0.5)
    hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    raise MissingColumns(
        f"{file} has no column {header!r} for {word!r}.{hint}",
        remedy=f"Its columns are: {_listed(headers)}.",
    )


def _position(headers: Sequence[str], header: str) -> int | None:
    if header in headers:
        return list(headers).index(header)
    folded = [name.strip().casefold() for name in headers]
    if header.strip().casefold() in folded:
        return folded.index(header.strip().casefold())
    if header.isascii() and header.isdigit() and 1 <= int(header) <= len(headers):
        return int(header) - 1
    return None


def _candidates(headers: Sequence[str], sample_rows: Sequence[Sequence[str]]) -> dict[str, list[_Candidate]]:
    found: dict[str, list[_Candidate]] = {}
    for position, header in enumerate(headers):
        for word, score in _meanings(header).items():
            if _fits(word, [row[position] for row in sample_rows if position < len(row)]):
                found.setdefault(word, []).append(_Candidate(score, header, position))
    _add_pair(found, headers)
    return found


def _meanings(header: str) -> dict[str, float]:
    """Word → how clearly the header says it, 0 to 1."""
    text = words(header)
    found = {word: _rank(phrases, text) for word, phrases in HEADERS.items() if text in phrases}
    for side, names in SIDES.items():
        found |= _side_meanings(side, names, text)
    if "amount" not in found and (score := _amount_score(text)):
        found["amount"] = score
    return found


def _side_meanings(side: str, names: Sequence[str], text: str) -> dict[str, float]:
    for name in names:
        rest = _without(text, name)
        if rest is None:
            continue
        rest = _less_particles(rest)
        found = {
            side if attribute == "account" else f"{side}_{attribute}": _rank(phrases, rest)
            for attribute, phrases in ATTRIBUTES.items()
            if rest in phrases
        }
        if side not in found and rest in ACCOUNT_STAND_INS:
            found[side] = 0.7 - 0.02 * ACCOUNT_STAND_INS.index(rest)
        if found:
            return found
    return {}


def _without(text: str, name: str) -> str | None:
    """`text` less a side's name at its start or end, None where it has none."""
    if text == name:
        return ""
    if text.startswith(name + " "):
        return text[len(name) + 1 :]
    if text.endswith(" " + name):
        return text[: -len(name) - 1]
    return None


def _less_particles(text: str) -> str:
    parts = text.split()
    while parts and parts[0] in PARTICLES:
        parts.pop(0)
    while parts and parts[-1] in PARTICLES:
        parts.pop()
    return " ".join(parts)


def _rank(phrases: Sequence[str], text: str) -> float:
    return round(1.0 - 0.3 * phrases.index(text) / len(phrases), 4)


def _amount_score(text: str) -> float:
    """`value in usd`, `total eth`: an amount word, fillers and at most one currency."""
    parts = text.split()
    rest = [part for part in parts if part not in AMOUNT_FILLERS and part not in HEADERS["amount"]]
    named = [part for part in rest if part.upper() in known_currencies()]
    says_amount = any(part in HEADERS["amount"] for part in parts)
    return 0.85 if says_amount and len(rest) == len(named) <= 1 else 0.0


def _currency_named(header: str) -> str:
    """The one currency that an amount's header names. Fillers such as ``in`` are no currency codes."""
    named = {part.upper() for part in words(header).split() if part.upper() in known_currencies()} - {"ALL"}
    return named.pop() if len(named) == 1 else ""


def _fits(word: str, values: Sequence[str]) -> bool:
    """Whether some rows' values can be what the header says. Nothing to see speaks for it."""
    seen = [value.strip() for value in values if value and value.strip()]
    if not seen:
        return True
    if word == "amount":
        return sum(bool(_NUMBER.fullmatch(value)) for value in seen) * 2 >= len(seen)
    if word == "time":
        return sum(any(c.isdigit() for c in value) for value in seen) * 2 >= len(seen)
    if word == "currency":
        return sum(len(value) <= 20 and not value.isdigit() for value in seen) * 2 >= len(seen)
    return True


def _add_pair(found: dict[str, list[_Candidate]], headers: Sequence[str]) -> None:
    """`Account` and `Account.1`: the payer's first, where neither side was named otherwise."""
    bare = [index for index, header in enumerate(headers) if words(header) in PAIRED_HEADERS]
    if len(bare) != 2:
        return
    for side, position in zip(("sender", "receiver"), bare, strict=True):
        if all(c.score <= 0.7 for c in found.get(side, ())):
            found.setdefault(side, []).append(_Candidate(0.75, headers[position], position))


def _with_clock(
    mapping: dict[str, str], headers: Sequence[str], sample_rows: Sequence[Sequence[str]]
) -> dict[str, str]:
    """A date in one column and the time of day in another are joined as ``Date+Time``."""
    clocks: list[str] = []
    dates: list[str] = []
    for position, header in enumerate(headers):
        values = [
            row[position].strip() for row in sample_rows if position < len(row) and row[position].strip()
        ]
        if "time" in _meanings(header) and values:
            (clocks if all(_CLOCK.fullmatch(value) for value in values) else dates).append(header)
    if mapping.get("time") in clocks and dates:
        return mapping | {"time": f"{dates[0]}+{mapping['time']}"}
    if (
        len(clocks) == 1
        and mapping.get("time") in dates
        and not _any_clock(headers, sample_rows, mapping["time"])
    ):
        return mapping | {"time": f"{mapping['time']}+{clocks[0]}"}
    return mapping


def _any_clock(headers: Sequence[str], sample_rows: Sequence[Sequence[str]], header: str) -> bool:
    position = list(headers).index(header)
    return any(":" in row[position] for row in sample_rows if position < len(row))


def _unclear(file: str, headers: Sequence[str], found: Guess, missing: Sequence[str]) -> MissingColumns:
    what = (
        f"no column is clearly {' or '.join(repr(m) for m in missing)}"
        if missing
        else "its columns are ambiguous"
    )
    known = {word: found.mapping.get(word, "…") for word in REQUIRED}
    typed = ",".join(f"{word}={header}" for word, header in known.items())
    return MissingColumns(
        f"{file}: {what}. Its columns are: {_listed(headers)}.",
        remedy=f"Say which is which: --columns '{typed}'.",
    )


def _listed(headers: Sequence[str]) -> str:
    shown = [repr(header) for header in headers[:40]]
    return ", ".join(shown) + (f" and {len(headers) - 40} more" if len(headers) > 40 else "")
