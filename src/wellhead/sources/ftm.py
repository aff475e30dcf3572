"""FollowTheMoney JSON lines: registers (people, companies, accounts, ownership) and payments."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from wellhead.model.batch import Batch
from wellhead.model.entity import Entity
from wellhead.model.transfer import Action, Reason, RowReport, Transfer
from wellhead.sources import ftm_schema
from wellhead.sources.ftm_payment import Refused, to_transfer
from wellhead.sources.opened import OpenedFile
from wellhead.sources.options import ReadOptions

BATCH = 2_000
LONGEST_LINE = 16 * 2**20
# What an account's entity is called in a ledger, in order of preference. Two banks may give out the same
# account number: where two accounts of a file share one, each keeps its entity id.
_IDENTIFIERS = {
    "BankAccount": ("iban", "accountNumber"),
    "CryptoWallet": ("publicKey", "cryptoAddress", "accountId"),
}
_SHARED_BY_BANKS = ("accountNumber", "accountId")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


def read(file: OpenedFile, options: ReadOptions) -> Iterator[Batch]:
    """Entities and transfers of a file with one FollowTheMoney entity a line.

    A ``Payment`` becomes a transfer between account identifiers (IBAN, number, address; else the account's
    or party's entity id); all else becomes an `Entity`. Entities nested in others come out on their own. An
    id that stands on several lines is one entity with the values of all, at its first line. Records that the
    model does not allow are kept as far as they are valid, and reported.

    Two passes over the file, three where ids repeat; memory: 8 bytes for each entity, the identifiers of the
    accounts, and the entities that stand more than once. O(n log n) time in the number of entities.
    """
    with file.open() as stream:
        if stream.read(2) in _UTF16:
            yield _unreadable(file)
            return
    survey = _survey(file)
    twice = _merged(file, survey.repeated) if survey.repeated else {}
    gathered = _Gathered(file.name, survey.accounts, options)
    for row, content, size in _lines(file):
        gathered.rows += 1
        gathered.bytes += size
        for record in _emit(file, row, content, twice):
            gathered.add(record)
        if gathered.rows >= BATCH or gathered.bytes >= LONGEST_LINE:
            yield gathered.batch()
            gathered = _Gathered(file.name, survey.accounts, options)
    if gathered.rows:
        yield gathered.batch()


@dataclass(slots=True)
class _Gathered:
    """The batch in the making."""

    file: str
    accounts: dict[str, str]
    options: ReadOptions
    transfers: list[Transfer] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    reports: list[RowReport] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0

    def add(self, record: Entity | RowReport) -> None:
        if isinstance(record, RowReport):
            self.reports.append(record)
        elif record.schema == "Payment":
            self._add_payment(record)
        else:
            self.entities.append(record)

    def _add_payment(self, payment: Entity) -> None:
        try:
            transfer, rounded = to_transfer(payment, self.accounts, self.options)
        except Refused as refused:
            self.reports.append(
                RowReport(self.file, payment.row, refused.reason, Action.SET_ASIDE, refused.detail)
            )
            return
        self.transfers.append(transfer)
        if rounded:
            detail = f"payment {payment.id} has more decimals than {transfer.currency}"
            self.reports.append(RowReport(self.file, payment.row, Reason.ROUNDED, Action.LOADED, detail))

    def batch(self) -> Batch:
        return Batch(tuple(self.transfers), tuple(self.entities), (), tuple(self.reports), self.rows)


@dataclass(slots=True)
class _Fragments:
    """All that a file says of one id. `row` is its first line of its own, else the first that nests it."""

    row: int
    nested: bool
    schema: str
    values: dict[str, dict[str, None]] = field(default_factory=dict)
    done: bool = False

    def entity(self, file: OpenedFile, entity_id: str) -> Entity:
        properties = {name: tuple(values) for name, values in self.values.items()}
        return Entity(entity_id, self.schema, properties, file.name, self.row)


@dataclass(frozen=True, slots=True)
class _Survey:
    """First pass: what accounts are called, and the hashes of ids that occur more than once."""

    accounts: dict[str, str]
    repeated: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Stated:
    """One entity as it is written, before the model has been asked."""

    id: str
    schema: str
    properties: dict[str, Any]
    nested: bool


def _survey(file: OpenedFile) -> _Survey:
    accounts: dict[str, tuple[int, str, str]] = {}
    seen = array("q")
    for _, content, _ in _lines(file):
        for stated in _unfolded(content) if isinstance(content, dict) else ():
            seen.append(hash(stated.id))
            for rank, name in enumerate(_IDENTIFIERS.get(stated.schema, ())):
                value = _first_text(stated.properties.get(name))
                if value and (stated.id not in accounts or rank < accounts[stated.id][0]):
                    accounts[stated.id] = (rank, name, value)
    uses = Counter(value for _, _, value in accounts.values())
    unmistakable = {
        entity_id: value
        for entity_id, (_, name, value) in accounts.items()
        if uses[value] == 1 or name not in _SHARED_BY_BANKS
    }
    return _Survey(unmistakable, _repeated(seen))


def _repeated(hashes: array[int]) -> frozenset[int]:
    import numpy as np

    ordered = np.sort(np.frombuffer(hashes, np.int64)) if hashes else np.empty(0, np.int64)
    return frozenset(ordered[1:][ordered[1:] == ordered[:-1]].tolist())


def _merged(file: OpenedFile, repeated: frozenset[int]) -> dict[str, _Fragments]:
    merged: dict[str, _Fragments] = {}
    for row, content, _ in _lines(file):
        for stated in _unfolded(content) if isinstance(content, dict) else ():
            if hash(stated.id) not in repeated or not ftm_schema.is_known(stated.schema):
                continue
            whole = merged.setdefault(stated.id, _Fragments(row, stated.nested, stated.schema))
            if whole.nested and not stated.nested:
                whole.row, whole.nested = row, False
            if schema := ftm_schema.common(whole.schema, stated.schema):
                whole.schema = schema
                for name, values in ftm_schema.checked(stated.schema, stated.properties).properties.items():
                    whole.values.setdefault(name, {}).update(dict.fromkeys(values))
    return merged


def _emit(
    file: OpenedFile, row: int, content: dict[str, Any] | Refused, twice: dict[str, _Fragments]
) -> Iterator[Entity | RowReport]:
    """What one line gives: its entities, each at its place, and what is to be said about it."""
    if isinstance(content, Refused):
        yield RowReport(file.name, row, content.reason, Action.SET_ASIDE, content.detail)
        return
    refusal = _refusal(content)
    if refusal is not None:
        yield RowReport(file.name, row, refusal.reason, Action.SET_ASIDE, refusal.detail)
    for stated in _unfolded(content):
        if not ftm_schema.is_known(stated.schema):
            if stated.nested:
                yield _complaint(file, row, f"nested entity {stated.id}: no schema {stated.schema[:40]!r}")
            continue
        checked = ftm_schema.checked(stated.schema, stated.properties)
        if checked.problems:
            yield _complaint(file, row, _phrases(stated.id, checked.problems))
        whole = twice.get(stated.id)
        if whole is None:
            yield Entity(stated.id, stated.schema, checked.properties, file.name, row)
        else:
            yield from _emit_merged(file, row, stated, whole)


def _emit_merged(
    file: OpenedFile, row: int, stated: _Stated, whole: _Fragments
) -> Iterator[Entity | RowReport]:
    if not ftm_schema.common(whole.schema, stated.schema):
        detail = (
            f"{stated.id} is {whole.schema} in row {whole.row} and {stated.schema} here, which is left out"
        )
        yield RowReport(file.name, row, Reason.BAD_ENTITY, Action.SET_ASIDE, detail)
    elif whole.row == row and not whole.done:
        whole.done = True
        yield whole.entity(file, stated.id)
    elif not stated.nested:
        detail = f"more about {stated.id}, first stated in row {whole.row}"
        yield RowReport(file.name, row, Reason.DUPLICATE, Action.MERGED, detail)


def _refusal(content: dict[str, Any]) -> Refused | None:
    """Why the entity that a line states cannot be taken, None where it can."""
    if "op" in content and "entity" in content:
        return Refused(
            Reason.UNSUPPORTED, "a line of a delta file: load the full export (entities.ftm.json) instead"
        )
    entity_id, schema = ftm_schema.reference(content.get("id")), content.get("schema")
    if entity_id is None:
        return Refused(Reason.BAD_ENTITY, "no id")
    if not isinstance(schema, str) or not ftm_schema.is_known(schema):
        return Refused(Reason.BAD_ENTITY, f"{entity_id}: FollowTheMoney has no schema {str(schema)[:40]!r}")
    if not isinstance(content.get("properties", {}), dict):
        return Refused(Reason.BAD_ENTITY, f"{entity_id}: properties are not an object")
    return None


def _unfolded(content: dict[str, Any]) -> Iterator[_Stated]:
    """The entity of a line and those nested in it, each referring to the others by id."""
    waiting: list[tuple[dict[str, Any], bool]] = [(content, False)]
    while waiting:
        data, nested = waiting.pop()
        entity_id, schema = ftm_schema.reference(data.get("id")), data.get("schema")
        stated = data.get("properties", {})
        if entity_id is None or not isinstance(schema, str) or not isinstance(stated, dict):
            continue
        properties: dict[str, Any] = {}
        for name, values in stated.items():
            listed = values if isinstance(values, list) else [values]
            inner = [value for value in listed if isinstance(value, dict) and "id" in value]
            if not inner:
                properties[name] = listed
                continue
            mirrored = ftm_schema.reverse_of(schema, name)
            waiting += [(_mirrored(value, mirrored, entity_id), True) for value in inner]
            kept = [value["id"] if isinstance(value, dict) and "id" in value else value for value in listed]
            properties[name] = [value for value in kept if not (mirrored and isinstance(value, str))]
        yield _Stated(entity_id, schema, properties, nested)


def _mirrored(inner: dict[str, Any], name: str, outer: str) -> dict[str, Any]:
    """An ``Ownership`` nested in its owner leaves out the owner: put it back."""
    properties = inner.get("properties", {})
    if not name or not isinstance(properties, dict) or properties.get(name):
        return inner
    return {**inner, "properties": {**properties, name: [outer]}}


def _lines(file: OpenedFile) -> Iterator[tuple[int, dict[str, Any] | Refused, int]]:
    """(row, the object of that line or why there is none, bytes of the line), blank lines left out."""
    with file.open() as stream:
        for row, line in enumerate(_raw_lines(stream), 1):
            if row == 1 and line is not None:
                line = line.removeprefix(_UTF8_MARK)
            if line is None or line.strip():
                yield row, _parsed(line), len(line or b"")


def _raw_lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) <= LONGEST_LINE or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass
        yield None


def _parsed(line: bytes | None) -> dict[str, Any] | Refused:
    if line is None:
        return Refused(Reason.LIMIT, f"the line is longer than {LONGEST_LINE:,} bytes")
    try:
        content = _DECODER.decode(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Refused(Reason.BAD_ENCODING, f"not UTF-8 at byte {error.start + 1} of the line")
    except Refused as refused:
        return refused
    except RecursionError:
        return Refused(Reason.LIMIT, "nested too deeply")
    except ValueError as error:
        return Refused(Reason.BROKEN_ROW, f"not JSON: {error}"[:200])
    if not isinstance(content, dict):
        return Refused(Reason.BROKEN_ROW, "not a JSON object")
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values under one key: readers differ in which they take, so neither is taken."""
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(Reason.BROKEN_ROW, f"the key {twice[:40]!r} stands twice in one object")
    return result


# Numbers stay text, so that an amount keeps every digit that the file has.
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=str)


def _complaint(file: OpenedFile, row: int, detail: str) -> RowReport:
    return RowReport(file.name, row, Reason.BAD_ENTITY, Action.LOADED, detail)


def _phrases(entity_id: str, problems: tuple[str, ...]) -> str:
    more = f"; {len(problems) - 3} more" if len(problems) > 3 else ""
    return f"{entity_id}: {'; '.join(problems[:3])}{more}"


def _unreadable(file: OpenedFile) -> Batch:
    detail = "the file is UTF-16; FollowTheMoney's lines are UTF-8. Convert it: iconv -f utf-16 -t utf-8"
    return Batch(reports=(RowReport(file.name, 0, Reason.BAD_ENCODING, Action.SET_ASIDE, detail),), rows=1)


def _first_text(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first.strip() if isinstance(first, str) else ""
