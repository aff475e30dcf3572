"""FollowTheMoney JSON lines: nothing lost, nothing raised, amounts exact."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wellhead.model.batch import Batch
from wellhead.model.entity import Entity
from wellhead.model.errors import UsageError
from wellhead.model.transfer import Action, Reason, RowReport, Transfer
from wellhead.sources import ftm
from wellhead.sources.opened import opened
from wellhead.sources.options import ReadOptions

DAY = 86_400_000_000


def load(path: Path, options: ReadOptions | None = None) -> Batch:
    """All batches as one."""
    batches = [batch for file in opened(path) for batch in ftm.read(file, options or ReadOptions())]
    return Batch(
        tuple(t for b in batches for t in b.transfers),
        tuple(e for b in batches for e in b.entities),
        (),
        tuple(r for b in batches for r in b.reports),
        sum(b.rows for b in batches),
    )


def write(path: Path, records: Iterable[Any]) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records), "utf-8")
    return path


def loaded(tmp_path: Path, *records: Any, options: ReadOptions | None = None) -> Batch:
    return load(write(tmp_path / "register.ftm.jsonl", records), options)


def payment(**properties: Any) -> dict[str, Any]:
    stated = {"payer": "a", "beneficiary": "b", "amount": "10", "currency": "USD", "date": "2015-03-04"}
    return {"id": "p", "schema": "Payment", "properties": {**stated, **properties}}


def only_transfer(batch: Batch) -> Transfer:
    assert [r for r in batch.reports if r.action is Action.SET_ASIDE] == []
    (transfer,) = batch.transfers
    return transfer


def only_reason(batch: Batch) -> Reason:
    assert batch.transfers == ()
    (report,) = batch.reports
    assert report.action is Action.SET_ASIDE
    return report.reason


# -- payments ---------------------------------------------------------------------------------------------


def test_a_payment_moves_money_between_the_identifiers_of_its_accounts(tmp_path: Path) -> None:
    batch = loaded(
        tmp_path,
        payment(payerAccount="acc1", beneficiaryAccount=["acc2"], purpose="rent", transactionNumber="T7"),
        {"id": "acc1", "schema": "BankAccount", "properties": {"iban": ["DE02 1001 0010 0006 8201 01"]}},
        {"id": "acc2", "schema": "BankAccount", "properties": {"accountNumber": "0042"}},
    )
    assert only_transfer(batch) == Transfer(
        1, 16_498 * DAY, "DE02 1001 0010 0006 8201 01", "0042", 1000, "USD", reference="T7", purpose="rent"
    )
    assert [entity.id for entity in batch.entities] == ["acc1", "acc2"]


def test_parties_stand_in_for_accounts_that_are_not_named(tmp_path: Path) -> None:
    transfer = only_transfer(loaded(tmp_path, payment(payerAccount="elsewhere")))
    assert (transfer.sender, transfer.receiver) == ("elsewhere", "b")


def test_two_accounts_with_the_same_number_stay_two(tmp_path: Path) -> None:
    accounts = [
        {"id": name, "schema": "BankAccount", "properties": {"accountNumber": ["77"], "bankName": [name]}}
        for name in ("one", "two")
    ]
    batch = loaded(tmp_path, *accounts, payment(payerAccount="one", beneficiaryAccount="two"))
    transfer = only_transfer(batch)
    assert (transfer.sender, transfer.receiver) == ("one", "two")


@pytest.mark.parametrize(
    ("stated", "minor"),
    [
        ("0.1", 10),
        ("1,250,000.25", 125_000_025),
        ("12,50,000", 125_000_000),
        ("90071992547409.93", 9_007_199_254_740_993),
        (7, 700),
        ("12.50 USD", 1250),
        ("1e3", 100_000),
        ("0", 0),
    ],
)
def test_amounts_are_exact(tmp_path: Path, stated: object, minor: int) -> None:
    assert only_transfer(loaded(tmp_path, payment(amount=stated))).amount == minor


def test_a_number_in_json_keeps_all_its_digits(tmp_path: Path) -> None:
    written = json.dumps(payment(amount="@")).replace('"@"', "12345678901234567.89")
    assert only_transfer(loaded(tmp_path, written)).amount == 1_234_567_890_123_456_789


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"amount": "12,50"}, Reason.BAD_AMOUNT),
        ({"amount": "1.000,00"}, Reason.BAD_AMOUNT),
        ({"amount": "NaN"}, Reason.BAD_AMOUNT),
        ({"amount": "1e99"}, Reason.BAD_AMOUNT),
        ({"amount": ["1", "2"]}, Reason.BAD_AMOUNT),
        ({"amount": "-1"}, Reason.NEGATIVE),
        ({"amount": []}, Reason.MISSING_AMOUNT),
        ({"amount": None}, Reason.MISSING_AMOUNT),
        ({"currency": "QQQ"}, Reason.BAD_CURRENCY),
        ({"currency": ["USD", "EUR"]}, Reason.BAD_CURRENCY),
        ({"date": []}, Reason.MISSING_TIME),
        ({"date": "2015"}, Reason.BAD_TIME),
        ({"date": "2015-13-40"}, Reason.BAD_TIME),
        ({"date": ["2015-01-01", "2015-01-02"]}, Reason.BAD_TIME),
        ({"date": [], "startDate": "2015-01-01", "endDate": "2015-12-31"}, Reason.MISSING_TIME),
        ({"payer": []}, Reason.MISSING_ACCOUNT),
        ({"beneficiary": ["b", "c"]}, Reason.MISSING_ACCOUNT),
    ],
)
def test_a_payment_that_cannot_be_traced_is_set_aside_with_its_reason(
    tmp_path: Path, properties: dict[str, Any], reason: Reason
) -> None:
    assert only_reason(loaded(tmp_path, payment(**properties))) is reason


@pytest.mark.parametrize(
    ("properties", "time"),
    [
        ({"date": "2015-03-04T10:00:00"}, 16_498 * DAY + 10 * DAY // 24),
        ({"date": "2015-03-04T10:00:00Z"}, 16_498 * DAY + 10 * DAY // 24),
        ({"date": "2015-03-04T10:00:00+03:00"}, 16_498 * DAY + 7 * DAY // 24),
        ({"date": [], "startDate": "2015-03-04", "endDate": "2015-03-04"}, 16_498 * DAY),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(
    tmp_path: Path, properties: dict[str, Any], time: int
) -> None:
    assert only_transfer(loaded(tmp_path, payment(**properties))).time == time


def test_times_without_zone_take_the_zone_that_the_user_names(tmp_path: Path) -> None:
    batch = loaded(tmp_path, payment(date="2015-03-04"), options=ReadOptions(zone="Asia/Baghdad"))
    assert only_transfer(batch).time == 16_498 * DAY - 3 * DAY // 24
    with pytest.raises(UsageError, match="no time zone"):
        loaded(tmp_path, payment(), options=ReadOptions(zone="Mars/Base"))


def test_an_amount_may_imply_its_currency_and_is_rounded_half_to_even(tmp_path: Path) -> None:
    batch = loaded(tmp_path, payment(amount=[], currency=[], amountEur="2.345"))
    assert (batch.transfers[0].amount, batch.transfers[0].currency) == (234, "EUR")
    assert [(r.reason, r.action) for r in batch.reports] == [(Reason.ROUNDED, Action.LOADED)]


def test_a_payment_without_currency_takes_the_users_or_none(tmp_path: Path) -> None:
    bare = payment(currency=[])
    assert only_transfer(loaded(tmp_path, bare)).currency == "XXX"
    assert only_transfer(loaded(tmp_path, bare, options=ReadOptions(currency="jpy"))).currency == "JPY"


# -- entities ---------------------------------------------------------------------------------------------


def test_an_entity_keeps_what_the_model_allows_and_the_rest_is_reported(tmp_path: Path) -> None:
    stated = {"name": ["Ann"], "country": ["Germany", "Atlantis"], "iban": ["X"], "birthDate": [True]}
    batch = loaded(tmp_path, {"id": "a", "schema": "Person", "properties": stated})
    (person,) = batch.entities
    assert person.properties == {"name": ("Ann",), "country": ("de",)}
    (report,) = batch.reports
    assert (report.reason, report.action, report.row) == (Reason.BAD_ENTITY, Action.LOADED, 1)
    assert "Atlantis" in report.detail
    assert "'iban'" in report.detail


def test_nested_entities_come_out_on_their_own(tmp_path: Path) -> None:
    owner = {"id": "ann", "schema": "Person", "properties": {"name": ["Ann"]}}
    tie = {"id": "tie", "schema": "Ownership", "properties": {"owner": [owner], "percentage": ["60"]}}
    company = {"id": "co", "schema": "Company", "properties": {"name": ["Co"], "ownershipAsset": [tie]}}
    batch = loaded(tmp_path, company)
    found = {entity.id: entity for entity in batch.entities}
    assert set(found) == {"co", "tie", "ann"}
    assert found["tie"].properties == {"owner": ("ann",), "percentage": ("60",), "asset": ("co",)}
    assert "ownershipAsset" not in found["co"].properties
    assert batch.reports == ()


def test_an_id_on_several_lines_is_one_entity_and_reported(tmp_path: Path) -> None:
    batch = loaded(
        tmp_path,
        {"id": "x", "schema": "LegalEntity", "properties": {"name": ["A"], "country": ["de"]}},
        {"id": "y", "schema": "Person", "properties": {"name": ["Y"]}},
        {"id": "x", "schema": "Company", "properties": {"name": ["A", "B"]}},
        {"id": "x", "schema": "Person", "properties": {"name": ["C"]}},
    )
    first, second = batch.entities
    assert (first.id, first.schema, first.row, first.all("name")) == ("x", "Company", 1, ("A", "B"))
    assert second.id == "y"
    assert [(r.row, r.reason, r.action) for r in batch.reports] == [
        (3, Reason.DUPLICATE, Action.MERGED),
        (4, Reason.BAD_ENTITY, Action.SET_ASIDE),
    ]


def test_a_payment_stated_twice_is_paid_once(tmp_path: Path) -> None:
    batch = loaded(tmp_path, payment(), payment())
    assert only_transfer(batch).amount == 1000
    assert [(r.row, r.reason, r.action) for r in batch.reports] == [(2, Reason.DUPLICATE, Action.MERGED)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", Reason.BROKEN_ROW),
        ("[]", Reason.BROKEN_ROW),
        ('{"id": "a", "id": "b", "schema": "Person"}', Reason.BROKEN_ROW),
        ('{"id": "a", "schema": "Person", "properties": {"name": "A", "name": "B"}}', Reason.BROKEN_ROW),
        ('{"schema": "Person", "properties": {}}', Reason.BAD_ENTITY),
        ('{"id": "\\ud800", "schema": "Person", "properties": {}}', Reason.BAD_ENTITY),
        ('{"id": "a", "schema": "Wizard", "properties": {}}', Reason.BAD_ENTITY),
        ('{"id": "a", "schema": "Interest", "properties": {}}', Reason.BAD_ENTITY),
        ('{"id": "a", "schema": "Person", "properties": []}', Reason.BAD_ENTITY),
        ('{"op": "DEL", "entity": {"id": "a"}}', Reason.UNSUPPORTED),
        ("[" * 100_000, Reason.LIMIT),
        ('{"id": ' + "9" * 10_000 + "}", Reason.BAD_ENTITY),
    ],
)
def test_a_line_that_is_no_entity_is_set_aside(tmp_path: Path, line: str, reason: Reason) -> None:
    batch = loaded(tmp_path, line, {"id": "ok", "schema": "Person", "properties": {"name": "Ok"}})
    assert [entity.id for entity in batch.entities] == ["ok"]
    assert [(r.row, r.reason, r.action) for r in batch.reports] == [(1, reason, Action.SET_ASIDE)]


def test_wrong_encodings_and_overlong_lines_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ftm, "LONGEST_LINE", 100)
    path = tmp_path / "mixed.jsonl"
    good = b'{"id": "a", "schema": "Person", "properties": {"name": "A"}}'
    path.write_bytes(b"\xef\xbb\xbf" + good + b'\n{"id": "\xe9"}\n\n' + b'{"x": "' + b"y" * 500 + b'"}\n')
    batch = load(path)
    assert [entity.id for entity in batch.entities] == ["a"]
    assert [(r.row, r.reason) for r in batch.reports] == [(2, Reason.BAD_ENCODING), (4, Reason.LIMIT)]
    assert batch.rows == 3


def test_a_utf16_file_is_one_clear_report(tmp_path: Path) -> None:
    path = tmp_path / "wide.jsonl"
    path.write_bytes(json.dumps(payment()).encode("utf-16"))
    batch = load(path)
    assert [(r.row, r.reason) for r in batch.reports] == [(0, Reason.BAD_ENCODING)]
    assert "iconv" in batch.reports[0].detail


def test_gzip_is_read_directly(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(payment()).encode()))
    assert only_transfer(load(path)).amount == 1000


def test_batches_follow_the_file(tmp_path: Path) -> None:
    people = [{"id": f"p{i}", "schema": "Person", "properties": {"name": f"P{i}"}} for i in range(4_500)]
    path = write(tmp_path / "many.jsonl", people)
    batches = [b for file in opened(path) for b in ftm.read(file, ReadOptions())]
    assert [b.rows for b in batches] == [2000, 2000, 500]
    assert [e.id for b in batches for e in b.entities] == [p["id"] for p in people]


def test_no_other_reader_pays_for_followthemoney() -> None:
    code = "import sys, wellhead.sources.ftm; print('followthemoney' in sys.modules, 'numpy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "False"]


# -- anything at all --------------------------------------------------------------------------------------

_IDS = st.sampled_from(["a", "b", "c", "", "\x00"])
_VALUES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["2015-01-02", "5.5", "USD", "de", "a", "b", "51%", "-3", "1e400", "9" * 400]),
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(),
)
_NAMES = st.sampled_from(
    ["payer", "beneficiary", "payerAccount", "amount", "currency", "date", "name", "country", "owner", "iban"]
)
_SCHEMATA = st.sampled_from(["Payment", "Person", "Company", "Ownership", "BankAccount", "Thing", "Nope"])


def _records(properties: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    stated = st.dictionaries(_NAMES, st.one_of(properties, st.lists(properties, max_size=3)), max_size=5)
    return st.fixed_dictionaries({}, optional={"id": _IDS, "schema": _SCHEMATA, "properties": stated})


_RECORDS = st.recursive(_records(_VALUES), _records, max_leaves=4)
_LINES = st.one_of(
    _RECORDS.map(lambda record: json.dumps(record).encode()),
    st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b"")),
)


@given(lines=st.lists(_LINES, max_size=8), cut=st.integers(0, 20))
def test_whatever_the_file_holds_every_row_is_loaded_merged_or_reported(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], cut: int
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "any.jsonl"
    content = b"\n".join(lines)
    assume(not content.startswith((b"PK\x03\x04", b"\x1f\x8b")))
    path.write_bytes(content[: max(0, len(content) - cut)])
    batch = load(path)
    accounted = {r.row for r in batch.reports if r.action is not Action.LOADED}
    accounted |= {e.row for e in batch.entities} | {t.row for t in batch.transfers}
    stated = {
        n for n, line in enumerate(path.read_bytes().split(b"\n"), 1) if line.strip(b"\xef\xbb\xbf").strip()
    }
    if path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff"):
        assert accounted == {0}
    else:
        assert accounted >= stated
        assert batch.rows >= len(stated)
    assert Counter(e.id for e in batch.entities).total() == len({e.id for e in batch.entities})
    for text in [str(r) for r in batch.reports] + [
        v for e in batch.entities for vs in e.properties.values() for v in vs
    ]:
        text.encode("utf-8")


@given(
    st.lists(st.tuples(st.integers(0, 10**12), st.sampled_from("abcd"), st.sampled_from("abcd")), max_size=20)
)
def test_good_payments_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, paid: list[tuple[int, str, str]]
) -> None:
    records = [
        payment(amount=f"{minor // 100}.{minor % 100:02d}", payer=[payer], beneficiary=[to]) | {"id": f"p{n}"}
        for n, (minor, payer, to) in enumerate(paid)
    ]
    batch = load(write(tmp_path_factory.mktemp("good") / "p.jsonl", records))
    assert [(t.amount, t.sender, t.receiver) for t in batch.transfers] == paid
    assert batch.reports == ()


# -- real data --------------------------------------------------------------------------------------------


def test_party_donations_of_the_yente_fixtures(shared_data: Callable[..., Path]) -> None:
    path = shared_data("matching", "yente_api_fixtures") / "parteispenden" / "entities.ftm.json"
    batch = load(path)
    raw = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    plain = [r for r in raw if r["schema"] == "Payment" and len(r["properties"]["beneficiary"]) == 1]
    assert len(batch.transfers) == len(plain) == 289
    total = sum(round(float(r["properties"]["amountEur"][0]) * 100) for r in plain)
    assert sum(t.amount for t in batch.transfers) == total
    assert [r.reason for r in batch.reports] == [Reason.MISSING_ACCOUNT]
    assert batch.rows == len(batch.transfers) + len(batch.entities) + 1 == 475


def test_a_sanctions_cluster_of_the_yente_fixtures(shared_data: Callable[..., Path]) -> None:
    batch = load(shared_data("matching", "yente_api_fixtures") / "zala" / "entities.ftm.json")
    assert len(batch.entities) == batch.rows == 91
    assert all(isinstance(e, Entity) for e in batch.entities)
    assert [type(r) for r in batch.reports] == [RowReport]  # one phone number that is three
