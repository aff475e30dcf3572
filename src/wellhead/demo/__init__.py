"""The built-in case: an invented group, invented payers, and a plan of who paid that a run must recover.

Everything in it is synthetic. Which country plays which part is drawn by lot from the seed.
"""

from __future__ import annotations

from wellhead.demo.plot import Cell, Planted
from wellhead.demo.write import write_case

__all__ = ["Cell", "Planted", "write_case"]
