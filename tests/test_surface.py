"""The public surface is pinned, and importing it stays light."""

from __future__ import annotations

import subprocess
import sys

import pytest

import wellhead

HEAVY = {
    "numpy", "numba", "duckdb", "pyarrow", "pandas", "followthemoney", "lxml", "pydantic_settings",
}  # fmt: skip


def test_public_names() -> None:
    assert wellhead.__all__ == [
        "Case",
        "Ledger",
        "Trace",
        "Tracer",
        "WellheadError",
        "__version__",
        "read_ledger",
        "trace",
        "trace_each",
    ]
    for name in wellhead.__all__:
        assert getattr(wellhead, name) is not None


@pytest.mark.parametrize(
    "code",
    [
        "import wellhead",
        "import wellhead; wellhead.WellheadError",
        "from wellhead.app.cli import main; sys.argv = ['wellhead', '--version']; main()",
        "from wellhead.app.cli import main; sys.argv = ['wellhead', '--help']; main()",
        "from wellhead.app.cli import main; sys.argv = ['wellhead', 'trace', '--help']; main()",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_used(code: str) -> None:
    script = f"""\
import sys
try:
    {code}
except SystemExit as end:
    assert not end.code, end.code
print("\\nloaded:", *sorted(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("loaded: ")[2].split())
    assert "wellhead" in loaded
    assert not HEAVY & loaded


def test_every_heavy_package_is_one_that_a_trace_can_load() -> None:
    """The list above stays true: a package that is not installed could never be found in it."""
    script = "import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, sys.argv[1:])))"
    subprocess.run([sys.executable, "-c", script, *sorted(HEAVY)], check=True)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        wellhead.nothing  # noqa: B018
