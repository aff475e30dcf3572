"""From files to a ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wellhead.model.errors import CaseError, UsageError
from wellhead.model.ledger import Ledger
from wellhead.model.provenance import Grade, Marking, SourceFile
from wellhead.model.table import TransferTable
from wellhead.model.transfer import Action, Reason, RowReport
from wellhead.sources import opening_balances
from wellhead.sources.opened import fingerprint, opened
from wellhead.sources.options import ReadOptions
from wellhead.sources.readers import read_path
from wellhead.store.case_file import MEMORY, CaseFile, Poured
from wellhead.store.legs import match_legs
from wellhead.store.load import Selection, load_ledger, only_currency
from wellhead.store.rates import RateTable, read_rates

if TYPE_CHECKING:
    from wellhead.store.case_file import Progress

log = logging.getLogger("wellhead.case")

Confirm = Callable[[str], bool]
"""Asks a person a yes-or-no question."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How files are read and what of them becomes the ledger; see `sources.options.ReadOptions`.

    `currency` is both that of rows which name none and that to which all others are converted. `rates` and
    `opening` are CSV files. `confirm` is asked about guessed columns; None takes them. `tell` is given a
    sentence on each thing that was guessed or recognised in a file.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    zone: str = "UTC"
    date_format: str = ""
    drop_duplicates: bool = False
    rates: Path | None = None
    opening: Path | None = None
    memory: str = ""
    threads: int = 0
    confirm: Confirm | None = None
    tell: Callable[[str], None] | None = None

    def options(self) -> ReadOptions:
        """The part that concerns reading."""
        return ReadOptions(
            columns=self.columns, currency=self.currency, zone=self.zone, date_format=self.date_format
        )

    def rate_table(self) -> RateTable | None:
        """The user's rates, or None for the European Central Bank's."""
        return None if self.rates is None else read_rates(self.rates)


def read_ledger(
    *paths: str | Path, loading: Loading | None = None, progress: Progress | None = None, **given: object
) -> Ledger:
    """Read ledgers, registers and payment messages into one ledger in time order.

    `given` are the fields of `Loading`, as in ``read_ledger("a.csv", currency="USD")``. What could not be
    read stands in the ledger's `quality`; nothing is lost. Raises InputError for a file that cannot be read
    at all, MissingColumns where a table's columns are unclear, UsageError where currencies differ and none
    was chosen.
    """
    chosen = loading or Loading(**given)  # type: ignore[arg-type]
    if not paths:
        raise UsageError("No ledger was named.", remedy="Give at least one file.")
    again: list[RowReport] = []
    with CaseFile.open(MEMORY, memory_limit=chosen.memory, threads=chosen.threads) as store:
        for path in paths:
            for poured in pour_path(store, Path(path), str(path), chosen.options(), chosen.confirm, progress):
                _tell(poured, chosen.tell)
                if poured.already:
                    again.append(_same_content(str(path)))
        if chosen.opening is not None:
            pour_openings(store, chosen.opening, str(chosen.opening), chosen.options())
        match_legs(store.engine)
        selection = Selection(code=chosen.currency, drop_duplicates=chosen.drop_duplicates)
        ledger = load_ledger(store, selection, chosen.rate_table())
    quality = replace(ledger.quality, reports=(*again, *ledger.quality.reports))
    return replace(ledger, quality=quality)


def _same_content(name: str) -> RowReport:
    detail = "the same content as a file named before it: not loaded again"
    return RowReport(name, 0, Reason.DUPLICATE, Action.MERGED, detail)


def pour_path(
    store: CaseFile,
    path: Path,
    name: str,
    options: ReadOptions,
    confirm: Confirm | None = None,
    progress: Progress | None = None,
    grade: Grade | None = None,
    marking: Marking = Marking.AMBER,
) -> Iterator[Poured]:
    """Pour every stream of a file (a zip holds several) into the store; `name` is what the user calls it."""
    for file in read_path(path, options, grade=grade, marking=marking, shown=name):
        if isinstance(file.records, TransferTable) and confirm and not options.columns:
            _confirm_columns(file.records, confirm)
        refuse_changed(store, file.source)
        poured = store.pour(file.source, file.records, progress)
        counts = {"rows": poured.rows, "loaded": poured.loaded, "again": poured.already}
        log.info("poured", extra={"file": poured.source.path, **counts})
        yield poured


def refuse_changed(store: CaseFile, source: SourceFile) -> None:
    """Raise CaseError where a file of that name was loaded with other content: evidence does not change."""
    if any(known.path == source.path and known.sha256 != source.sha256 for known in store.sources()):
        raise CaseError(
            f"{source.path} has changed since it was loaded.",
            remedy="Keep evidence as it was and add the new version under another name, or delete the case "
            "file to load everything anew.",
        )


def pour_openings(store: CaseFile, path: Path, name: str, options: ReadOptions) -> Poured:
    """Pour a file of opening balances."""
    (file,) = opened(path)
    if not options.currency:
        options = replace(options, currency=only_currency(store.engine))
    digest, size = fingerprint(file)
    source = SourceFile(name, digest, size, "opening balances")
    refuse_changed(store, source)
    return store.pour(source, opening_balances.read(file, options))


def _tell(poured: Poured, tell: Callable[[str], None] | None) -> None:
    if tell is not None:
        for note in poured.notes:
            tell(f"{poured.source.path}: {note}")


def _confirm_columns(table: TransferTable, confirm: Confirm) -> None:
    listed = ",".join(f"{word}={header}" for word, header in table.headers.items())
    if not confirm(f"{table.name}: read the columns as {listed}?"):
        raise UsageError(
            "The guessed columns were not confirmed.",
            remedy=f"Say --columns {listed!r}, changed as it should be.",
        )
