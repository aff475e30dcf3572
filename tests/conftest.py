"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# `make test` tries the same examples every time; `make fuzz` looks for new ones.
BUSY = [HealthCheck.too_slow]
settings.register_profile(
    "default", deadline=None, max_examples=200, derandomize=True, suppress_health_check=BUSY
)
settings.register_profile("thorough", deadline=None, max_examples=5000, suppress_health_check=BUSY)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

SHARED_DATA = Path(os.environ.get("WELLHEAD_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Callable[..., Path]:
    """Path of a folder of the real data kept beside the checkout; skips the test where it is absent."""

    def find(*parts: str) -> Path:
        folder = SHARED_DATA.joinpath(*parts)
        if not folder.exists():
            pytest.skip(f"real data not here: {'/'.join(parts)} (set WELLHEAD_SHARED_DATA to its folder)")
        return folder

    return find
