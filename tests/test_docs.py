"""The documentation says what the program does: tutorials run, references are complete, links lead somewhere.

A tutorial is run from top to bottom in an empty folder of its own:

- In a ```console block each line that begins with ``$ `` is a command for bash, with its here-document or the
  lines after a backslash. What stands below it is what the reader sees: standard output and standard error
  together, as a terminal shows them. A command must succeed; one that is meant to fail ends in
  ``; echo "exit code $?"``.
- ```python blocks share one namespace; a ```text block below one is what it prints.
- A line ``…`` stands for any lines, ``…`` within a line for any text. Blanks at line ends do not count.
- ```sh blocks are for the reader alone: fetching, installing, opening a browser.
- ``<!-- needs: PLACE as NAME -->`` puts real data into the folder, or skips the page where they are not here.

`python tests/test_docs.py PAGE…` writes what is seen now over what no longer agrees: read the difference
before you commit it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

import wellhead
from conftest import SHARED_DATA
from wellhead.app import cli
from wellhead.app.settings import Settings
from wellhead.case.folder import CaseSettings, Party, Period
from wellhead.model.finding import Criterion, HolderClass
from wellhead.model.transfer import Reason
from wellhead.sources.column_words import MEANINGS
from wellhead.tracing.policies import POLICIES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
LANGUAGES = {"console", "python", "text", "sh", "toml", "json", "csv"}
COMMAND_TIMEOUT = 120

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NEEDS = re.compile(r"<!-- needs: (\S+) as (\S+) -->")
_HERE_DOCUMENT = re.compile(r"<<-?\s*['\"]?(\w+)")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Step:
    """Something the reader does, and what is then to be seen (None where the page does not say).

    `line` is where it stands on the page, `shown` where that which is to be seen begins."""

    language: str
    command: str
    expected: str | None
    line: int
    shown: int = 0


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in _BLOCK.finditer(text)]


def steps(page: Path) -> Iterator[Step]:
    listed = blocks(page)
    for block, following in zip(listed, [*listed[1:], None], strict=False):
        if block.language == "console":
            yield from console_steps(block)
        elif block.language == "python":
            if following is not None and following.language == "text":
                yield Step("python", block.text, following.text, block.line, following.line)
            else:
                yield Step("python", block.text, None, block.line)


def console_steps(block: Block) -> Iterator[Step]:
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        start, command = at, [lines[at].removeprefix("$ ")]
        assert lines[at].startswith("$ "), f"line {block.line + at} is output of no command: {lines[at]!r}"
        at += 1
        while command[-1].endswith("\\"):
            command.append(lines[at])
            at += 1
        if ends := _HERE_DOCUMENT.search(command[-1]):
            stop = lines.index(ends[1], at) + 1
            command += lines[at:stop]
            at = stop
        shown, output = at, []
        while at < len(lines) and not lines[at].startswith("$ "):
            output.append(lines[at])
            at += 1
        yield Step("console", "\n".join(command), "\n".join(output), block.line + start, block.line + shown)


def run_console(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=COMMAND_TIMEOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"exit code {done.returncode}:\n{done.stdout}"
    return done.stdout


def run_python(code: str, namespace: dict[str, Any], place: str) -> str:
    seen = io.StringIO()
    with contextlib.redirect_stdout(seen):
        exec(compile(code, place, "exec"), namespace)
    return seen.getvalue()


def matches(expected: str, seen: str) -> bool:
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line.strip() == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"\n"
        for line in tidy(expected).splitlines()
    )
    return re.fullmatch(pattern, tidy(seen)) is not None


def tidy(text: str) -> str:
    """Without blanks at the ends of lines and empty lines at either end."""
    lines = "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")
    return lines + "\n" if lines else ""


def followed(page: Path, folder: Path) -> Iterator[tuple[Step, str]]:
    """Each step of a page, done in `folder`, and what was seen."""
    namespace: dict[str, Any] = {}
    for step in steps(page):
        if step.language == "python":
            yield step, run_python(step.command, namespace, f"{page.name}, line {step.line}")
        else:
            yield step, run_console(step.command, folder)


def agrees(step: Step, seen: str) -> bool:
    return step.expected is None or matches(step.expected, seen)


def lay_out(page: Path, folder: Path, find: Callable[..., Path]) -> None:
    """Link the real data that a page needs into its folder."""
    for place, name in _NEEDS.findall(page.read_text(encoding="utf-8")):
        link = folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(find(*place.split("/")))


TUTORIALS = [page for page in PAGES if any(block.language in ("console", "python") for block in blocks(page))]


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.name)
def test_tutorial_runs_as_written(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_data: Callable[..., Path]
) -> None:
    lay_out(page, tmp_path, shared_data)
    monkeypatch.chdir(tmp_path)
    for step, seen in followed(page, tmp_path):
        if not agrees(step, seen):
            place = f"{page.name}, line {step.line}"
            pytest.fail(f"{place}: {step.command}\n--- documented\n{step.expected}\n--- seen\n{seen}")


def test_tutorials_are_found() -> None:
    named = {page.name for page in TUTORIALS}
    assert {"README.md", "first-trace.md", "first-case.md", "real-cases.md"} <= named


@pytest.mark.parametrize(
    ("expected", "seen", "agree"),
    [
        ("a\nb", "a  \nb\n", True),
        ("a\n…\nd", "a\nb\nc\nd\n", True),
        ("a\n…\nd", "a\nd\n", True),
        ("took … s", "took 3.2 s\n", True),
        ("took … s", "took 3\n2 s\n", False),
        ("a", "a\nb\n", False),
        ("", "a\n", False),
        ("1.00 USD", "1x00 USD\n", False),
    ],
)
def test_what_a_page_shows_is_compared_exactly_but_for_gaps(expected: str, seen: str, agree: bool) -> None:
    assert matches(expected, seen) is agree


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    listed = blocks(page)
    if page.parent == DOCS or page.name == "README.md":
        assert {block.language for block in listed} <= LANGUAGES
    before = ""
    for block in listed:
        if block.language == "text":
            assert before == "python", f"line {block.line}: output of nothing that is run"
        before = block.language


def slug(heading: str) -> str:
    """A heading's anchor as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def headings(page: Path) -> list[str]:
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), f"{target} is not there"
        if anchor:
            assert anchor in {slug(heading) for heading in headings(there)}, f"{target}: no such heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    found = {ROOT / "README.md"}
    for page in (waiting := [ROOT / "README.md"]):
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            there = (page.parent / target.partition("#")[0]).resolve()
            if there.suffix == ".md" and there not in found and there.exists():
                found.add(there)
                waiting.append(there)
    assert set(PAGES) <= found


