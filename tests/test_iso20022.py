"""ISO 20022 messages: what is read, what is set aside, and that nothing is lost or believed too easily."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellhead.model.batch import Batch, OpeningBalance
from wellhead.model.errors import UsageError
from wellhead.model.transfer import Action, Reason, RowReport, Transfer
from wellhead.sources import iso20022, messages
from wellhead.sources.opened import Limits, OpenedFile
from wellhead.sources.options import ReadOptions

HEAD = "urn:iso:std:iso:20022:tech:xsd:"
IBAN_A, IBAN_B = "DE89370400440532013000", "GB33BUKB20201555555555"
Read = Callable[..., "Found"]


class Found:
    """Everything a reader gave, checked for completeness."""

    def __init__(self, batches: list[Batch]) -> None:
        self.transfers: list[Transfer] = [each for batch in batches for each in batch.transfers]
        self.openings: list[OpeningBalance] = [each for batch in batches for each in batch.openings]
        self.reports: list[RowReport] = [each for batch in batches for each in batch.reports]
        self.rows = sum(batch.rows for batch in batches)
        self.aside = [each for each in self.reports if each.action is Action.SET_ASIDE]
        assert self.rows == len(self.transfers) + sum(each.count for each in self.aside)
        numbers = [each.row for each in (*self.transfers, *self.aside)]
        assert sorted(numbers) == list(range(1, self.rows + 1))

    def reasons(self, action: Action = Action.SET_ASIDE) -> list[Reason]:
        return [each.reason for each in self.reports if each.action is action]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reader(content: bytes | str, **options: str) -> Found:
        path = tmp_path / "message.xml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Found(list(iso20022.read(OpenedFile(path, "message.xml"), ReadOptions(**options))))

    return reader


def day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def party(tag: str, name: str, account: str, bank: str) -> str:
    number = f"<IBAN>{account}</IBAN>" if account[:2].isalpha() else f"<Othr><Id>{account}</Id></Othr>"
    return (
        f"<{tag}><Nm>{name}</Nm><PstlAdr><Ctry>FR</Ctry></PstlAdr></{tag}>"
        f"<{tag}Acct><Id>{number}</Id></{tag}Acct>"
        f"<{tag}Agt><FinInstnId><BICFI>{bank}</BICFI></FinInstnId></{tag}Agt>"
    )


def transaction(amount: str = "12.34", extra: str = "", payer: str = IBAN_A) -> str:
    return (
        "<CdtTrfTxInf><PmtId><InstrId>I-1</InstrId><EndToEndId>E-1</EndToEndId></PmtId>"
        f'<IntrBkSttlmAmt Ccy="EUR">{amount}</IntrBkSttlmAmt><IntrBkSttlmDt>2024-05-01</IntrBkSttlmDt>{extra}'
        f"{party('Dbtr', 'Payer', payer, 'DEUTDEFFXXX')}{party('Cdtr', 'Payee', IBAN_B, 'BUKBGB22')}"
        "<RmtInf><Ustrd>Invoice 7</Ustrd></RmtInf></CdtTrfTxInf>"
    )


def pacs008(*transactions: str, version: str = "08") -> str:
    return (
        f'<Document xmlns="{HEAD}pacs.008.001.{version}"><FIToFICstmrCdtTrf><GrpHdr><MsgId>M</MsgId>'
        f"<CreDtTm>2024-05-01T10:00:00Z</CreDtTm></GrpHdr>{''.join(transactions)}</FIToFICstmrCdtTrf></Document>"
    )


def entry(amount: str, indicator: str = "CRDT", details: str = "", status: str = "<Cd>BOOK</Cd>") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2024-05-01</Dt></BookgDt><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def detail(amount: str, name: str, indicator: str = "") -> str:
    own = f"<CdtDbtInd>{indicator}</CdtDbtInd>" if indicator else ""
    return (
        f'<TxDtls><Refs><EndToEndId>{name}-1</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt>{own}<RltdPties>'
        f"<Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr><Cdtr><Pty><Nm>{name}</Nm></Pty></Cdtr></RltdPties></TxDtls>"
    )


def camt053(*entries: str, balances: str = "") -> str:
    return (
        f'<Document xmlns="{HEAD}camt.053.001.08"><BkToCstmrStmt><GrpHdr/><Stmt><Acct><Id>'
        f"<IBAN>{IBAN_A}</IBAN>"
        f"</Id></Acct>{balances}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    )


def test_a_customer_payment(read: Read) -> None:
    found = read(pacs008(transaction()))
    assert found.transfers == [
        Transfer(
            row=1, time=day("2024-05-01"), sender=IBAN_A, receiver=IBAN_B, amount=1234, currency="EUR",
            sender_name="Payer", receiver_name="Payee", sender_country="FR", receiver_country="FR",
            sender_bank="DEUTDEFF", receiver_bank="BUKBGB22", reference="E-1 | I-1",
            purpose="Invoice 7 [pacs.008 payment]",
        )
    ]  # fmt: skip
    assert found.reasons(Action.LOADED) == [Reason.NO_ZONE]


def test_the_form_of_the_document_does_not_matter(read: Read) -> None:
    plain = read(pacs008(transaction())).transfers
    message = pacs008(transaction(), version="02")
    bare = message.replace(f' xmlns="{HEAD}pacs.008.001.02"', "")
    prefixed = bare.replace("</", "</p:").replace("<", "<p:").replace("<p:/p:", "</p:")
    prefixed = prefixed.replace("<p:Document", f'<p:Document xmlns:p="{HEAD}pacs.008.001.12"')
    enveloped = f'<E><AppHdr xmlns="{HEAD}head.001.001.02"><CreDt>x</CreDt></AppHdr>{message}<Sgntr/></E>'
    as_text = f"<E><Body><![CDATA[<?xml version='1.0'?>{message}]]></Body></E>"
    for form in (message, bare, prefixed, enveloped, as_text, "\ufeff" + message):
        assert read(form).transfers == plain, form[:80]


def test_utf16_is_read_and_wrong_bytes_are_reported(read: Read) -> None:
    message = '<?xml version="1.0" encoding="{}"?>' + pacs008(transaction()).replace("Payer", "Zürich")
    assert read(message.format("UTF-16").encode("utf-16")).transfers[0].sender_name == "Zürich"
    assert read(message.format("UTF-8").encode("latin-1")).reasons() == [Reason.BAD_ENCODING]
    assert read(message.format("no-such").encode()).reasons() == [Reason.BAD_ENCODING]


def test_what_a_file_holds_besides_is_named(read: Read) -> None:
    other = f'<Document xmlns="{HEAD}pacs.004.001.09"><PmtRtr><TxInf/></PmtRtr></Document>'
    found = read(f"<All>{other}{pacs008(transaction())}{other}</All>")
    assert [each.row for each in found.transfers] == [2]
    assert found.reasons() == [Reason.UNSUPPORTED] * 2
    assert "pacs.004" in found.aside[0].detail
    assert read("<a>1</a>").reasons() == [Reason.UNSUPPORTED]


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
        '<!DOCTYPE a [<!ENTITY a "b">'
        + "".join(
            f'<!ENTITY {"b" * (n + 2)} "{("&" + ("b" * (n + 1) if n else "a") + ";") * 10}">'
            for n in range(9)
        )
        + "]>",
        "<!DOCTYPE a>",
    ],
)
def test_declarations_make_a_file_hostile(read: Read, declaration: str) -> None:
    body = pacs008(transaction(extra="<X>&x;&bbbbbbbbbb;</X>" if "ENTITY" in declaration else ""))
    found = read(declaration + body)
    assert found.reasons() == [Reason.HOSTILE]
    assert found.transfers == []
    assert "root:" not in str(found.reports)


def test_what_came_before_a_break_is_kept(read: Read) -> None:
    whole = pacs008(*(transaction(f"{n}.00") for n in range(1, 6)))
    cut = whole[: whole.index("4.00")]
    found = read(cut)
    assert [each.amount for each in found.transfers] == [100, 200, 300]
    assert found.reasons() == [Reason.BROKEN_ROW]


@pytest.mark.parametrize(
    ("amount", "reason"),
    [("-5", Reason.NEGATIVE), ("NaN", Reason.BAD_AMOUNT), ("1,5", Reason.BAD_AMOUNT),
     ("", Reason.MISSING_AMOUNT),
     ("1" * 30, Reason.BAD_AMOUNT), ("1e400", Reason.BAD_AMOUNT), ("1_000", Reason.BAD_AMOUNT)],
)  # fmt: skip
def test_a_bad_amount_costs_its_row_alone(read: Read, amount: str, reason: Reason) -> None:
    found = read(pacs008(transaction("1"), transaction(amount), transaction("2")))
    assert [each.row for each in found.transfers] == [1, 3]
    assert found.reasons() == [reason]


def test_more_decimals_than_the_currency_has_are_rounded_and_reported(read: Read) -> None:
    found = read(pacs008(transaction("1.005")))
    assert found.transfers[0].amount == 100
    assert Reason.ROUNDED in found.reasons(Action.LOADED)


def test_bad_identifiers_are_loaded_and_reported(read: Read) -> None:
    found = read(pacs008(transaction(payer="DE00370400440532013000")))
    assert found.transfers[0].sender == "DE00370400440532013000"
    assert Reason.BAD_IDENTIFIER in found.reasons(Action.LOADED)


def test_missing_parts_set_the_row_aside(read: Read) -> None:
    nobody = '<CdtTrfTxInf><IntrBkSttlmAmt Ccy="EUR">1</IntrBkSttlmAmt></CdtTrfTxInf>'
    undated = pacs008(transaction().replace("<IntrBkSttlmDt>2024-05-01</IntrBkSttlmDt>", ""))
    undated = undated.replace("<CreDtTm>2024-05-01T10:00:00Z</CreDtTm>", "")
    assert read(pacs008(nobody)).reasons() == [Reason.MISSING_ACCOUNT]
    assert read(undated).reasons() == [Reason.MISSING_TIME]
    assert read(pacs008(transaction().replace('"EUR"', '"ZZZ"'))).reasons() == [Reason.BAD_CURRENCY]
    assert read(pacs008(transaction().replace("2024-05-01", "2024-02-30"))).reasons() == [Reason.BAD_TIME]


def test_a_zone_that_is_stated_counts_and_the_users_serves_the_others(read: Read) -> None:
    def at(text: str) -> str:
        return pacs008(transaction().replace("2024-05-01", text))

    assert read(at("2024-05-01+02:00")).transfers[0].time == day("2024-04-30T22:00:00")
    assert read(at("2024-05-01"), zone="Asia/Tehran").transfers[0].time == day("2024-04-30T20:30:00")
    with pytest.raises(UsageError, match="no time zone"):
        read(at("2024-05-01"), zone="Mars/Base")


def test_a_party_without_an_account_is_told_by_name_and_bank(read: Read) -> None:
    text = transaction().replace(f"<DbtrAcct><Id><IBAN>{IBAN_A}</IBAN></Id></DbtrAcct>", "")
    assert read(pacs008(text)).transfers[0].sender == "account of Payer at DEUTDEFF"
    assert (
        read(pacs008(text.replace("<Nm>Payer</Nm>", ""))).transfers[0].sender == "unnamed account at DEUTDEFF"
    )


def test_no_account_number_can_pass_for_a_placeholder(read: Read) -> None:
    forged = transaction().replace(
        f"<IBAN>{IBAN_A}</IBAN>", "<Othr><Id>account of Payee at BUKBGB22</Id></Othr>"
    )
    assert read(pacs008(forged)).transfers[0].sender == "no. account of Payee at BUKBGB22"


def test_a_cover_is_read_as_the_payment_it_covers(read: Read) -> None:
    bank = "<FinInstnId><BICFI>CHASUS33</BICFI></FinInstnId>"
    underneath = transaction().replace("CdtTrfTxInf", "UndrlygCstmrCdtTrf")
    text = (
        f'<Document xmlns="{HEAD}pacs.009.001.08"><FICdtTrf><CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId>'
        "</PmtId>"
        '<IntrBkSttlmAmt Ccy="EUR">12.34</IntrBkSttlmAmt><IntrBkSttlmDt>2024-05-01</IntrBkSttlmDt>'
        f"<Dbtr>{bank}</Dbtr><Cdtr>{bank}</Cdtr>{{}}</CdtTrfTxInf></FICdtTrf></Document>"
    )
    plain, cover = read(text.format("")).transfers[0], read(text.format(underneath)).transfers[0]
    assert (plain.sender, plain.receiver, plain.purpose) == ("CHASUS33", "CHASUS33", "[pacs.009 payment]")
    assert (cover.sender, cover.receiver) == (IBAN_A, IBAN_B)
    assert cover.purpose.endswith("[pacs.009 cover]")


def test_an_order_to_pay_is_loaded_and_said_to_be_one(read: Read) -> None:
    order = (
        "<CdtTrfTxInf><PmtId><EndToEndId>E-{0}</EndToEndId></PmtId>"
        '<Amt><InstdAmt Ccy="EUR">{0}.00</InstdAmt></Amt>'
        f"{party('Cdtr', 'Payee', IBAN_B, 'BUKBGB22')}</CdtTrfTxInf>"
    )
    for wanted in ("<Dt>2024-05-02</Dt>", "2024-05-02"):
        found = read(
            f'<Document xmlns="{HEAD}pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr/>'
            f"<PmtInf><ReqdExctnDt>{wanted}</ReqdExctnDt>{party('Dbtr', 'A', IBAN_A, 'DEUTDEFF')}"
            f"{order.format(1)}{order.format(2)}</PmtInf><PmtInf><ReqdExctnDt>{wanted}</ReqdExctnDt>"
            f"{party('Dbtr', 'C', '77', 'DEUTDEFF')}{order.format(3)}</PmtInf></CstmrCdtTrfInitn></Document>"
        )
        assert [(each.sender, each.amount) for each in found.transfers] == [
            (IBAN_A, 100), (IBAN_A, 200), ("77", 300),
        ]  # fmt: skip
        assert {each.time for each in found.transfers} == {day("2024-05-02")}
        assert [each.count for each in found.reports if each.reason is Reason.OTHER_LEG] == [3]


def test_entries_have_a_direction_and_a_counterparty(read: Read) -> None:
    found = read(camt053(entry("5", "CRDT", detail("5", "Bob")), entry("6", "DBIT", detail("6", "Eve"))))
    came, went = found.transfers
    assert (came.sender, came.receiver) == (f"unknown counterparty of {IBAN_A}: Bob", IBAN_A)
    assert (went.sender, went.receiver) == (IBAN_A, f"unknown counterparty of {IBAN_A}: Eve")
    assert came.purpose == "[camt.053 credit]"


def test_a_reversed_debit_comes_back_from_its_creditor(read: Read) -> None:
    parties = "<TxDtls><RltdPties><Dbtr><Nm>Me</Nm></Dbtr><Cdtr><Nm>Shop</Nm></Cdtr></RltdPties></TxDtls>"
    reversed_debit = entry("5", "CRDT", parties).replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    only = read(camt053(reversed_debit)).transfers[0]
    assert (only.sender, only.receiver) == (f"unknown counterparty of {IBAN_A}: Shop", IBAN_A)


@pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR", "<Cd>PDNG</Cd>"])
def test_what_was_not_booked_is_set_aside(read: Read, status: str) -> None:
    found = read(camt053(entry("5", status=status), entry("6", status="BOOK")))
    assert [each.amount for each in found.transfers] == [600]
    assert found.reasons() == [Reason.UNSUPPORTED]


@given(
    parts=st.lists(
        st.tuples(st.integers(0, 10**6), st.sampled_from(["", "CRDT", "DBIT"])), min_size=2, max_size=6
    ),
    whole=st.integers(1, 10**7),
    credit=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_booking_is_split_exactly(
    read: Read, parts: list[tuple[int, str]], whole: int, credit: bool
) -> None:
    details = "".join(detail(f"{amount / 100:.2f}", f"P{n}", own) for n, (amount, own) in enumerate(parts))
    found = read(camt053(entry(f"{whole / 100:.2f}", "CRDT" if credit else "DBIT", details)))
    moved = sum(each.amount if each.receiver == IBAN_A else -each.amount for each in found.transfers)
    assert moved == (whole if credit else -whole)
    assert len(found.transfers) in (len(parts), len(parts) + 1)


def test_a_batch_of_other_currencies_stays_one_sum(read: Read) -> None:
    details = detail("3", "A").replace("EUR", "USD") + detail("4", "B")
    found = read(camt053(entry("7", details=details)))
    assert [each.amount for each in found.transfers] == [700]
    assert Reason.MISSING_AMOUNT in found.reasons(Action.LOADED)


def test_the_first_opening_balance_of_an_account_counts(read: Read) -> None:
    balance = (
        "<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{}</Amt>"
        "<CdtDbtInd>{}</CdtDbtInd></Bal>"
    )
    several = (
        balance.format("CLBD", 9, "CRDT")
        + balance.format("OPBD", 5, "DBIT")
        + balance.format("PRCD", 6, "CRDT")
    )
    assert read(camt053(balances=several)).openings == [OpeningBalance(1, IBAN_A, -500, "EUR")]


def test_an_instructed_amount_stands_with_the_purpose(read: Read) -> None:
    found = read(pacs008(transaction(extra='<InstdAmt Ccy="EUR">13.5</InstdAmt>')))
    assert found.transfers[0].purpose == "Invoice 7 [pacs.008 payment; instructed 13.50 EUR]"


def test_gzip_and_its_limits(tmp_path: Path) -> None:
    path = tmp_path / "message.xml.gz"
    path.write_bytes(gzip.compress(pacs008(*[transaction()] * 3).encode()))
    assert len(Found(list(iso20022.read(OpenedFile(path, "m"), ReadOptions()))).transfers) == 3
    tight = OpenedFile(path, "m", None, Limits(unpacked_bytes=1000))
    assert Found(list(iso20022.read(tight, ReadOptions()))).reasons() == [Reason.LIMIT]
    path.write_bytes(path.read_bytes()[:-20])
    assert Found(list(iso20022.read(OpenedFile(path, "m"), ReadOptions()))).reasons() == [Reason.BROKEN_ROW]


def test_an_endless_transaction_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iso20022, "MOST_ELEMENTS", 100)
    found = read(pacs008(transaction(), transaction(extra="<X/>" * 200), transaction()))
    assert len(found.transfers) == 1
    assert found.reasons() == [Reason.LIMIT]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from wellhead.sources import iso20022; from wellhead.sources.opened import OpenedFile\n"
        "from wellhead.sources.options import ReadOptions\n"
        "file = OpenedFile(Path(sys.argv[1]), 'm')\n"
        "n = sum(len(batch.transfers) for batch in iso20022.read(file, ReadOptions()))\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(n, status.split('VmHWM:')[1].split()[0])"
    )
    if not Path("/proc/self/status").exists():
        pytest.skip("peak memory is read from /proc, which this system does not have")
    peaks = []
    for count in (2_000, 40_000):
        path = tmp_path / f"{count}.xml"
        path.write_text(pacs008(*[transaction()] * count))
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
        )
        read_rows, peak = done.stdout.split()
        assert int(read_rows) == count
        peaks.append(int(peak))
    assert peaks[1] < peaks[0] + 20_000, "kilobytes; the larger file alone is 30 MB as text, 300 MB as a tree"


SAMPLES = [
    pacs008(transaction(), transaction()),
    camt053(entry("5", "CRDT", detail("2", "A") + detail("3", "B"))),
]


@given(
    sample=st.sampled_from(SAMPLES),
    edits=st.lists(
        st.tuples(
            st.integers(0, 4000), st.integers(0, 30), st.sampled_from(["", "<", "&a;", "\0", "é", "]]>", "9"])
        ),
        max_size=4,
    ),
    cut=st.integers(1, 4000),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_messages_never_raise(
    read: Read, sample: str, edits: list[tuple[int, int, str]], cut: int
) -> None:
    for start, length, text in edits:
        sample = sample[:start] + text + sample[start + length :]
    read(sample[:cut])


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_never_raise(read: Read, content: bytes) -> None:
    assert read(content).rows == 1


def test_lxml_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, wellhead.sources.iso20022; sys.exit('lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_real_message_is_read_or_reported(shared_data: Callable[..., Path]) -> None:
    folder = shared_data("standards", "iso20022")
    found = {
        str(path.relative_to(folder)): Found(list(iso20022.read(OpenedFile(path, path.name), ReadOptions())))
        for path in sorted(folder.rglob("*.xml"))
    }
    assert len(found) == 288
    verified = {
        "moov/FI_camt_054_sample.xml.xml": (11, 1),
        "moov/camt.053_P_CH2909000000250094239_1110092698_0_2020112503071366.xml": (5, 0),
        "genkgo-camt/camt054.v8.xml": (1, 0),
        "prowide/pacs.009.001.07.xml": (1, 0),
        "mt-to-mx/c_53_1_1/mt950_camt_053_A_B.xml": (9, 0),
        "mt-to-mx/custom/mt205_pacs_004_1.xml": (0, 1),
    }
    for name, counts in verified.items():
        assert (len(found[name].transfers), len(found[name].aside)) == counts, name
    finnish = found["moov/FI_camt_054_sample.xml.xml"].transfers
    assert (
        sum(each.amount for each in finnish if each.receiver == "FI7433010001222090")
        == 200000 + 50000 + 300000
    )
    assert messages.PLACEHOLDERS[0] in finnish[0].sender
