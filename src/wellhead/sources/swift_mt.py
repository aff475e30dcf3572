"""SWIFT MT messages: payments (MT103, MT200, MT202, MT205, with or without cover), statements (MT940, MT942,
MT950) and advices of a debit or credit (MT900, MT910).

Files may hold one message or many (``.fin``, RJE with ``$`` between them), with LF or CRLF, with the
network's acknowledgements before them, or a statement's bare fields without any blocks. ``row`` is the
ordinal of the payment, statement line or advice in the file. Statement lines are parsed by the ``mt-940``
library, one at a time, so that a broken one costs only itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from wellhead.model.batch import Batch
from wellhead.model.errors import InputError, LimitExceeded
from wellhead.model.transfer import Reason
from wellhead.sources import messages_mt
from wellhead.sources.identifiers import bic
from wellhead.sources.messages import Recorder, Unusable
from wellhead.sources.messages_mt import Fields, Message, advice, payment, value
from wellhead.sources.messages_mt940 import statement
from wellhead.sources.opened import OpenedFile
from wellhead.sources.options import ReadOptions

KIND = "swift_mt"
PAYMENTS = frozenset({"103", "200", "202", "205"})
STATEMENTS = frozenset({"940", "942", "950"})
ADVICES = frozenset({"900", "910"})
MOST_CHARACTERS = 16 * 2**20
"""In one message. SWIFT itself allows 10,000, banks' own exports are far longer."""

_START = re.compile(r"(?=\{1:)")
_BASIC = re.compile(r"\{1:(?:[A-Z]\d\d)?([A-Z0-9]{8,12})")
_APPLICATION = re.compile(r"\{2:([IO])(\d{3})([^}]*)\}")
_USER = re.compile(r"\{(\d{3}):([^{}]*)\}")
_TEXT = re.compile(r"\{4:(.*?)(?:^-\s*\}|\Z)", re.DOTALL | re.MULTILINE)
_SERVICE = re.compile(r"\{1:[A-Z]21")
_REFUSED = "{451:1}"


def read(file: OpenedFile, options: ReadOptions) -> Iterator[Batch]:
    """The payments and bookings of a file, in batches. Raises InputError where it cannot be opened.

    Returns, rejections, messages that the network refused and messages of other types are one row each,
    reported and set aside. Memory is that of the largest message.
    """
    recorder = Recorder.of(file.name, options)
    reader = _Reader(recorder, options.currency)
    with file.open() as stream:
        try:
            for text in _messages(stream, recorder):
                reader.take(text)
                yield from recorder.full()
        except LimitExceeded as error:
            recorder.set_aside(Reason.LIMIT, error.message)
        except InputError as error:
            recorder.set_aside(Reason.BROKEN_ROW, error.message)
    if not reader.found and not recorder.row:
        recorder.set_aside(Reason.UNSUPPORTED, "holds no SWIFT message")
    yield from recorder.rest()


@dataclass(slots=True)
class _Reader:
    """Takes the messages of a file one after the other. `found` says whether there was any."""

    recorder: Recorder
    currency: str
    found: bool = False
    refused: bool = False

    def take(self, text: str) -> None:
        if _SERVICE.match(text):
            self.refused = _REFUSED in text
            return
        message = _message(text)
        if message is None:
            return
        self.found = True
        refused, self.refused = self.refused, False
        try:
            if refused:
                raise Unusable(Reason.UNSUPPORTED, "the network refused it (451:1): it was never delivered")
            self._load(message)
        except Unusable as fault:
            self.recorder.set_aside(fault.reason, f"{message.name}: {fault.detail}")

    def _load(self, message: Message) -> None:
        if message.type in STATEMENTS:
            statement(message, self.recorder, self.currency)
        elif message.type in PAYMENTS:
            self.recorder.load(payment(message))
        elif message.type in ADVICES:
            self.recorder.load(advice(message))
        else:
            raise Unusable(Reason.UNSUPPORTED, "messages of this type are not read")


def _messages(stream: IO[bytes], recorder: Recorder) -> Iterator[str]:
    """The messages of a file, blocks and all. One begins with block 1 or, without blocks, with field 20."""
    pending: list[str] = []
    size, blocks, too_long = 0, False, False
    for piece in _pieces(stream, recorder):
        starts = piece.startswith("{1:")
        if (starts or (piece.startswith(":20:") and not blocks)) and pending:
            yield "".join(pending)
            pending, size, blocks, too_long = [], 0, False, False
        blocks = starts or (blocks and not piece.startswith("-}"))
        size += len(piece)
        if size <= MOST_CHARACTERS:
            pending.append(piece)
        elif not too_long:
            recorder.set_aside(
                Reason.LIMIT, f"a message of more than {MOST_CHARACTERS:,} characters: cut there"
            )
            too_long = True
    if pending:
        yield "".join(pending)


def _pieces(stream: IO[bytes], recorder: Recorder) -> Iterator[str]:
    """Lines, cut before each block 1. UTF-8, else Western European (reported once)."""
    first, foreign = True, False
    while line := stream.readline(1 << 20):
        try:
            text = line.decode("utf-8-sig" if first else "utf-8")
        except UnicodeDecodeError:
            text = line.decode("latin-1")
            foreign = True
        first = False
        for piece in _START.split(text.replace("\r\n", "\n").replace("\r", "\n")):
            yield from piece.splitlines(keepends=True) if "\n" in piece[:-1] else [piece] if piece else []
    if foreign:
        recorder.of_file(Reason.BAD_ENCODING, "not UTF-8: read as Western European (Latin-1)")


def _message(text: str) -> Message | None:
    """The message in a piece of the file, None where it has neither blocks nor fields."""
    block = _TEXT.search(text)
    fields = messages_mt.fields(block[1] if block else text)
    application = _APPLICATION.search(text)
    if application is None and not fields:
        return None
    basic = _BASIC.search(text)
    own = _bank(basic[1]) if basic else ""
    sender, receiver = own, ""
    if application is not None:
        outgoing = application[1] == "I"
        other = _bank(application[3][:12] if outgoing else application[3][10:22])
        sender, receiver = (own, other) if outgoing else (other, own)
    user = dict(_USER.findall(text[: block.start()] if block else ""))
    kind = application[2] if application else _kind(fields)
    return Message(kind, sender, receiver, user.get("121", ""), fields)


def _bank(terminal: str) -> str:
    """A logical terminal's BIC: the ninth of its twelve characters names the terminal, not the bank."""
    return bic(terminal[:8] + terminal[9:] if len(terminal) == 12 else terminal)


def _kind(fields: Fields) -> str:
    """The type of a message without a header, by the fields that only it has."""
    tags = {tag for tag, _ in fields}
    if tags & {"61", "60F", "60M", "62F", "62M", "28", "28C"}:
        return "942" if "34F" in tags else "940"
    if value(fields, "32A") and "23B" in tags:
        return "103"
    if value(fields, "32A") and tags & {"58A", "58D"}:
        return "202"
    return "940" if tags <= {"20", "25", "86", "NS", "64", "65"} else "of unknown type"
