"""Columns are guessed as people mean them, and asked for where that is not clear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.model.errors import MissingColumns, UsageError, WellheadError
from wellhead.sources.column_words import ATTRIBUTES, HEADERS, MEANINGS, REQUIRED, SIDES
from wellhead.sources.columns import (
    CLEAR,
    distinct,
    guess,
    looks_headerless,
    parse_mapping,
    resolve,
    try_guess,
    words,
)

CASES = [
    ("Timestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD", "Timestamp,From,To,Value_in_USD", "USD"),
    ("block_time,from,to,total_eth", "block_time,from,to,total_eth", "ETH"),
    ("hash,from,to,value,timeStamp,blockNumber,tokenSymbol,contractAddress,isError,gasPrice,gasUsed",
     "timeStamp,from,to,value,currency=tokenSymbol,reference=hash", ""),
    ("Date,Sender_account,Receiver_account,Amount,Payment_currency,Received_currency,Sender_bank_location,Payment_type",
     "Date,Sender_account,Receiver_account,Amount,currency=Payment_currency,sender_country=Sender_bank_location", ""),
    ("id,icij_sar_id,filer_org_name_id,filer_org_name,begin_date,end_date,originator_bank_id,originator_bank,"
     "originator_bank_country,originator_iso,beneficiary_bank_id,beneficiary_bank,beneficiary_bank_country,"
     "beneficiary_iso,number_transactions,amount_transactions",
     "begin_date,originator_bank_id,beneficiary_bank_id,amount_transactions,sender_country=originator_iso", ""),
    ("sourceNodeId,targetNodeId,value,time", "time,sourceNodeId,targetNodeId,value", ""),
    ("step,type,amount,nameOrig,oldbalanceOrg,newbalanceOrig,nameDest,oldbalanceDest,newbalanceDest,isFraud",
     "step,nameOrig,nameDest,amount", ""),
    ("Timestamp,From Bank,Account,To Bank,Account.1,Amount Received,Receiving Currency,Amount Paid,Payment Currency",
     "Timestamp,Account,Account.1,Amount Paid,currency=Payment Currency,sender_bank=From Bank", ""),
    ("date,payer,payee,sum", "date,payer,payee,sum", ""),
    ("Date,Debit account,Credit account,Amount,Currency", "Date,Debit account,Credit account,Amount", ""),
    ("time,sender,receiver,amount", "time,sender,receiver,amount", ""),
    ("tran_id,orig_acct,bene_acct,tx_type,base_amt,tran_timestamp", "tran_timestamp,orig_acct,bene_acct,base_amt", ""),
    ("payerAccount,beneficiaryAccount,amount_usd,date,purpose", "date,payerAccount,beneficiaryAccount,amount_usd", "USD"),  # noqa: E501
    ("Sender IBAN,Receiver IBAN,Sender Name,Receiver Name,Date,Amount",
     "Date,Sender IBAN,Receiver IBAN,Amount,sender_name=Sender Name", ""),
    ("Buchungstag,Auftraggeber,Empfänger,Betrag,Währung,Verwendungszweck",
     "Buchungstag,Auftraggeber,Empfänger,Betrag,currency=Währung,purpose=Verwendungszweck", ""),
    ("Date,Émetteur,Bénéficiaire,Montant,Devise", "Date,Émetteur,Bénéficiaire,Montant,currency=Devise", ""),
    ("Fecha,Cuenta de origen,Cuenta de destino,Importe,Moneda",
     "Fecha,Cuenta de origen,Cuenta de destino,Importe,currency=Moneda", ""),
    ("Дата,Плательщик,Получатель,Сумма,Валюта", "Дата,Плательщик,Получатель,Сумма,currency=Валюта", ""),
    ("Дата операции,Счет плательщика,Счет получателя,Сумма", "Дата операции,Счет плательщика,Счет получателя,Сумма", ""),  # noqa: E501
    ("التاريخ,المرسل,المستلم,المبلغ,العملة", "التاريخ,المرسل,المستلم,المبلغ,currency=العملة", ""),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "expected", "code"), CASES)
def test_headers_are_guessed(headers: str, expected: str, code: str) -> None:
    found = guess(headers.split(","), ())
    parts = expected.split(",")
    wanted = dict(zip(REQUIRED, parts[:4], strict=True)) | dict(part.split("=") for part in parts[4:])
    assert {word: found.mapping.get(word) for word in wanted} == wanted
    assert found.currency == code
    assert found.confidence >= CLEAR
    assert len(set(found.mapping.values())) == len(found.mapping)


@pytest.mark.parametrize(
    "headers",
    ["total_eth,ym", "address,name_tag,label", "payerAccount,beneficiaryAccount,payerId,beneficiaryId",
     "a,b,c,d", "from,to,amount", "date,from,to,price", "date,balance,account,amount"],
)  # fmt: skip
def test_what_is_not_clear_is_asked_for(headers: str) -> None:
    with pytest.raises(MissingColumns) as asked:
        guess(headers.split(","), ())
    assert "--columns '" in asked.value.remedy
    assert all(repr(header) in asked.value.message for header in headers.split(","))


def test_rows_speak_against_a_header() -> None:
    headers = ["date", "from", "to", "amount", "value"]
    rows = [("2024-01-01", "A", "B", "transfer", "5.00")] * 5
    assert guess(headers, rows).mapping["amount"] == "value"


def test_a_date_and_a_clock_are_joined() -> None:
    headers = ["Time", "Date", "from", "to", "amount"]
    assert guess(headers, [("10:35:19", "2022-10-07", "A", "B", "5")]).mapping["time"] == "Date+Time"
    assert guess(headers, [("10:35:19", "2022-10-07 10:35", "A", "B", "5")]).mapping["time"] in (
        "Date",
        "Date+Time",
    )


def test_a_mapping_is_typed_as_word_equals_header() -> None:
    assert parse_mapping('time=Booking date, sender=From,amount="Amount, EUR"') == {
        "time": "Booking date",
        "sender": "From",
        "amount": "Amount, EUR",
    }
    with pytest.raises(UsageError, match="word=Header"):
        parse_mapping("time")
    with pytest.raises(UsageError, match="Did you mean 'sender'"):
        parse_mapping("sendr=From")


def test_headers_are_found_by_name_then_by_case_then_by_number() -> None:
    headers = ["Date", "2", "From", "to", "Time"]
    asked = {"time": "Date+Time", "sender": " from", "receiver": "4", "amount": "2"}
    assert resolve(headers, asked, "f") == {"time": (0, 4), "sender": (2,), "receiver": (3,), "amount": (1,)}
    with pytest.raises(MissingColumns, match="Did you mean 'From'") as asked_for:
        resolve(headers, {"sender": "Form"}, "f.csv")
    assert "'Date', '2', 'From', 'to', 'Time'" in asked_for.value.remedy


def test_equal_headers_are_told_apart() -> None:
    assert distinct(["Account", "x", "Account", "", "Account"]) == (
        "Account",
        "x",
        "Account.1",
        "column 4",
        "Account.2",
    )


@given(st.lists(st.sampled_from(["a", "a.1", "a.2", "", "b", " a"]), max_size=8))
def test_distinct_headers_are_distinct(headers: list[str]) -> None:
    named = distinct(headers)
    assert len(named) == len(headers) == len(set(named))


@pytest.mark.parametrize(
    ("first", "headerless"),
    [
        (["2024-01-01", "A", "B", "1.5"], True),
        (["1", "AAA", "BBB", "2017-03-01 00:02:00", "check", "4000"], True),
        (["0x" + "ab" * 20, "0x" + "cd" * 20, "5"], True),
        (["2024-01-01", "DE", "a", "5"], True),
        (["time", "sender", "receiver", "amount"], False),
        (["date", "from", "to", "amount", "2023"], False),
        (["foo", "bar", "baz"], False),
    ],
)
def test_a_row_of_data_is_no_header(first: list[str], headerless: bool) -> None:
    assert looks_headerless(first) is headerless


@given(
    st.lists(st.text(max_size=12), max_size=8),
    st.lists(st.lists(st.text(max_size=8), max_size=9), max_size=4),
)
def test_any_headers_are_guessed_or_asked_for(headers: list[str], rows: list[list[str]]) -> None:
    found = try_guess(headers, rows)
    assert set(found.mapping) <= set(MEANINGS)
    assert 0 <= found.confidence <= 1
    try:
        mapped = set(guess(headers, rows).mapping)
    except WellheadError as asked:
        mapped = set(REQUIRED) if asked.remedy else set()
    assert set(REQUIRED) <= mapped


def test_the_table_of_words_is_in_the_form_in_which_headers_are_compared() -> None:
    phrases = [p for table in (HEADERS, SIDES, ATTRIBUTES) for listed in table.values() for p in listed]
    assert [p for p in phrases if words(p) != p] == []
    for table in (HEADERS, SIDES, ATTRIBUTES):
        for listed in table.values():
            assert len(set(listed)) == len(listed)
