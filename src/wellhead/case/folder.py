"""The case folder: `case.toml` says what is asked, its subfolders hold the files."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from wellhead.model.errors import CaseError, UsageError
from wellhead.model.finding import Criterion
from wellhead.model.money import currency
from wellhead.model.provenance import Grade, Marking

ROOMS = ("ledgers", "registers", "watchlists", "articles", "imagery", "flares")
"""The subfolders of a case, in the order in which an investigation fills them."""
LOADED_ROOMS = ("registers", "ledgers")
"""Those whose files this version loads; registers first, so that accounts have holders."""

MARKING_DEFAULT = Marking.AMBER
_T = TypeVar("_T")


def _grade(text: str) -> str:
    return str(Grade.parse(text))


def _currency(code: str) -> str:
    try:
        return currency(code).code
    except UsageError as error:
        raise ValueError(str(error)) from error


def _one_or_several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Party(_Table):
    """Accounts listed in the file, or in a text file of the case folder with one a line."""

    name: str = ""
    accounts: Annotated[tuple[str, ...], BeforeValidator(_one_or_several)] = ()
    file: str = ""

    def identifiers(self, folder: Path) -> list[str]:
        """All accounts named, the file's after the listed ones."""
        return [*self.accounts, *(read_identifiers(folder / self.file) if self.file else [])]


class Period(_Table):
    """Receipts from the first day to the last, both included; either may be left out."""

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")


class CaseSettings(_Table):
    """What `case.toml` may say. Unknown keys are refused, so that a misspelt one is not ignored."""

    title: str = "Untitled case"
    claim: str = ""
    target: Party
    boundaries: Party = Party()
    period: Period = Field(default_factory=lambda: Period.model_validate({}))
    currency: Annotated[str, AfterValidator(_currency)] | None = None
    policy: Literal["fifo", "lifo", "pro-rata", "poison"] = "fifo"
    criterion: Criterion = Criterion.RESIDENCE
    control_threshold: float = Field(0.25, gt=0, le=1)
    max_rest_days: float | None = Field(None, ge=0)
    credits_first: bool = False
    drop_duplicates: bool = False
    marking: Marking = MARKING_DEFAULT
    rates: str = ""
    opening: str = ""
    grades: dict[str, Annotated[str, AfterValidator(_grade)]] = {}
    markings: dict[str, Marking] = {}
    columns: dict[str, dict[str, str]] = {}

    def grade(self, path: str) -> Grade:
        """The grade of a file of the case: its own, else its room's, else F6 (cannot be judged)."""
        return Grade.parse(_nearest(self.grades, path) or "F6")

    def marking_of(self, path: str) -> Marking:
        """The marking of a file: its own, else its room's, else the case's."""
        return _nearest(self.markings, path) or self.marking


def _nearest(table: dict[str, _T], path: str) -> _T | None:
    """The entry for a file, or for the folder that it lies in."""
    found = (table.get(part.as_posix()) for part in (Path(path), *Path(path).parents))
    return next((entry for entry in found if entry is not None), None)


def read_settings(folder: Path) -> CaseSettings:
    """`case.toml` of a case folder. Raises CaseError that names the key at fault."""
    path = folder / "case.toml"
    if not path.is_file():
        raise CaseError(
            f"{folder} is no case: it has no case.toml.", remedy=f"`wellhead new {folder}` makes one."
        )
    try:
        return CaseSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{path} is not valid TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CaseError(f"{path}: {place}: {_said(first)}.", remedy=_remedy(first)) from error


def _said(error: ErrorDetails) -> str:
    return "there is no such key" if error["type"] == "extra_forbidden" else error["msg"]


def _remedy(error: ErrorDetails) -> str:
    key = str(error["loc"][-1]) if error["loc"] else ""
    close = difflib.get_close_matches(key, CaseSettings.model_fields)
    if error["type"] == "extra_forbidden" and close:
        return f"Did you mean {close[0]}?"
    return "docs/case.md lists every key."


def read_identifiers(path: Path) -> list[str]:
    """Account identifiers, one a line; blank lines and lines that begin with # are passed over."""
    if not path.is_file():
        raise CaseError(f"{path}: no such list of accounts.", remedy="It holds one identifier a line.")
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def files_of(folder: Path) -> Iterator[Path]:
    """Every file to load, in a fixed order: rooms as listed, then by name. Hidden files are passed over."""
    for room in LOADED_ROOMS:
        found = (path for path in (folder / room).rglob("*") if path.is_file())
        yield from sorted(path for path in found if not path.name.startswith("."))


def new_case(folder: Path) -> None:
    """Make an empty case folder. Raises CaseError where there is one already."""
    path = folder / "case.toml"
    if path.exists():
        raise CaseError(f"{path} is there already.", remedy="Choose another folder.")
    try:
        for room in ROOMS:
            (folder / room).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CaseError(
            f"{folder} cannot be made: {error.strerror}.", remedy="Choose another folder."
        ) from error
    path.write_text(_TEMPLATE, encoding="utf-8")
    (folder / "target.txt").write_text(
        "# The accounts of the group that was paid, one a line.\n", encoding="utf-8"
    )


_TEMPLATE = """\
title = "Untitled case"
claim = ""                    # the claim to be tested, as it was made
#currency = "USD"             # everything is reported in it; needed where the ledgers hold several
policy = "fifo"               # fifo, lifo, pro-rata or poison
criterion = "residence"       # held, residence, nationality or owner: the tie that counts for a country
marking = "TLP:AMBER"
#rates = "rates.csv"          # exchange rates of your own: date,code,rate (units for one euro)
#opening = "opening.csv"      # what accounts held before the ledgers begin: account,amount,currency
#max_rest_days = 180          # money that rested longer is not followed
#credits_first = true         # for ledgers of bare dates: within a day credits come before debits

[target]
name = "the group"
file = "target.txt"           # or: accounts = ["DE02120300000000202051"]

#[boundaries]                 # accounts at which tracing stops: all that they pay out began there
#accounts = []

#[period]                     # receipts of these days; earlier transfers still tell where they came from
#from = 2014-01-01
#to = 2015-12-31

#[grades]                     # Admiralty code: reliability of the source A-F, credibility 1-6
#"ledgers" = "B2"
#"ledgers/leak.csv" = "D3"

#[columns."ledgers/leak.csv"] # where headers cannot be guessed
#time = "Booked"
#sender = "From account"
#receiver = "To account"
#amount = "Sum"
"""
