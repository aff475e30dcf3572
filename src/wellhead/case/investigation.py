"""A case: its folder, its file, its run, its state."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import wellhead
from wellhead.case.findings import COMPARED, release_of
from wellhead.case.folder import CaseSettings, files_of, read_settings
from wellhead.case.question import registers_of, trace
from wellhead.case.reading import pour_openings, pour_path
from wellhead.model.errors import CaseError, MissingColumns, UsageError
from wellhead.model.ledger import Ledger
from wellhead.model.provenance import SourceFile
from wellhead.model.transfer import RowReport
from wellhead.publish.release import Release
from wellhead.publish.report import write_report
from wellhead.sources.opened import fingerprint, opened
from wellhead.sources.options import ReadOptions
from wellhead.store.case_file import CaseFile, Poured, Progress
from wellhead.store.legs import legs, match_legs, overrule
from wellhead.store.load import Selection, load_ledger, load_reports
from wellhead.store.rates import read_rates
from wellhead.tracing.attribution import Registers
from wellhead.tracing.result import Trace
from wellhead.tracing.tracer import Tracer

log = logging.getLogger("wellhead.case")

CASE_FILE = "case.duckdb"
REPORT = "report.html"
FINDINGS = "findings.json"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a run did and found."""

    folder: Path
    poured: tuple[Poured, ...]
    trace: Trace
    release: Release

    @property
    def report(self) -> Path:
        return self.folder / REPORT

    def answer(self) -> dict[str, Any]:
        """For machines: the findings, the countries, where the report is."""
        return {
            "version": wellhead.__version__,
            "report": str(self.report),
            "title": self.release.title,
            "claim": self.release.claim,
            "currency": self.release.currency.code,
            "minor_units": self.release.currency.exponent,
            "policy": self.release.policy,
            "criterion": str(self.release.criterion),
            "receipts": self.release.receipts,
            "findings": [
                {
                    "id": f.id,
                    "statement": f.statement,
                    "value": f.value,
                    "unit": f.unit,
                    "low": f.low,
                    "high": f.high,
                    "grade": str(f.grade),
                    "evidence": [{"file": e.file, "row": e.row, "sha256": e.sha256} for e in f.evidence],
                    "evidence_total": f.evidence_total,
                }
                for f in self.release.findings
            ],
            "countries": [
                {
                    "country": line.country or "unknown",
                    "amount": line.amount,
                    "share": line.share,
                    "classes": {str(kind): amount for kind, amount in sorted(line.by_class.items())},
                }
                for line in self.release.countries
            ],
            "doubtful": [
                {
                    "account": a.identifier,
                    "holder": a.holder_name,
                    "country": a.country or "unknown",
                    "class": str(a.holder_class),
                    "doubts": list(a.ambiguous),
                }
                for a in self.trace.attributed
                if a.ambiguous
            ],
            "quality": self.release.quality.counts(),
        }


@dataclass(frozen=True, slots=True)
class Status:
    """What a case holds. `waiting` are files of the folder not loaded yet, `gone` loaded ones that are no
    longer there."""

    folder: Path
    settings: CaseSettings
    sources: tuple[SourceFile, ...]
    waiting: tuple[str, ...]
    gone: tuple[str, ...]
    report: bool
    reports: tuple[RowReport, ...]

    def answer(self) -> dict[str, Any]:
        """For machines."""
        return {
            "folder": str(self.folder),
            "title": self.settings.title,
            "loaded": [
                {"file": s.path, "kind": s.kind, "bytes": s.bytes, "grade": str(s.grade), "sha256": s.sha256}
                for s in self.sources
            ],
            "waiting": list(self.waiting),
            "gone": list(self.gone),
            "report": self.report,
            "reports": [dataclasses.asdict(report) for report in self.reports],
        }


