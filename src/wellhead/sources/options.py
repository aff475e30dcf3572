"""What the user may say about a file before it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file where it does not say so itself. Every reader takes the same options and heeds
    those that concern its format.

    `columns` maps the words of `sources.columns` (``time``, ``sender``, ``amount`` …) to a table's own
    headers, or to 1-based positions where it has no header row. `currency` is the code for rows that name
    none. `date_format` is a strftime pattern (``%d/%m/%Y``) for times that could be read in two ways.
    `zone` is the IANA zone of times that state none. `sheet` names a worksheet ("" the first), `delimiter`
    a column separator ("" as the file shows). `guessed` says whether unmapped columns may be guessed.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    date_format: str = ""
    zone: str = "UTC"
    sheet: str = ""
    delimiter: str = ""
    guessed: bool = True
