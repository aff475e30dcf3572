"""One payment seen more than once is counted once; two payments are never taken for one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.model.errors import UsageError
from wellhead.model.transfer import Action, Reason, Transfer
from wellhead.sources import iso20022, messages, swift_mt
from wellhead.sources.opened import OpenedFile
from wellhead.sources.options import ReadOptions
from wellhead.store.legs import PLACEHOLDERS, RULES, Leg, legs, match_legs, overrule

HEAD = "urn:iso:std:iso:20022:tech:xsd:"
Loaded = tuple[str, str, list[Transfer]]


def case(files: Iterable[Loaded]) -> duckdb.DuckDBPyConnection:
    """A case file with the tables that the matching uses."""
    engine = duckdb.connect()
    engine.execute(
        "create table source_file (id smallint, path varchar, kind varchar);"
        "create table account (id integer, identifier varchar, canonical varchar);"
        "create table transfer (file smallint, row bigint, time bigint, sender integer, receiver integer,"
        "amount bigint, currency varchar, reference varchar, purpose varchar, sender_bank varchar,"
        "receiver_bank varchar, duplicate boolean)"
    )
    numbers: dict[str, int] = {}
    for file, (path, kind, transfers) in enumerate(files):
        engine.execute("insert into source_file values (?, ?, ?)", [file, path, kind])
        for each in transfers:
            sides = [numbers.setdefault(name, len(numbers)) for name in (each.sender, each.receiver)]
            row = [
                file,
                each.row,
                each.time,
                *sides,
                each.amount,
                each.currency,
                each.reference,
                each.purpose,
            ]
            engine.execute("insert into transfer values (?,?,?,?,?,?,?,?,?,'','',false)", row)
    for name, number in numbers.items():
        engine.execute("insert into account values (?, ?, ?)", [number, name, name])
    return engine


def counted(engine: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int]]:
    """Sender, receiver and amount of what is counted."""
    return engine.execute(
        "select payer.identifier, payee.identifier, amount from counted_transfer"
        " join account payer on payer.id = sender join account payee on payee.id = receiver order by all"
    ).fetchall()


@dataclass(frozen=True)
class Payment:
    """A planted payment: its accounts, its amount in cents, its day, how often it was made that day."""

    payer: str
    payee: str
    cents: int
    day: date
    reference: str
    uetr: str
    times: int
    traces: frozenset[str]

    @property
    def amount(self) -> str:
        return f"{self.cents // 100}.{self.cents % 100:02d}"

    @property
    def uetrs(self) -> list[str]:
        return [self.uetr and f"{self.uetr[:-1]}{n}" for n in range(self.times)]


def account(tag: str, number: str) -> str:
    return f"<{tag}Acct><Id><Othr><Id>{number}</Id></Othr></Id></{tag}Acct>"


def pacs008(payments: list[Payment]) -> str:
    body = "".join(
        f"<CdtTrfTxInf><PmtId><EndToEndId>{p.reference}</EndToEndId>"
        + (f"<UETR>{uetr}</UETR>" if uetr else "")
        + f'</PmtId><IntrBkSttlmAmt Ccy="EUR">{p.amount}</IntrBkSttlmAmt>'
        f"<IntrBkSttlmDt>{p.day}</IntrBkSttlmDt>"
        f"{account('Dbtr', p.payer)}{account('Cdtr', p.payee)}</CdtTrfTxInf>"
        for p in payments
        for uetr in p.uetrs
    )
    return f'<Document xmlns="{HEAD}pacs.008.001.08"><FIToFICstmrCdtTrf>{body}</FIToFICstmrCdtTrf></Document>'


def pain001(payments: list[Payment]) -> str:
    body = "".join(
        f"<PmtInf><ReqdExctnDt>{p.day}</ReqdExctnDt>{account('Dbtr', p.payer)}<CdtTrfTxInf><PmtId>"
        f'<EndToEndId>{p.reference}</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">{p.amount}</InstdAmt></Amt>'
        f"{account('Cdtr', p.payee)}</CdtTrfTxInf></PmtInf>"
        for p in payments
        for _ in range(p.times)
    )
    return f'<Document xmlns="{HEAD}pain.001.001.09"><CstmrCdtTrfInitn>{body}</CstmrCdtTrfInitn></Document>'


def camt053(own: str, payments: list[Payment], side: str, later: int = 0) -> str:
    body = "".join(
        f'<Ntry><Amt Ccy="EUR">{p.amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><Dt>{p.day + timedelta(days=later)}</Dt></BookgDt><NtryDtls><TxDtls><Refs>"
        f"<EndToEndId>{p.reference}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
        for p in payments
        for _ in range(p.times)
    )
    return (
        f'<Document xmlns="{HEAD}camt.053.001.08"><BkToCstmrStmt><Stmt><Acct><Id><Othr><Id>{own}</Id></Othr>'
        "</Id>"
        f"</Acct>{body}</Stmt></BkToCstmrStmt></Document>"
    )


def mt103(payments: list[Payment], cover: bool = False) -> str:
    def text(p: Payment, uetr: str) -> str:
        customers = f":50K:/{p.payer}\r\nA\r\n:59:/{p.payee}\r\nB\r\n:70:/ROC/{p.reference}\r\n"
        settled = f"{p.day:%y%m%d}EUR{p.amount.replace('.', ',')}"
        user = f"{{3:{{121:{uetr}}}}}" if uetr else ""
        if cover:
            block = f":20:C{p.cents}\r\n:21:{p.reference}\r\n:32A:{settled}\r\n:58A:BUKBGB22\r\n{customers}"
        else:
            block = f":20:M{p.cents}\r\n:23B:CRED\r\n:32A:{settled}\r\n{customers}"
        kind = "202" if cover else "103"
        return f"{{1:F01DEUTDEFFAXXX0000000000}}{{2:I{kind}BUKBGB22XXXXN}}{user}{{4:\r\n{block}-}}"

    return "\r\n$\r\n".join(text(p, uetr) for p in payments for uetr in p.uetrs)


def rendered(payments: list[Payment]) -> list[tuple[str, str, str]]:
    """The files (name, kind, content) in which these payments leave the traces they are said to leave."""

    def leaving(trace: str) -> list[Payment]:
        return [p for p in payments if trace in p.traces]

    files = [
        ("pacs008", "iso20022", pacs008(leaving("pacs008"))),
        ("pain001", "iso20022", pain001(leaving("pain001"))),
        ("mt103", "swift_mt", mt103(leaving("mt103"))),
        ("mt202cov", "swift_mt", mt103(leaving("mt202cov"), cover=True)),
    ]
    for trace, side, later in (("debit", "DBIT", 0), ("credit", "CRDT", 1)):
        own = {p.payer if trace == "debit" else p.payee for p in leaving(trace)}
        for number in sorted(own):
            booked = [p for p in leaving(trace) if number == (p.payer if trace == "debit" else p.payee)]
            files.append((f"{trace} {number}", "iso20022", camt053(number, booked, side, later)))
    return files


def loaded(folder: Path, files: Iterable[tuple[str, str, str]]) -> list[Loaded]:
    readers = {"iso20022": iso20022.read, "swift_mt": swift_mt.read}
    found = []
    for number, (name, kind, content) in enumerate(files):
        path = folder / f"{number}.msg"
        path.write_bytes(content.encode())
        batches = list(readers[kind](OpenedFile(path, name), ReadOptions()))
        found.append((name, kind, [each for batch in batches for each in batch.transfers]))
    return found


TRACES = ("pacs008", "mt103", "debit", "credit", "pain001", "mt202cov")
PAYMENTS = st.lists(
    st.builds(
        dict,
        parties=st.permutations(["1001", "1002", "1003", "1004"]),
        cents=st.sampled_from([100, 12345, 99999]) | st.integers(1, 10**9),
        day=st.dates(date(2024, 1, 1), date(2024, 1, 20)),
        uetr=st.uuids(version=4) | st.none(),
        times=st.integers(1, 3),
        traces=st.sets(st.sampled_from(TRACES), min_size=1),
    ),
    min_size=1,
    max_size=6,
)


def planted(drawn: list[dict[str, object]]) -> list[Payment]:
    return [
        Payment(
            payer=each["parties"][0], payee=each["parties"][1], cents=each["cents"], day=each["day"],
            reference=f"REF{number:05d}", uetr=str(each["uetr"] or ""), times=each["times"],
            traces=frozenset(each["traces"]),
        )
        for number, each in enumerate(drawn)
    ]  # fmt: skip


@given(drawn=PAYMENTS, shuffle=st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_no_payment_is_ever_summed_twice_or_lost(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[dict[str, object]], shuffle: object
) -> None:
    payments = planted(drawn)
    files = rendered(payments)
    shuffle.shuffle(files)
    engine = case(loaded(tmp_path_factory.mktemp("case"), files))
    match_legs(engine)
    found = counted(engine)
    assert sum(amount for _, _, amount in found) == sum(p.cents * p.times for p in payments)
    assert len(found) == sum(p.times for p in payments)
    knowing = [p for p in payments if p.traces != {"debit"} and p.traces != {"credit"}]
    assert Counter(f for f in found if not any(side.startswith("unknown") for side in f[:2])) == Counter(
        {key: sum(p.times for p in knowing if (p.payer, p.payee, p.cents) == key)
         for key in {(p.payer, p.payee, p.cents) for p in knowing}}
    )  # fmt: skip


@given(drawn=PAYMENTS)
@settings(max_examples=20)
def test_matching_again_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[dict[str, object]]
) -> None:
    engine = case(loaded(tmp_path_factory.mktemp("case"), rendered(planted(drawn))))
    first = match_legs(engine)
    seen = counted(engine)
    assert match_legs(engine) == first == list(legs(engine))
    assert counted(engine) == seen


def statement(
    row: int, payer: str, payee: str, cents: int, reference: str, role: str, day: int = 0
) -> Transfer:
    told = f"camt.053 {role}" if role in ("debit", "credit") else f"pacs.008 {role}"
    return Transfer(
        row, day * 86_400_000_000, payer, payee, cents, "EUR", reference=reference, purpose=f"[{told}]"
    )


UNKNOWN_A, UNKNOWN_B = "unknown counterparty of A", "unknown counterparty of B: Ann"


def matched(*files: list[Transfer], kind: str = "iso20022") -> tuple[list[Leg], duckdb.DuckDBPyConnection]:
    engine = case((f"file {n}", kind, transfers) for n, transfers in enumerate(files))
    return match_legs(engine), engine


def test_debit_and_credit_complete_each_other() -> None:
    found, engine = matched(
        [statement(1, "A", UNKNOWN_A, 500, "R-77", "debit")],
        [statement(1, UNKNOWN_B, "B", 500, "R-77", "credit", 1)],
    )
    assert counted(engine) == [("A", "B", 500)]
    (leg,) = found
    assert (leg.file, leg.kept_file) == ("file 0", "file 1")
    assert "the payer A is known from another leg" in leg.detail
    assert (leg.report().reason, leg.report().action) == (Reason.OTHER_LEG, Action.MERGED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("A", "B", 500, "R-77", "debit", 0), ("A", "C", 500, "R-77", "credit", 0)),
        (("A", "B", 500, "R-77", "debit", 0), ("A", "B", 501, "R-77", "credit", 0)),
        (("A", "B", 500, "R-77", "debit", 0), ("A", "B", 500, "R-77", "credit", 30)),
        (("A", "B", 500, "R-77", "debit", 0), ("A", "B", 500, "R-78", "credit", 0)),
        (("A", "B", 500, "R-77", "debit", 0), ("A", "B", 500, "R-77", "debit", 5)),
        (("A", UNKNOWN_A, 500, "", "debit", 0), (UNKNOWN_B, "B", 500, "", "credit", 0)),
        (("A", UNKNOWN_A, 500, "7", "debit", 0), (UNKNOWN_B, "B", 500, "7", "credit", 0)),
        (("A", UNKNOWN_A, 500, "bank 123", "debit", 0), (UNKNOWN_B, "B", 500, "bank 123", "credit", 0)),
    ],
    ids=["other account", "other amount", "too late", "other reference", "same side", "no reference",
         "reference of one character", "banks' own references"],
)  # fmt: skip
def test_two_payments_are_not_taken_for_one(one: tuple[object, ...], other: tuple[object, ...]) -> None:
    found, _ = matched([statement(1, *one[:5], one[5])], [statement(1, *other[:5], other[5])])
    assert found == []


def test_different_uetrs_are_different_payments() -> None:
    one, other = (f"{UUID(int=n)} | R-77" for n in (1, 2))
    found, _ = matched(
        [statement(1, "A", "B", 5, one, "payment")], [statement(1, "A", "B", 5, other, "debit")]
    )
    assert found == []


def test_one_statement_is_never_matched_with_itself() -> None:
    twice = [statement(n, "A", "B", 500, "R-77", "debit") for n in (1, 2)]
    found, engine = matched(twice, [statement(1, "A", "B", 500, "R-77", "credit")])
    assert len(found) == 1
    assert len(counted(engine)) == 2


def test_equal_payments_pair_off_in_time_order() -> None:
    went = [statement(n, "A", "B", 500, "RENT", "debit", 3 * n) for n in range(1, 5)]
    came = [statement(n, "A", "B", 500, "RENT", "credit", 3 * n + 1) for n in range(1, 5)]
    found, engine = matched(went, came)
    assert sorted((leg.row, leg.kept_row) for leg in found) == [(n, n) for n in range(1, 5)]
    assert len(counted(engine)) == 4


def test_both_accounts_suffice_where_no_more_than_one_gives_a_reference() -> None:
    found, _ = matched(
        [statement(1, "A", "B", 500, "bank 1", "debit")], [statement(1, "A", "B", 500, "R-1", "credit", 1)]
    )
    assert [leg.rule for leg in found] == ["debit of the same accounts and amount"]


def test_one_booking_reported_by_two_kinds_of_report() -> None:
    booked = statement(1, "A", UNKNOWN_A, 500, "", "debit")
    notified = Transfer(
        **{**dict(zip(booked.__slots__, booked_values(booked), strict=True)), "purpose": "[MT940 debit]"}
    )
    found, _ = matched([booked], [notified])
    assert [leg.rule for leg in found] == ["same debit, another report"]
    assert matched([booked], [booked])[0] == []


def booked_values(transfer: Transfer) -> list[object]:
    return [getattr(transfer, name) for name in transfer.__slots__]


@pytest.mark.parametrize(("parts", "total"), [((200, 300), 500), ((200, 301), 1001)])
def test_a_sum_is_left_out_where_its_parts_are_listed(parts: tuple[int, ...], total: int) -> None:
    whole = [statement(1, UNKNOWN_B, "B", 500, "bank S1", "credit")]
    listed = [
        statement(n, f"P{n}", "B", cents, f"E{n} | bank S1", "credit") for n, cents in enumerate(parts, 1)
    ]
    paid = [statement(1, "P1", "B", 200, "E1", "payment")]
    found, engine = matched(whole, listed, paid)
    assert sum(cents for _, _, cents in counted(engine)) == total
    assert ("booked in one sum" in found[0].detail) is (total == 500)


def test_charges_on_the_way_and_the_amount_that_counts() -> None:
    uetr = str(UUID(int=7))
    found, engine = matched(
        [statement(1, "A", UNKNOWN_A, 13650, uetr, "debit")],
        [statement(1, "A", "B", 13650, uetr, "payment")],
        [statement(1, "A", "B", 13649, uetr, "payment")],
        [statement(1, UNKNOWN_B, "B", 13648, uetr, "credit")],
    )
    assert len(found) == 3
    assert counted(engine) == [("A", "B", 13649)]
    assert any("here 13650, there 13649 minor units of EUR: charges" in leg.detail for leg in found)


def test_a_fee_with_the_payments_uetr_is_not_the_payment() -> None:
    uetr = str(UUID(int=7))
    fee, paid = (statement(n, "A", UNKNOWN_A, cents, uetr, "debit") for n, cents in ((1, 10), (2, 2450)))
    found, engine = matched([fee, paid], [statement(1, "A", "B", 2450, uetr, "payment")])
    assert len(found) == 1
    assert counted(engine) == [("A", "B", 2450), ("A", UNKNOWN_A, 10)]


def test_an_order_in_another_currency_is_found_by_the_amount_instructed() -> None:
    order = Transfer(1, 0, "A", "B", 5000, "GBP", reference="R-77", purpose="[pain.001 instruction]")
    paid = Transfer(
        1, 0, "A", "B", 5800, "EUR", reference="R-77", purpose="[pacs.008 payment; instructed 50.00 GBP]"
    )
    found, engine = matched([order], [paid])
    assert counted(engine) == [("A", "B", 5800)]
    assert "5000 minor units of GBP, there 5800 of EUR" in found[0].detail


def test_overruling_keeps_both_and_lasts() -> None:
    found, engine = matched(
        [statement(1, "A", UNKNOWN_A, 500, "R-77", "debit")],
        [statement(1, UNKNOWN_B, "B", 500, "R-77", "credit")],
    )
    assert len(found) == 1
    overrule(engine, 0, 1)
    for _ in range(2):
        (leg,) = match_legs(engine)
        assert leg.overruled
        assert leg.report().action is Action.LOADED
        assert counted(engine) == [("A", UNKNOWN_A, 500), (UNKNOWN_B, "B", 500)]
    with pytest.raises(UsageError, match="no leg"):
        overrule(engine, 0, 99)


def test_ledgers_match_by_reference_accounts_and_amount_alone() -> None:
    def row(number: int, reference: str, cents: int = 500) -> Transfer:
        return Transfer(number, 0, "A", "B", cents, "EUR", reference=reference, purpose="[camt.053 debit]")

    assert matched([row(1, "X1"), row(2, "X1")], kind="csv")[0] == []
    assert matched([row(1, "")], [row(1, "")], kind="csv")[0] == []
    assert matched([row(1, "X1")], [row(1, "X1", 501)], kind="csv")[0] == []
    found, engine = matched([row(1, "X1"), row(2, "X1")], [row(1, "X1"), row(2, "Y")], kind="csv")
    assert [(leg.file, leg.row, leg.kept_row) for leg in found] == [("file 1", 1, 1)]
    assert len(counted(engine)) == 3


def test_matching_works_inside_a_transaction() -> None:
    engine = case([("f", "iso20022", [statement(1, "A", "B", 5, "R", "debit")])])
    engine.begin()
    assert match_legs(engine) == []
    engine.commit()


def test_the_placeholders_are_those_that_the_readers_make() -> None:
    engine = duckdb.connect()
    for start in messages.PLACEHOLDERS:
        assert engine.execute("select regexp_matches(?, ?)", [f"{start}X at Y", PLACEHOLDERS]).fetchone() == (
            True,
        )
    assert {word for rule in RULES for word in (*rule.joining, *rule.joined)} == {*messages.Role, "ledger"}


def test_real_pairs_in_both_forms_are_one_payment_each(
    shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    files: list[tuple[str, str, list[Transfer]]] = []
    for folder in ("mt-to-mx", "mx-to-mt"):
        root = shared_data("standards", "iso20022", folder)
        for number, line in enumerate((root / "pairs.jsonl").read_text().splitlines()):
            pair = json.loads(line)
            name = f"{folder} {number}"
            (tmp_path / name).write_text(pair["mt"])
            mt, mx = (
                [each for batch in read(OpenedFile(path, name), ReadOptions()) for each in batch.transfers]
                for read, path in ((swift_mt.read, tmp_path / name), (iso20022.read, root / pair["xml"]))
            )
            assert len(mt) == len(mx), pair["xml"]
            files += [(f"{name} MT", "swift_mt", mt), (f"{name} MX", "iso20022", mx)]
            alone = case(files[-2:])
            assert len(match_legs(alone)) == len(mt), pair["xml"]
    pooled = case(files)
    group = {(leg.file, leg.row): (leg.kept_file, leg.kept_row) for leg in match_legs(pooled)}
    for (mt_name, _, mt), (mx_name, _, mx) in zip(files[::2], files[1::2], strict=True):
        together = [group.get((mx_name, each.row), (mx_name, each.row)) for each in mx]
        for each in mt:
            assert group.get((mt_name, each.row), (mt_name, each.row)) in together
    assert sum(len(mt) for _, _, mt in files[::2]) == 67
    # Those joined beyond the pairs are hops and covers of one UETR and copies of one statement: 46 payments.
    assert len(counted(pooled)) == 46
