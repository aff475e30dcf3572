"""The demo case from start to finish: what was planted is found, and the case behaves as a case must."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wellhead.case import Case
from wellhead.case.folder import new_case, read_settings
from wellhead.case.investigation import Outcome
from wellhead.demo import Planted, write_case
from wellhead.model.errors import CaseError, CaseLocked
from wellhead.model.finding import HolderClass


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Planted, Outcome]:
    """The demo case at a tenth of its size, run once."""
    folder = tmp_path_factory.mktemp("demo") / "case"
    planted = write_case(folder, transfers=20_000)
    with Case.open(folder) as case:
        return planted, case.run()


def cells(outcome: Outcome) -> dict[tuple[str, HolderClass], float]:
    return {
        (line.country, kind): amount
        for line in outcome.release.countries
        for kind, amount in line.by_class.items()
        if amount >= 0.5
    }


def test_receipts_are_found_to_the_cent(demo: tuple[Planted, Outcome]) -> None:
    planted, outcome = demo
    assert outcome.release.receipts == planted.receipts
    assert outcome.release.receipt_count == planted.receipt_count
    assert sum(cells(outcome).values()) == planted.receipts


def test_forty_countries_are_found_under_every_policy(demo: tuple[Planted, Outcome]) -> None:
    planted, outcome = demo
    found = {country for country, _ in cells(outcome) if country}
    assert found == {country for country in planted.reaching if country}
    assert len(found) == 40
    assert [line.countries for line in outcome.release.policies] == [40, 40, 40]


def test_planted_amounts_are_found_by_country_and_class(demo: tuple[Planted, Outcome]) -> None:
    """What flowed in chains of its own is found to the cent; what was mixed, within the mixed amount."""
    planted, outcome = demo
    found = cells(outcome)
    for (country, kind), amount in planted.exact.items():
        cell = ("" if not country.strip() else country, HolderClass(kind))
        assert amount <= found.get(cell, 0) <= amount + planted.pooled_receipts
        if (country, kind) not in planted.pooled:
            assert found.get(cell, 0) == amount
    off = sum(
        abs(found.get((country.strip(), HolderClass(kind)), 0) - amount)
        for (country, kind), amount in planted.expected().items()
    )
    assert off <= 0.1 * planted.pooled_receipts


def test_the_state_is_apart_from_the_people(demo: tuple[Planted, Outcome]) -> None:
    planted, outcome = demo
    states = {country for country, kind in cells(outcome) if kind is HolderClass.STATE}
    assert states == {planted.state_country}
    ids = [finding.id for finding in outcome.release.findings]
    assert f"state-{planted.state_country}" in ids


def test_dirty_rows_are_counted_as_planted(demo: tuple[Planted, Outcome]) -> None:
    planted, outcome = demo
    counts = outcome.release.quality.counts()
    assert {name: counts[name] for name in planted.quality()} == planted.quality()


def test_every_finding_names_its_evidence_and_grade(demo: tuple[Planted, Outcome]) -> None:
    _, outcome = demo
    for finding in outcome.release.findings:
        assert str(finding.grade) == "C3"
        assert finding.evidence or finding.value == 0
        assert all(e.sha256 for e in finding.evidence)


def test_chains_add_up_and_end_at_the_target(demo: tuple[Planted, Outcome]) -> None:
    planted, outcome = demo
    for chains in outcome.release.chains:
        assert sum(c.amount for c in chains.chains) + chains.remainder == chains.total
        for chain in chains.chains:
            assert chain.steps[-1].receiver in planted.target
            assert chain.amount <= min(step.amount for step in chain.steps)
            for one, other in zip(chain.steps, chain.steps[1:], strict=False):
                assert one.receiver == other.sender
                assert one.time <= other.time


def test_running_again_loads_nothing_and_writes_the_same_bytes(demo: tuple[Planted, Outcome]) -> None:
    _, outcome = demo
    before = outcome.report.read_bytes(), (outcome.folder / "findings.json").read_bytes()
    with Case.open(outcome.folder) as case:
        again = case.run()
        status = case.status()
    assert all(poured.already for poured in again.poured)
    assert (outcome.report.read_bytes(), (outcome.folder / "findings.json").read_bytes()) == before
    assert status.waiting == status.gone == ()
    assert status.report


def test_a_second_process_is_told_that_the_case_is_open(demo: tuple[Planted, Outcome]) -> None:
    _, outcome = demo
    opening = f"from wellhead.case import Case; case = Case.open({str(outcome.folder)!r})"
    script = f"{opening}; print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(CaseLocked, match="open in another process"):
            Case.open(outcome.folder)
        other.communicate("\n")


def test_changed_evidence_is_refused(demo: tuple[Planted, Outcome], tmp_path: Path) -> None:
    _, outcome = demo
    folder = tmp_path / "case"
    shutil.copytree(outcome.folder, folder)
    ledger = next((folder / "ledgers").iterdir())
    ledger.write_bytes(ledger.read_bytes() + b"\n")
    with Case.open(folder) as case, pytest.raises(CaseError, match="has changed since it was loaded"):
        case.run()


def test_a_new_case_has_settings_that_can_be_read(tmp_path: Path) -> None:
    new_case(tmp_path / "a")
    assert read_settings(tmp_path / "a").policy == "fifo"
    with pytest.raises(CaseError, match="is there already"):
        new_case(tmp_path / "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 1", "title"),
        ("polcy = 'fifo'", "polcy"),
        ("policy = 'best'", "policy"),
        ("currency = 'DOLLARS'", "currency"),
        ("[grades]\nledgers = 'good'", "grades"),
        ("= nothing", "not valid TOML"),
    ],
)
def test_wrong_settings_name_the_key(tmp_path: Path, text: str, message: str) -> None:
    new_case(tmp_path / "a")
    (tmp_path / "a" / "case.toml").write_text("[target]\nname = 'x'\n" if text.startswith("[") else "")
    path = tmp_path / "a" / "case.toml"
    target = "\n[target]\naccounts = ['T']\n"
    path.write_text(text + target)
    with pytest.raises(CaseError, match=message):
        read_settings(tmp_path / "a")


def test_answers_are_plain_json(demo: tuple[Planted, Outcome]) -> None:
    _, outcome = demo
    answer = json.loads(json.dumps(outcome.answer(), allow_nan=False))
    assert answer["receipts"] == outcome.release.receipts
    assert sum(line["amount"] for line in answer["countries"]) == answer["receipts"]