class Case:
    """An open case. One process at a time; use it as a context manager."""

    def __init__(self, folder: Path, settings: CaseSettings, store: CaseFile) -> None:
        self.folder, self.settings, self._store = folder, settings, store

    @classmethod
    def open(cls, folder: str | Path, *, memory: str = "", threads: int = 0) -> Self:
        """Open a case folder. Raises CaseError where there is none, CaseLocked where it is open elsewhere."""
        where = Path(folder)
        settings = read_settings(where)
        return cls(where, settings, CaseFile.open(where / CASE_FILE, memory_limit=memory, threads=threads))

    def load(self, progress: Progress | None = None) -> tuple[Poured, ...]:
        """Load every file of the folder that is not in the case yet, then match payment legs. A file that
        was loaded and changed since is refused: evidence does not change under a case."""
        if not any(files_of(self.folder)):
            raise CaseError(
                f"{self.folder} holds no files yet.", remedy="Put ledgers into its folder ledgers."
            )
        poured = [p for path in files_of(self.folder) for p in self._pour(path, progress)]
        if self.settings.opening:
            options = ReadOptions(currency=self.settings.currency or "")
            name = self.settings.opening
            poured.append(pour_openings(self._store, self.folder / name, name, options))
        matched = match_legs(self._store.engine)
        log.info("matched payment legs", extra={"legs": len(matched)})
        return tuple(poured)

    def _pour(self, path: Path, progress: Progress | None) -> Iterator[Poured]:
        name = path.relative_to(self.folder).as_posix()
        options = ReadOptions(
            columns=self.settings.columns.get(name, {}), currency=self.settings.currency or ""
        )
        grade, marking = self.settings.grade(name), self.settings.marking_of(name)
        try:
            yield from pour_path(self._store, path, name, options, None, progress, grade, marking)
        except MissingColumns as error:
            remedy = f'Say which is which in case.toml, under [columns."{name}"].'
            raise MissingColumns(error.message, remedy=remedy) from error

    def ledger(self) -> Ledger:
        """The case's transfers in one currency and in time order."""
        rates = read_rates(self.folder / self.settings.rates) if self.settings.rates else None
        selection = Selection(
            code=self.settings.currency or "", drop_duplicates=self.settings.drop_duplicates
        )
        return load_ledger(self._store, selection, rates)

    def run(self, progress: Progress | None = None) -> Outcome:
        """Load, trace, find, write the report and `findings.json`. Running again on the same files writes
        the same bytes."""
        poured = self.load(progress)
        settings, ledger = self.settings, self.ledger()
        tracer = Tracer(ledger, credits_first=settings.credits_first)
        registers = registers_of(ledger)
        traces: dict[str, Trace] = {}
        for policy in dict.fromkeys((settings.policy, *COMPARED)):
            if progress:
                progress(f"tracing {policy}", len(traces) / (len(COMPARED) + 1))
            traces[policy] = self._trace(ledger, tracer, registers, policy)
        found = traces[settings.policy]
        compared = {name: traces[name] for name in COMPARED}
        release = release_of(settings, self.folder, found, compared)
        outcome = Outcome(self.folder, poured, found, release)
        write_report(release, outcome.report)
        log.info("wrote report", extra={"file": str(outcome.report), "policy": found.policy})
        answer = json.dumps(outcome.answer(), ensure_ascii=False, indent=2, sort_keys=True)
        (self.folder / FINDINGS).write_text(answer + "\n", encoding="utf-8")
        return outcome

    def _trace(self, ledger: Ledger, tracer: Tracer, registers: Registers, policy: str) -> Trace:
        settings = self.settings
        return trace(
            ledger,
            to=settings.target.identifiers(self.folder),
            sources=settings.boundaries.identifiers(self.folder),
            policy=policy,
            criterion=settings.criterion,
            control_threshold=settings.control_threshold,
            max_rest_days=settings.max_rest_days,
            period=(settings.period.first, settings.period.last),
            tracer=tracer,
            registers=registers,
        )

    def status(self) -> Status:
        """What is loaded, what waits, what is gone."""
        sources = self._store.sources()
        known, hashes = {s.path for s in sources}, {s.sha256 for s in sources}
        present = {
            file.name.replace(str(path), path.relative_to(self.folder).as_posix(), 1): file
            for path in files_of(self.folder)
            for file in opened(path)
        }
        waiting = tuple(
            name for name, file in present.items() if name not in known and fingerprint(file)[0] not in hashes
        )
        gone = tuple(s.path for s in sources if s.path not in present)
        written = (self.folder / REPORT).exists()
        reports = load_reports(self._store.engine)
        return Status(self.folder, self.settings, sources, waiting, gone, written, reports)

    def legs(self) -> tuple[RowReport, ...]:
        """Records recognised as another's other side, counted once."""
        return tuple(leg.report() for leg in legs(self._store.engine))

    def overrule(self, path: str, row: int) -> None:
        """Count a record by itself although it was taken for another's other side."""
        paths = [s.path for s in self._store.sources()]
        if path not in paths:
            raise CaseError(f"{path} is not loaded.", remedy=f"Loaded: {_listed(paths)}.")
        try:
            overrule(self._store.engine, paths.index(path), row)
        except UsageError as error:
            remedy = f"`wellhead legs {self.folder}` lists those that are."
            raise UsageError(f"{path}, row {row} is no leg of another record.", remedy=remedy) from error

    def close(self) -> None:
        """Close the case file."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
