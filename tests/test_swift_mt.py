"""SWIFT MT messages: payments, statements and advices, in every wrapping, whole or broken."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellhead.model.batch import Batch, OpeningBalance
from wellhead.model.transfer import Action, Reason, RowReport, Transfer
from wellhead.sources import swift_mt
from wellhead.sources.messages_mt import amount, date
from wellhead.sources.opened import OpenedFile
from wellhead.sources.options import ReadOptions

UETR = "174c245f-2682-4291-ad67-2a41e530cd27"
Read = Callable[..., "Found"]


class Found:
    """Everything a reader gave, checked for completeness."""

    def __init__(self, batches: list[Batch]) -> None:
        self.transfers: list[Transfer] = [each for batch in batches for each in batch.transfers]
        self.openings: list[OpeningBalance] = [each for batch in batches for each in batch.openings]
        self.reports: list[RowReport] = [each for batch in batches for each in batch.reports]
        self.rows = sum(batch.rows for batch in batches)
        self.aside = [each for each in self.reports if each.action is Action.SET_ASIDE]
        numbers = [each.row for each in (*self.transfers, *self.aside)]
        assert sorted(numbers) == list(range(1, self.rows + 1))

    def reasons(self, action: Action = Action.SET_ASIDE) -> list[Reason]:
        return [each.reason for each in self.reports if each.action is action]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reader(content: bytes | str, **options: str) -> Found:
        path = tmp_path / "message.fin"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Found(list(swift_mt.read(OpenedFile(path, "message.fin"), ReadOptions(**options))))

    return reader


def day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def message(kind: str, *fields: str, user: str = "", end: str = "\r\n") -> str:
    """A message as its sender keeps it (block 2 input): from DEUTDEFF to BUKBGB22."""
    block = end.join(("{4:", *fields, "-}"))
    return f"{{1:F01DEUTDEFFAXXX0000000000}}{{2:I{kind}BUKBGB22XXXXN}}{{3:{user}}}{block}{{5:{{CHK:1}}}}"


PAYMENT = (
    ":20:REF1", ":23B:CRED", ":32A:240501EUR12,34", ":50K:/1001\r\nPAYER LTD\r\nPARIS", ":52A:BNPAFRPPXXX",
    ":57A:BARCGB22", ":59:/2002\r\nPAYEE LTD", ":70:/ROC/E-1//INVOICE 7", ":71A:OUR",
)  # fmt: skip
STATEMENT = (
    ":20:S1", ":25:4004", ":28C:1/1", ":60F:D240430EUR5,", ":61:2405010502C12,34NTRFE-1//BANK1",
    ":86:INVOICE 7",
    ":61:240502D3,NTRFNONREF", ":62F:C240502EUR4,34",
)  # fmt: skip


def test_a_customer_payment(read: Read) -> None:
    assert read(message("103", *PAYMENT, user=f"{{121:{UETR}}}")).transfers == [
        Transfer(
            row=1, time=day("2024-05-01"), sender="1001", receiver="2002", amount=1234, currency="EUR",
            sender_name="PAYER LTD", receiver_name="PAYEE LTD", sender_bank="BNPAFRPP",
            receiver_bank="BARCGB22",
            reference=f"{UETR} | E-1 | REF1", purpose="/ROC/E-1//INVOICE 7 [MT103 payment]",
        )
    ]  # fmt: skip


def test_the_wrapping_does_not_matter(read: Read) -> None:
    one = message("103", *PAYMENT)
    expected = read(one).transfers[0]
    unix = one.replace("\r\n", "\n")
    acknowledged = "{1:F21DEUTDEFFAXXX0000000000}{4:{177:2405011200}{451:0}}" + one
    for content in (
        one,
        unix,
        acknowledged,
        "\ufeff" + one,
        "\x01\r\n" + one + "\x03",
        one.replace("\r\n", "\r"),
    ):
        assert read(content).transfers == [expected]
    for several in (one + "$" + unix, one + "\r\n$\r\n" + acknowledged, unix + unix):
        assert [each.amount for each in read(several).transfers] == [1234, 1234]


def test_what_the_network_refused_was_never_paid(read: Read) -> None:
    refused = "{1:F21DEUTDEFFAXXX0000000000}{4:{177:2405011200}{451:1}{405:T27}}" + message("103", *PAYMENT)
    found = read(refused + message("103", *PAYMENT))
    assert [each.row for each in found.transfers] == [2]
    assert "never delivered" in found.aside[0].detail


def test_the_banks_of_a_message_as_received(read: Read) -> None:
    received = message("103", *(each for each in PAYMENT if each[:3] not in (":52", ":57"))).replace(
        "{2:I103BUKBGB22XXXXN}", "{2:O1030523240501CHASUS33AXXX00000000002405010523N}"
    )
    only = read(received).transfers[0]
    assert (only.sender_bank, only.receiver_bank) == ("CHASUS33", "DEUTDEFF")


@pytest.mark.parametrize(
    ("field", "account", "name", "country"),
    [
        (":50F:/1001\r\n1/PAYER\r\n1/LTD\r\n2/STREET\r\n3/GB/LONDON", "1001", "PAYER LTD", "GB"),
        (":50F:CCPT/DE/123\r\n1/PAYER", "account of PAYER at BNPAFRPP", "PAYER", ""),
        (":50A:CHASUS33XXX", "CHASUS33", "", ""),
        (":50A:/1001\r\nCHASUS33XXX", "1001", "", ""),
        (":50K:PAYER\r\nPARIS", "account of PAYER at BNPAFRPP", "PAYER", ""),
        (":50K:/NOTPROVIDED\r\nPAYER", "account of PAYER at BNPAFRPP", "PAYER", ""),
        (":50K:/C/1001\r\nPAYER", "1001", "PAYER", ""),
    ],
)
def test_customers_in_every_option(read: Read, field: str, account: str, name: str, country: str) -> None:
    only = read(message("103", *PAYMENT[:3], field, *PAYMENT[4:])).transfers[0]
    assert (only.sender, only.sender_name, only.sender_country) == (account, name, country)


def test_banks_pay_each_other_and_cover_customers(read: Read) -> None:
    core = (":20:C1", ":21:E-1", ":32A:240501EUR12,34", ":52A:CHASUS33", ":58A:/77\r\nBARCGB22")
    under = (":50K:/1001\r\nPAYER LTD", ":52A:BNPAFRPP", ":57A:BARCGB22", ":59:/2002\r\nPAYEE LTD")
    plain, cover = read(message("202", *core) + message("202", *core, *under, user="{119:COV}")).transfers
    assert (plain.sender, plain.receiver, plain.purpose) == ("CHASUS33", "77", "[MT202 payment]")
    assert (cover.sender, cover.receiver, cover.purpose) == ("1001", "2002", "[MT202 cover]")
    assert plain.reference == cover.reference == "E-1 | C1"
    own = read(message("200", ":20:O1", ":32A:240501EUR9,", ":57A:BARCGB22")).transfers[0]
    assert (own.sender, own.receiver) == ("DEUTDEFF", "BARCGB22")


@pytest.mark.parametrize("code", ["/RETN/99\r\n/AC04/", "/REJT/99"])
def test_returns_are_no_payments(read: Read, code: str) -> None:
    assert read(message("103", *PAYMENT, f":72:{code}")).reasons() == [Reason.UNSUPPORTED]


def test_an_amount_before_charges_stands_with_the_purpose(read: Read) -> None:
    only = read(message("103", *PAYMENT, ":33B:EUR13,5")).transfers[0]
    assert only.purpose.endswith("[MT103 payment; instructed 13.50 EUR]")


@pytest.mark.parametrize(
    ("settled", "reason"),
    [("240501EUR", Reason.BAD_AMOUNT), ("240501EUR1,2,3", Reason.BAD_AMOUNT),
     ("240230EUR1,", Reason.BAD_TIME),
     ("240501ZZZ1,", Reason.BAD_CURRENCY), ("", Reason.BAD_AMOUNT), ("240501EUR,", Reason.MISSING_AMOUNT)],
)  # fmt: skip
def test_a_broken_payment_costs_itself_alone(read: Read, settled: str, reason: Reason) -> None:
    broken = message("103", *PAYMENT[:2], f":32A:{settled}", *PAYMENT[3:])
    found = read(message("103", *PAYMENT) + broken + message("103", *PAYMENT))
    assert [each.row for each in found.transfers] == [1, 3]
    assert found.reasons() == [reason]


def test_other_messages_are_named(read: Read) -> None:
    found = read(message("101", ":20:X") + message("199", ":20:Y", ":79:HELLO") + message("103", *PAYMENT))
    assert [each.row for each in found.transfers] == [3]
    assert [each.detail[:5] for each in found.aside] == ["MT101", "MT199"]
    assert read("no message at all").reasons() == [Reason.UNSUPPORTED]


@pytest.mark.parametrize("kind", ["940", "942", "950", ""])
def test_a_statement_with_and_without_blocks(read: Read, kind: str) -> None:
    found = read(message(kind, *STATEMENT) if kind else "\r\n".join(STATEMENT) + "\r\n-\r\n")
    came, went = found.transfers
    assert (came.sender, came.receiver, came.amount) == ("unknown counterparty of 4004", "4004", 1234)
    assert came.time == day("2024-05-02")
    assert came.reference == "E-1 | bank BANK1"
    assert came.purpose == f"INVOICE 7 [MT{kind or '940'} credit]"
    assert (went.sender, went.receiver, went.amount) == ("4004", "unknown counterparty of 4004", 300)
    assert went.time == day("2024-05-02")
    assert found.openings == [OpeningBalance(1, "4004", -500, "EUR")]


@pytest.mark.parametrize(("mark", "credit"), [("C", True), ("D", False), ("RC", False), ("RD", True)])
def test_reversals_turn_the_direction(read: Read, mark: str, credit: bool) -> None:
    only = read("\n".join((*STATEMENT[:4], f":61:240501{mark}7,NTRFX1"))).transfers[0]
    assert (only.receiver == "4004") is credit


def test_the_structured_form_of_field_86_names_the_counterparty(read: Read) -> None:
    told = ":86:166?00CREDIT?20EREF+E-9?21SVWZ+RENT?30DEUTDEFF?31DE89370400440532013000?32ANN?33 LEE"
    only = read("\n".join((*STATEMENT[:5], told))).transfers[0]
    assert (only.sender, only.sender_name, only.sender_bank) == (
        "DE89370400440532013000",
        "ANN LEE",
        "DEUTDEFF",
    )
    assert only.reference.startswith("E-9 | ")
    assert only.purpose == "RENT [MT940 credit]"


def test_a_broken_line_costs_itself_alone(read: Read) -> None:
    lines = (":61:24050XC1,NTRFA", ":61:240501C1,2,3NTRFB", ":61:nothing", ":61:240501C1,NTRFD")
    found = read("\n".join((*STATEMENT[:4], *lines)))
    assert [each.row for each in found.transfers] == [4]
    assert len(found.aside) == 3


def test_a_day_that_does_not_exist_is_read_as_the_last_and_reported(read: Read) -> None:
    found = read("\n".join((*STATEMENT[:4], ":61:230230C1,NTRFA")))
    assert found.transfers[0].time == day("2023-02-28")
    assert Reason.BAD_TIME in found.reasons(Action.LOADED)


def test_a_statement_without_currency_takes_the_users(read: Read) -> None:
    bare = "\n".join((":20:S", ":25:4004", ":61:240501C1,NTRFA"))
    assert read(bare).reasons() == [Reason.BAD_CURRENCY]
    assert read(bare, currency="CHF").transfers[0].currency == "CHF"


def test_statements_follow_each_other_without_blocks(read: Read) -> None:
    second = "\n".join((":20:S2", ":25:5005", ":60F:C240501USD0,", ":61:240501D2,NTRFB", "-"))
    found = read("HEADER\n940\n" + "\n".join(STATEMENT) + "\n-\n" + "HEADER\n" + second)
    assert [(each.currency, "4004" in each.sender + each.receiver) for each in found.transfers] == [
        ("EUR", True), ("EUR", True), ("USD", False),
    ]  # fmt: skip


def test_advices_are_one_booking_each(read: Read) -> None:
    debit = message("900", ":20:A1", ":21:E-1", ":25:4004", ":32A:240501EUR12,34")
    credit = message("910", ":20:A2", ":21:E-1", ":25:5005", ":32A:240501EUR12,34", ":50K:/1001\r\nPAYER")
    by_bank = message("910", ":20:A3", ":21:E-1", ":25:5005", ":32A:240501EUR12,34", ":52A:CHASUS33")
    went, came, from_bank = read(debit + credit + by_bank).transfers
    assert (went.sender, went.receiver) == ("4004", "unknown counterparty of 4004")
    assert (came.sender, came.receiver, came.reference) == ("1001", "5005", "E-1 | bank A2")
    assert from_bank.sender == "CHASUS33"


def test_western_european_bytes_are_read_and_reported(read: Read) -> None:
    found = read(message("103", *PAYMENT).replace("PAYER LTD", "ZÜRICH AG").encode("latin-1"))
    assert found.transfers[0].sender_name == "ZÜRICH AG"
    assert Reason.BAD_ENCODING in found.reasons(Action.LOADED)


def test_an_endless_message_is_cut(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swift_mt, "MOST_CHARACTERS", 2_000)
    found = read(message("199", ":20:X", *([":79:" + "A" * 90] * 100)) + message("103", *PAYMENT))
    assert [each.amount for each in found.transfers] == [1234]
    assert Reason.LIMIT in found.reasons()


def test_years_and_amounts() -> None:
    assert (date("790101"), date("800101")) == ("2079-01-01", "1980-01-01")
    assert (amount("1234,56"), amount("1234,"), amount(",")) == ("1234.56", "1234", "")


@given(
    fields=st.lists(st.sampled_from((*PAYMENT, *STATEMENT)), max_size=14),
    kind=st.sampled_from(["103", "200", "202", "205", "900", "910", "940", "950", "777"]),
    edits=st.lists(
        st.tuples(
            st.integers(0, 700),
            st.integers(0, 20),
            st.sampled_from(["", ":61:", "{1:", "-}", "\0", "$", ","]),
        ),
        max_size=4,
    ),
    cut=st.integers(1, 900),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_messages_never_raise(
    read: Read, fields: list[str], kind: str, edits: list[tuple[int, int, str]], cut: int
) -> None:
    text = message(kind, *fields) + message("103", *PAYMENT)
    for start, length, put in edits:
        text = text[:start] + put + text[start + length :]
    read(text[:cut])


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda each: f"{{1:F01{each}".encode()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_never_raise(read: Read, content: bytes) -> None:
    read(content)


@given(st.lists(st.text(":0123456789CDNTRF,/?{}-$\n", max_size=60), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_statement_lines_never_raise(read: Read, lines: list[str]) -> None:
    found = read("\n".join((*STATEMENT[:4], *(f":61:{line}" for line in lines))))
    assert found.rows >= len(lines)


def test_mt940_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, wellhead.sources.swift_mt; sys.exit('mt940' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_real_message_is_read_or_reported(shared_data: Callable[..., Path]) -> None:
    folder = shared_data("standards", "swift-mt")
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in (".sta", ".fin", ".rje")]
    found = {
        str(path.relative_to(folder)): Found(list(swift_mt.read(OpenedFile(path, path.name), ReadOptions())))
        for path in paths
    }
    assert len(found) == 39
    verified = {
        "prowide-core/MT103-bulk-with-ack.rje": (3, 0),
        "prowide-core/MT103-out-ack.rje": (13, 0),
        "prowide-core/MT101.fin": (0, 1),
        "mt940/jejik/abnamro.sta": (10, 0),
        "mt940/jejik/postfinance.sta": (4, 0),
        "mt940/betterplace/sepa_snippet.sta": (11, 0),
        "mt940/self-provided/sparkassen.sta": (0, 1),
        "mt940/self-provided/invalid_statement.sta": (0, 1),
    }
    for name, counts in verified.items():
        assert (len(found[name].transfers), len(found[name].aside)) == counts, name