def section(page: str, heading: str) -> str:
    """The text below a heading, up to the next one of the same or a higher level."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no section {heading!r}"
    return found[2]


def first_cells(text: str) -> list[str]:
    """The words in code type that begin the rows of tables."""
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def command_options() -> list[tuple[str, str]]:
    group: Any = typer.main.get_command(cli.app)
    return [
        (name, option)
        for name, command in group.commands.items()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("-")
    ]


@pytest.mark.parametrize(("command", "option"), command_options())
def test_every_option_is_documented_with_its_command(command: str, option: str) -> None:
    assert f"`{option}`" in section("commands.md", f"wellhead {command}")


def test_no_option_is_documented_that_is_not_there() -> None:
    for command in typer.main.get_command(cli.app).commands:  # type: ignore[attr-defined]
        known = {option for name, option in command_options() if name == command} | {"--help"}
        told = re.findall(r"`(--[a-z-]+)", section("commands.md", f"wellhead {command}"))
        assert set(told) <= known


def test_every_exit_code_is_documented() -> None:
    documented = set(first_cells(section("commands.md", "Exit codes")))
    codes = {0, 1, cli.INTERRUPTED, *(code for _, code in cli.EXIT_CODES)}
    assert documented == {str(code) for code in codes}


def test_every_setting_is_documented() -> None:
    documented = set(first_cells(section("commands.md", "Settings")))
    assert documented == {f"WELLHEAD_{name.upper()}" for name in Settings.model_fields}


def case_keys() -> set[str]:
    parts = {"target": Party, "boundaries": Party, "period": Period}
    nested = {
        f"{name}.{field.alias or key}"
        for name, part in parts.items()
        for key, field in part.model_fields.items()
    }
    return nested | {name for name in CaseSettings.model_fields if name not in parts}


def test_every_key_of_a_case_is_documented() -> None:
    text = (DOCS / "case.md").read_text(encoding="utf-8")
    assert set(first_cells(text.partition("## Folders")[0])) == case_keys()


def test_examples_of_case_toml_are_valid() -> None:
    examples = [b for page in PAGES for b in blocks(page) if b.language == "toml"]
    assert examples
    for block in examples:
        CaseSettings.model_validate(tomllib.loads(block.text))


def test_every_reason_of_the_load_report_is_documented() -> None:
    assert first_cells(section("ledgers.md", "The load report")) == [str(reason) for reason in Reason]


def test_every_column_word_is_documented() -> None:
    assert first_cells(section("ledgers.md", "Columns")) == list(MEANINGS)


def test_every_policy_is_documented() -> None:
    assert first_cells(section("tracing.md", "Policies")) == list(POLICIES)


def test_every_criterion_and_class_is_documented() -> None:
    assert first_cells(section("attribution.md", "Criteria")) == [str(criterion) for criterion in Criterion]
    assert first_cells(section("attribution.md", "Classes of holder")) == [str(kind) for kind in HolderClass]


def test_every_public_name_is_documented() -> None:
    documented = set(first_cells(section("commands.md", "From Python")))
    assert documented == {f"wellhead.{name}" for name in wellhead.__all__}


def test_every_make_target_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        named = re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(named) <= targets, page.name


def rewrite(page: Path) -> None:
    """Put what is seen now in the place of what no longer agrees."""
    lines = page.read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        lay_out(page, Path(folder), SHARED_DATA.joinpath)
        wrong = [(step, seen) for step, seen in followed(page, Path(folder)) if not agrees(step, seen)]
    for step, seen in reversed(wrong):
        place = step.shown - 1
        lines[place : place + len((step.expected or "").splitlines())] = tidy(seen).splitlines()
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(name).resolve())
