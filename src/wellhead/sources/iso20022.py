"""ISO 20022 messages: pacs.008, pacs.009, pain.001, camt.052, camt.053, camt.054, of every version.

A file may hold one message or many, bare or inside any envelope, with any namespace prefix or none, also as
text (CDATA) inside a wrapper. ``row`` is the ordinal of the transaction or entry among those of the file; an
entry that books several transactions takes one row for each. Messages of other types are one row each,
reported as unsupported. The file is read as a stream; what is larger than a transaction can be is refused.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from wellhead.model.batch import Batch
from wellhead.model.errors import InputError, LimitExceeded
from wellhead.model.transfer import Reason
from wellhead.sources.messages import Recorder, given
from wellhead.sources.messages_camt import Statement
from wellhead.sources.messages_mx import instruction, local, payment
from wellhead.sources.opened import OpenedFile
from wellhead.sources.options import ReadOptions

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

KIND = "iso20022"
ROOTS = {
    "FIToFICstmrCdtTrf": "pacs.008",
    "FICdtTrf": "pacs.009",
    "FinInstnCdtTrf": "pacs.009",
    "CstmrCdtTrfInitn": "pain.001",
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
}
"""The element below ``Document`` that makes a message what it is, and its type."""
READ = frozenset(ROOTS.values())
MOST_ELEMENTS = 1_000_000
"""In one transaction or entry; the largest batch booking seen in practice has some tens of thousands."""
_TYPE = re.compile(r"([a-z]{4}\.\d{3})\.\d{3}\.\d{2}")
_VERSION_SUFFIX = re.compile(r"V\d+$")
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_INVALID_BYTES, _UNKNOWN_ENCODINGS = 81, (31, 32)


def read(file: OpenedFile, options: ReadOptions) -> Iterator[Batch]:
    """The payments and bookings of a file, in batches. `options.zone` is the zone of times without one.

    Document type declarations (and with them entities, external or exploding) make the file hostile: one
    report, and what follows is not read. A file that breaks off keeps what came before the break.
    Raises InputError where the file cannot be opened. Memory is constant in the file's size.
    """
    recorder = Recorder.of(file.name, options)
    with file.open() as stream:
        yield from _read(stream, recorder)
    yield from recorder.rest()


def _read(stream: IO[bytes], recorder: Recorder, depth: int = 0) -> Iterator[Batch]:
    from lxml import etree

    reader = _Reader(recorder)
    before = recorder.row
    try:
        events: Any = etree.iterparse(
            stream, events=("start", "end"), remove_comments=True, remove_pis=True,
            resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        )  # fmt: skip
        for event, element in events:
            if event == "start":
                reader.start(element)
            elif (wrapped := reader.end(element)) and depth == 0:
                yield from _read(io.BytesIO(wrapped), recorder, depth + 1)
            yield from recorder.full()
    except _Refused as refusal:
        recorder.set_aside(refusal.reason, refusal.detail)
    except etree.XMLSyntaxError as error:
        recorder.set_aside(*_broken(error))
    except LimitExceeded as error:
        recorder.set_aside(Reason.LIMIT, error.message)
    except InputError as error:
        recorder.set_aside(Reason.BROKEN_ROW, error.message)
    if recorder.row == before and not reader.messages and depth == 0:
        recorder.set_aside(Reason.UNSUPPORTED, "holds no ISO 20022 message")


class _Refused(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(slots=True)
class _Reader:
    """Follows the elements of a file, hands transactions and entries to the recorder and forgets them."""

    recorder: Recorder
    path: list[str] = field(default_factory=list)
    message: str = ""
    messages: int = 0
    root_depth: int = 0
    header: Element | None = None
    group: dict[str, Element] = field(default_factory=dict)
    statement: Statement | None = None
    elements: int = 0

    def start(self, element: Element) -> None:
        name = local(element)
        if not self.path:
            self._refuse_declarations(element)
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise _Refused(
                Reason.LIMIT, f"more than {MOST_ELEMENTS:,} elements in one transaction: not read further"
            )
        parent = self.path[-1] if self.path else ""
        self.path.append(name)
        if not self.message and (parent == "Document" or _root_type(name)):
            self._begin(element, name)
        elif self.message and name in _STATEMENTS and len(self.path) == self.root_depth + 1:
            self.statement = Statement(self.message)

    def end(self, element: Element) -> bytes:
        """Takes a finished element; the bytes of a message that it holds as text, b"" where it holds none."""
        depth = len(self.path)
        name = self.path.pop()
        wrapped = b""
        if self.message in READ:
            if self._inside_unit(depth):
                return b""
            self._take(element, name, depth)
        elif not self.message:
            wrapped = _wrapped(element)
        if self.message and depth == self.root_depth:
            self._finish()
        if not self._kept(name, depth):
            _forget(element)
            self.elements = 0
        return wrapped

    def _begin(self, element: Element, name: str) -> None:
        namespace = _TYPE.search(str(element.tag)) or _TYPE.fullmatch(name)
        self.message = _root_type(name) or (namespace[1] if namespace else name)
        self.messages += 1
        self.root_depth = len(self.path)
        self.header, self.statement = None, None
        self.group = {}
        if self.message not in READ:
            self.recorder.set_aside(Reason.UNSUPPORTED, f"{self.message}: messages of this type are not read")

    def _finish(self) -> None:
        self.message, self.header, self.statement = "", None, None
        self.group = {}

    def _inside_unit(self, depth: int) -> bool:
        """Whether an ancestor will still need this element."""
        inner = self.path[self.root_depth :]
        if "PmtInf" in inner[:1]:
            return len(inner) > 1
        return len(inner) > 1 if inner[:1] and inner[0] in _STATEMENTS else len(inner) > 0 and depth > 0

    def _kept(self, name: str, depth: int) -> bool:
        """Header parts stay until their group or message ends."""
        if self.message not in READ:
            return False
        level = depth - self.root_depth
        in_group = level == 2 and self.path[-1] == "PmtInf" and name != "CdtTrfTxInf"
        return (level == 1 and name == "GrpHdr") or in_group

    def _take(self, element: Element, name: str, depth: int) -> None:
        level = depth - self.root_depth
        if level == 1 and name == "GrpHdr":
            self.header = element
        elif level == 1 and name == "CdtTrfTxInf":
            self.recorder.load(payment(self.message, element, self.header))
        elif level == 1 and name == "PmtInf":
            self.group = {}
        elif level == 2 and self.path[-1] == "PmtInf":
            self._take_order(element, name)
        elif level == 2 and self.statement is not None:
            self.statement.take(element, self.recorder)

    def _take_order(self, element: Element, name: str) -> None:
        if name == "CdtTrfTxInf":
            self.recorder.load(instruction(element, self.header, self.group))
        else:
            self.group[name] = element

    def _refuse_declarations(self, element: Element) -> None:
        info: Any = element.getroottree().docinfo
        if info.doctype or info.internalDTD is not None:
            raise _Refused(
                Reason.HOSTILE, "declares a document type, which no payment message does: not read"
            )


def _root_type(name: str) -> str:
    return ROOTS.get(_VERSION_SUFFIX.sub("", name), "")


def _wrapped(element: Element) -> bytes:
    """A whole message held as text, as some envelopes carry it."""
    inner = (element.text or "").lstrip()
    if inner.startswith("<") and "Document" in inner:
        return re.sub(r"^<\?xml[^>]*\?>", "", inner).encode()
    return b""


def _forget(element: Element) -> None:
    """Frees an element and what stands before it; without this the tree of a large file fills the memory."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while (earlier := element.getprevious()) is not None:
            parent.remove(earlier)


def _broken(error: Any) -> tuple[Reason, str]:
    detail = given(str(error.msg or error))
    if re.search(r"entit|DTD|amplif", detail, re.IGNORECASE):
        return Reason.HOSTILE, f"uses entities, which no payment message does: not read further ({detail})"
    if error.code == _INVALID_BYTES or error.code in _UNKNOWN_ENCODINGS:
        return Reason.BAD_ENCODING, f"bytes that its encoding does not allow: not read further ({detail})"
    return Reason.BROKEN_ROW, f"is no whole XML document: what came before is kept ({detail})"
