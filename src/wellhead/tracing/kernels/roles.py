"""The numbers by which arrays speak of accounts and pieces."""

from __future__ import annotations

ORDINARY = 0
SOURCE = 1
TARGET = 2
BORN = -1
"""In place of a transfer's index: the piece was born at the paying account (or was its opening balance)."""
FOREVER = 2**63 - 1
"""A horizon in µs that no rest exceeds."""
