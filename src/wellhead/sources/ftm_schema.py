"""FollowTheMoney's model, asked what a schema may say.

Importing followthemoney takes about two seconds, so it is imported when the first record is checked and never
for a ledger of another format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from followthemoney.property import Property
    from followthemoney.schema import Schema

LONGEST_ID = 200
# FollowTheMoney drops a date's offset from UTC, which a payment's time must keep: its reader judges these.
_AS_STATED = {"Payment": ("date", "startDate", "endDate", "amount", "amountUsd", "amountEur")}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL and half characters: neither can be stored as UTF-8 text."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is valid of a record's properties, and one phrase for each thing that is not."""

    properties: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def is_known(schema: str) -> bool:
    """Whether records of this schema exist: named in FollowTheMoney's model and not abstract."""
    found = _schema(schema)
    return found is not None and not found.abstract


def common(first: str, second: str) -> str:
    """The more special of two schemata of one entity, "" where neither is a kind of the other."""
    one, other = _schema(first), _schema(second)
    if one is None or other is None:
        return ""
    if one.is_a(other):
        return first
    return second if other.is_a(one) else ""


def reverse_of(schema: str, name: str) -> str:
    """For a property that only mirrors another (``Person.ownershipOwner``): that one's name (``owner``)."""
    found = _property(schema, name)
    return found.reverse.name if found is not None and found.stub and found.reverse is not None else ""


def reference(value: object) -> str | None:
    """An entity's id as it stands, without surrounding blanks; None for what can be no id.

    Many registers number their entities with more than FollowTheMoney's letters, digits, dots and dashes;
    a tie lost for its spelling would be an owner lost.
    """
    if not isinstance(value, str) or _UNSTORABLE.search(value):
        return None
    stripped = value.strip()
    return stripped if 0 < len(stripped) <= LONGEST_ID else None


def checked(schema: str, properties: Mapping[str, Any]) -> Checked:
    """The properties that the schema has, with the values that their types allow.

    Values are cleaned as FollowTheMoney does (``"Germany"`` → ``"de"`` for a country); references as in
    `reference`.
    """
    kept: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for name, stated in properties.items():
        prop = _property(schema, name)
        if prop is None or prop.stub:
            if not (prop is not None and stated == []):
                problems.append(
                    f"{schema} has no property {name!r}" if prop is None else f"{name!r} is derived"
                )
            continue
        kind = "stated" if name in _AS_STATED.get(schema, ()) else prop.type.name
        values = dict.fromkeys(_valid(name, kind, stated, problems))
        if values:
            kept[name] = tuple(values)
    return Checked(kept, tuple(problems))


def _valid(name: str, kind: str, stated: object, problems: list[str]) -> Iterable[str]:
    for value in stated if isinstance(stated, list) else [stated]:
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            problems.append(f"{name} holds {type(value).__name__}, not text")
            continue
        cleaned = _cleaned(kind, value)
        if cleaned is None:
            problems.append(f"{name} {value[:60]!r} is no {kind}")
        else:
            yield cleaned


@lru_cache(maxsize=1 << 16)
def _cleaned(kind: str, value: str) -> str | None:
    if kind == "entity":
        return reference(value)
    if _UNSTORABLE.search(value):
        return None
    if kind == "stated":
        return value.strip() or None
    cleaned: str | None = _types().get(kind).clean(value)
    return cleaned


@cache
def _types() -> Any:
    from followthemoney.types import registry

    return registry


@cache
def _schema(name: str) -> Schema | None:
    from followthemoney import model

    return model.get(name)


@cache
def _property(schema: str, name: str) -> Property | None:
    found = _schema(schema)
    return None if found is None else found.get(name)
