"""Where a record came from, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Reliability(StrEnum):
    """Reliability of a *source* (NATO STANAG 2511, the Admiralty code's letter)."""

    COMPLETELY = "A"
    USUALLY = "B"
    FAIRLY = "C"
    NOT_USUALLY = "D"
    UNRELIABLE = "E"
    UNKNOWN = "F"


class Credibility(StrEnum):
    """Credibility of a *report* (the Admiralty code's number)."""

    CONFIRMED = "1"
    PROBABLY_TRUE = "2"
    POSSIBLY_TRUE = "3"
    DOUBTFUL = "4"
    IMPROBABLE = "5"
    UNKNOWN = "6"


@dataclass(frozen=True, slots=True)
class Grade:
    """An Admiralty grade such as ``B2``. The letter grades the source, the digit the report."""

    reliability: Reliability = Reliability.UNKNOWN
    credibility: Credibility = Credibility.UNKNOWN

    def __str__(self) -> str:
        return f"{self.reliability}{self.credibility}"

    @classmethod
    def parse(cls, text: str) -> Grade:
        """`"B2"` → Grade. Raises ValueError for anything but a letter A-F and a digit 1-6."""
        if len(text) != 2:
            raise ValueError(f"{text!r} is not an Admiralty grade: a letter A-F and a digit 1-6, as in 'B2'")
        return cls(Reliability(text[0].upper()), Credibility(text[1]))

    @classmethod
    def weakest(cls, grades: Iterable[Grade]) -> Grade:
        """The grade of a chain: its worst letter and its worst digit, neither averaged away."""
        listed = list(grades)
        if not listed:
            return cls()
        return cls(max(g.reliability for g in listed), max(g.credibility for g in listed))


class Marking(StrEnum):
    """Traffic Light Protocol 2.0 (FIRST, August 2022)."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was loaded.

    `path` is the name that the user gave (for a member of an archive ``archive.zip/member.csv``),
    `sha256` the lower-case hex digest of the bytes on disk, `kind` the reader's name.
    """

    path: str
    sha256: str
    bytes: int
    kind: str
    grade: Grade = field(default_factory=Grade)
    marking: Marking = Marking.AMBER


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record that a figure rests on: a row of a table, an element of a message."""

    file: str
    row: int
    sha256: str = ""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}"
