"""Who owns whom, by hand and against slow oracles; whose an account is, by each criterion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.model import country
from wellhead.model.entity import Entity
from wellhead.model.errors import UsageError
from wellhead.model.finding import Criterion, HolderClass
from wellhead.tracing import holder_class
from wellhead.tracing.attribution import AccountDetail, Attributed, Registers, attribute, labels
from wellhead.tracing.ownership import Stake, effective_shares, parse_share, settled, strongest_chain

RESIDENCE, NATIONALITY, HELD, OWNER = (
    Criterion.RESIDENCE,
    Criterion.NATIONALITY,
    Criterion.HELD,
    Criterion.OWNER,
)


# -- countries --------------------------------------------------------------------------------------------


def test_countries_by_code_and_name_agree_with_iso_3166() -> None:
    pycountry = pytest.importorskip("pycountry")
    iso = {entry.alpha_2: entry for entry in pycountry.countries}
    assert set(country.codes()) == set(iso) | {"XK"}
    for code, entry in iso.items():
        for text in (code.lower(), entry.alpha_3, entry.name, country.name(code)):
            assert country.alpha2(text) == code


def test_every_country_of_followthemoney_is_understood() -> None:
    from followthemoney.types import registry

    unknown = {code for code in registry.country.names if not country.alpha2(code)}
    assert unknown == {"zz", "ip"}  # "Global" and "Cyberspace"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Türkiye", "TR"),
        ("turkey", "TR"),
        ("Korea, Republic of", "KR"),
        ("Democratic Republic of Congo", "CD"),
        ("Republic of the Congo", "CG"),
        ("Republic of China", "TW"),
        ("St. Lucia", "LC"),
        ("The Gambia", "GM"),
        ("Kingdom of Morocco", "MA"),
        ("Cote d'Ivoire", "CI"),
        ("SU", "SU"),
        ("yucs", "YU"),
        ("gb-sct", "GB"),
        (" uk ", "GB"),
        ("Korea", ""),
        ("Atlantis", ""),
        ("QQ", ""),
        ("", ""),
        ("x" * 10_000, ""),
    ],
)
def test_names_that_are_easily_misread(text: str, code: str) -> None:
    assert country.alpha2(text) == code


def test_an_unknown_country_is_called_so() -> None:
    assert (country.name(""), country.name("SU"), country.name("QQ")) == ("unknown", "Soviet Union", "QQ")


# -- shares -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("51", 0.51),
        ("51 %", 0.51),
        ("12,5%", 0.125),
        ("25-50", 0.25),
        ("more than 75%", 0.75),
        ("ownership-of-shares-75-to-100-percent", 0.75),
        ("1/3", 1 / 3),
        ("<5%", 0.0),
        ("less than 25", 0.0),
        ("100.00", 1.0),
        ("150", None),
        ("-5", None),
        ("majority", None),
        ("5/0", None),
        ("", None),
    ],
)
def test_shares_as_registers_write_them(text: str, share: float | None) -> None:
    assert parse_share(text) == (None if share is None else pytest.approx(share))


@given(st.text(max_size=30))
def test_any_text_is_a_share_or_none(text: str) -> None:
    share = parse_share(text)
    assert share is None or 0 <= share <= 1


def stake(owner: str, asset: str, share: float | None = None) -> Stake:
    return Stake(owner, asset, share)


def test_what_is_left_open_is_divided_and_said() -> None:
    found = settled([stake("a", "x", 0.6), stake("b", "x"), stake("c", "x")])
    assert {s.owner: (s.share, s.assumed) for s in found.stakes} == {
        "a": (0.6, False),
        "b": (pytest.approx(0.2), True),
        "c": (pytest.approx(0.2), True),
    }
    assert found.doubt == ""


def test_shares_beyond_the_whole_are_scaled_and_said() -> None:
    found = settled([stake("a", "x", 0.9), stake("b", "x", 0.6), stake("x", "x", 0.5)])
    assert {s.owner: s.share for s in found.stakes} == {"a": pytest.approx(0.6), "b": pytest.approx(0.4)}
    assert "150 %" in found.doubt


def test_a_stake_stated_twice_counts_once() -> None:
    found = settled([stake("a", "x", 0.3), stake("a", "x", 0.4), stake("a", "x")])
    assert [(s.owner, s.share) for s in found.stakes] == [("a", 0.4)]
    assert "two shares" in found.doubt


Owners = Mapping[str, Sequence[Stake]]


def by_asset(stakes: list[Stake]) -> Owners:
    grouped: dict[str, list[Stake]] = defaultdict(list)
    for each in stakes:
        grouped[each.asset].append(each)
    return {asset: settled(group).stakes for asset, group in grouped.items()}


def along_every_path(asset: str, owners: Owners) -> dict[str, float]:
    """Oracle for ownership without cycles: the products of all paths, one by one."""
    found: dict[str, float] = defaultdict(float)

    def climb(node: str, product: float) -> None:
        if not owners.get(node):
            found[node] += product
        for each in owners.get(node, ()):
            climb(each.owner, product * (each.share or 0.0))

    climb(asset, 1.0)
    found.pop(asset, None)
    return dict(found)


def by_walking(asset: str, owners: Owners, steps: int = 3_000) -> dict[str, float]:
    """Oracle for any ownership: a walk from the asset upwards, stepped until nothing moves."""
    at, ended = {asset: 1.0}, defaultdict(float)
    for _ in range(steps):
        onward: dict[str, float] = defaultdict(float)
        for node, mass in at.items():
            if not owners.get(node) and node != asset:
                ended[node] += mass
            for each in owners.get(node, ()):
                onward[each.owner] += mass * (each.share or 0.0)
        at = onward
    return dict(ended)


def close(found: Mapping[str, float], expected: Mapping[str, float]) -> None:
    wanted = {owner: share for owner, share in expected.items() if share > 1e-9}
    assert {owner for owner, share in found.items() if share > 1e-9} == set(wanted)
    for owner, share in wanted.items():
        assert found[owner] == pytest.approx(share, rel=1e-7, abs=1e-9)


_SHARES = st.integers(1, 60).map(lambda percent: percent / 100)
_NODES = st.integers(0, 7).map("n{}".format)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), _SHARES), max_size=16))
def test_effective_shares_without_cycles(ties: list[tuple[int, int, float]]) -> None:
    owners = by_asset([stake(f"n{max(a, b)}", f"n{min(a, b)}", s) for a, b, s in ties if a != b])
    close(effective_shares("n0", owners), along_every_path("n0", owners))


@given(st.lists(st.tuples(_NODES, _NODES, _SHARES), max_size=16))
def test_effective_shares_with_cycles(ties: list[tuple[str, str, float]]) -> None:
    # Everyone is owned 5 % from outside, so that walking comes to an end soon.
    ties = [*ties, *((f"out{n}", f"n{n}", 0.05) for n in range(8))]
    owners = by_asset([stake(owner, asset, share) for owner, asset, share in ties])
    found = effective_shares("n0", owners)
    close(found, by_walking("n0", owners))
    assert sum(found.values()) <= 1 + 1e-9


def test_two_companies_that_own_each_other() -> None:
    # x: 60 % y, 40 % Ann; y: 50 % x, 50 % Bob. Ann has 0.4 / (1 - 0.3), Bob 0.3 / 0.7 of x.
    owners = by_asset(
        [stake("y", "x", 0.6), stake("Ann", "x", 0.4), stake("x", "y", 0.5), stake("Bob", "y", 0.5)]
    )
    assert effective_shares("x", owners) == pytest.approx({"Ann": 4 / 7, "Bob": 3 / 7})


def test_a_ring_without_an_owner_outside_has_no_ultimate_owner() -> None:
    owners = by_asset([stake("y", "x", 1.0), stake("x", "y", 1.0)])
    assert effective_shares("x", owners) == {}
    assert effective_shares("alone", owners) == {}


def test_a_long_chain_and_a_wide_group_are_no_burden() -> None:
    chain = [stake(f"n{i + 1}", f"n{i}", 1.0) for i in range(20_000)]
    assert effective_shares("n0", by_asset(chain)) == pytest.approx({"n20000": 1.0})
    wide = [stake(f"p{i}", "x", 1e-5) for i in range(50_000)]
    assert len(effective_shares("x", by_asset(wide))) == 50_000


def test_the_strongest_chain_is_the_evidence() -> None:
    owners = by_asset(
        [stake("y", "x", 0.5), stake("z", "x", 0.5), stake("Ann", "y", 0.3), stake("Ann", "z", 0.9)]
    )
    assert [s.owner for s in strongest_chain("x", "Ann", owners)] == ["z", "Ann"]
    assert strongest_chain("x", "Bob", owners) == ()


# -- classes ----------------------------------------------------------------------------------------------


def entity(entity_id: str, schema: str, row: int = 0, **properties: str | tuple[str, ...]) -> Entity:
    stated = {name: (v,) if isinstance(v, str) else v for name, v in properties.items()}
    return Entity(entity_id, schema, stated, "register.jsonl", row)


@pytest.mark.parametrize(
    ("schema", "properties", "kind"),
    [
        ("Person", {}, HolderClass.PERSON),
        ("Person", {"topics": ("role.pep",)}, HolderClass.OFFICIAL),
        ("Person", {"topics": ("role.pep.natl",)}, HolderClass.OFFICIAL),
        ("Person", {"topics": ("gov.head",)}, HolderClass.OFFICIAL),
        ("Person", {"topics": ("role.pep.frmr", "sanction")}, HolderClass.PERSON),
        ("Person", {"topics": ("role.rca",)}, HolderClass.PERSON),
        ("PublicBody", {}, HolderClass.STATE),
        ("PublicBody", {"topics": ("gov.igo",)}, HolderClass.UNKNOWN),
        ("Company", {"topics": ("gov.soe",)}, HolderClass.STATE),
        ("Company", {"topics": ("gov.soe", "fin.bank")}, HolderClass.STATE),
        ("Organization", {"topics": ("gov.muni",)}, HolderClass.STATE),
        ("Company", {"topics": ("fin.bank",)}, HolderClass.BANK),
        ("Company", {"swiftBic": ("ABCDDEFF",)}, HolderClass.BANK),
        ("Organization", {"legalForm": ("Waqf",)}, HolderClass.CHARITY),
        ("Organization", {"classification": ("Non-governmental organisation",)}, HolderClass.CHARITY),
        ("Organization", {"legalForm": ("Eingetragener Verein (e.V.)",)}, HolderClass.CHARITY),
        ("Organization", {"keywords": ("منظمة غير حكومية",)}, HolderClass.CHARITY),
        ("LegalEntity", {"sector": ("Charitable trust",)}, HolderClass.CHARITY),
        ("Organization", {"legalForm": ("Private foundation",)}, HolderClass.COMPANY),
        ("Company", {"sector": ("Stiftungsbau",)}, HolderClass.COMPANY),
        ("Company", {}, HolderClass.COMPANY),
        ("Organization", {}, HolderClass.COMPANY),
        ("LegalEntity", {}, HolderClass.UNKNOWN),
        ("BankAccount", {}, HolderClass.UNKNOWN),
    ],
)
def test_the_class_of_a_holder(
    schema: str, properties: dict[str, tuple[str, ...]], kind: HolderClass
) -> None:
    found, reason = holder_class.classify(entity("x", schema, **properties))
    assert found is kind
    assert reason


def test_the_schemata_that_hold_accounts_are_followthemoneys() -> None:
    from followthemoney import model

    concrete = {s.name for s in model if not s.abstract}
    assert {n for n in concrete if model[n].is_a("LegalEntity")} == holder_class.PARTY
    assert {n for n in concrete if model[n].is_a("Organization")} == holder_class.ORGANISATION
    from followthemoney.types import registry

    topics = {t.removesuffix(".*") for rule in holder_class.RULES for t in rule.topics}
    assert topics <= set(registry.topic.names)


@pytest.mark.parametrize("kind", HolderClass)
def test_a_ledger_may_name_classes_in_wellheads_own_words(kind: HolderClass) -> None:
    assert holder_class.stated_class(kind.value.title()) is kind


def test_a_ledger_may_name_classes_in_banks_words() -> None:
    stated = {"Individual": HolderClass.PERSON, "corporate": HolderClass.COMPANY, "NGO": HolderClass.CHARITY}
    assert {text: holder_class.stated_class(text) for text in stated} == stated
    assert holder_class.stated_class("blue") is HolderClass.UNKNOWN


# -- accounts ---------------------------------------------------------------------------------------------

IBAN = "DE89370400440532013000"


def one(
    identifier: str,
    entities: list[Entity],
    criterion: Criterion = RESIDENCE,
    details: Sequence[AccountDetail] = (),
    on: str = "",
) -> Attributed:
    (line,) = attribute([identifier], Registers.from_entities(entities, details, on=on), criterion)
    return line


def ownership(owner: str, asset: str, percentage: str = "", row: int = 0, **more: str) -> Entity:
    share = {"percentage": percentage} if percentage else {}
    return entity(f"{owner}-{asset}", "Ownership", row, owner=owner, asset=asset, **share, **more)


ANN = entity("ann", "Person", 1, name="Ann", country="fr", nationality="be")
FIRM = entity("firm", "Company", 2, name="Firm", jurisdiction="cy")
ACCOUNT = entity("acc", "BankAccount", 3, iban=IBAN, country="de")


@pytest.mark.parametrize("identifier", [IBAN, "DE89 3704 0044 0532 0130 00", "de89370400440532013000", "acc"])
def test_an_account_by_any_of_its_spellings(identifier: str) -> None:
    line = one(identifier, [ACCOUNT, ANN, ownership("ann", "acc", row=4)])
    assert (line.identifier, line.holder, line.holder_name) == (identifier, "ann", "Ann")
    assert (line.country, line.holder_class, line.ambiguous) == ("FR", HolderClass.PERSON, ())
    assert [(e.file, e.row) for e in line.evidence] == [("register.jsonl", row) for row in (3, 4, 1)]


@pytest.mark.parametrize(
    ("criterion", "code"), [(RESIDENCE, "FR"), (NATIONALITY, "BE"), (HELD, "DE"), (OWNER, "FR")]
)
def test_the_criterion_decides_the_country(criterion: Criterion, code: str) -> None:
    line = one(IBAN, [ACCOUNT, ANN, ownership("ann", "acc")], criterion)
    assert (line.country, line.holder_class, line.owner) == (code, HolderClass.PERSON, "ann")


def test_wallets_and_ids_are_accounts_too() -> None:
    wallet = entity("w", "CryptoWallet", publicKey="0x" + "Ab" * 20, holder="ann")
    for identifier in ("0x" + "aB" * 20, "w", "ann"):
        assert one(identifier, [wallet, ANN]).holder == "ann"


def test_a_link_whose_role_says_holder_makes_a_holder() -> None:
    link = entity("l", "UnknownLink", subject="ann", object="acc", role="Account holder")
    assert one(IBAN, [ACCOUNT, ANN, link]).holder == "ann"
    assert (
        one(IBAN, [ACCOUNT, ANN, replace(link, properties={**link.properties, "role": ("friend",)})]).holder
        == ""
    )


def test_nothing_known_is_unknown_by_every_criterion() -> None:
    for criterion in Criterion:
        line = one("0042", [ANN], criterion)
        assert (line.country, line.holder_class, line.holder, line.owner) == ("", HolderClass.UNKNOWN, "", "")


def test_nationality_is_never_taken_from_the_residence() -> None:
    stranger = entity("s", "Person", name="S", country="fr")
    assert one("s", [stranger], NATIONALITY).country == ""
    assert one("firm", [FIRM], NATIONALITY).country == "CY"


def test_several_nationalities_are_a_choice_that_is_reported() -> None:
    dual = entity("d", "Person", name="D", nationality=("tn", "fr"), citizenship="tn")
    line = one("d", [dual], NATIONALITY)
    assert line.country == "TN"  # also the citizenship
    assert "France" in line.ambiguous[0]
    assert "Tunisia" in line.ambiguous[0]
    again = one("d", [replace(dual, properties={"name": ("D",), "nationality": ("fr", "tn")})], NATIONALITY)
    assert again.country == "FR"  # the alphabet decides
    assert again.ambiguous


def test_an_address_is_the_last_word_on_residence() -> None:
    address = entity("addr", "Address", country="it")
    person = entity("p", "Person", name="P", addressEntity="addr")
    assert one("p", [person, address]).country == "IT"


def test_where_an_account_is_held_falls_back_on_bic_iban_and_bank() -> None:
    tie = ownership("ann", "acc")
    bank = entity("bank", "Company", name="Bank", jurisdiction="lb")

    def held(identifier: str, **stated: str) -> str:
        return one(identifier, [entity("acc", "BankAccount", **stated), ANN, tie, bank], HELD).country

    assert held("7", accountNumber="7", bic="ABCDJOAX") == "JO"
    assert held(IBAN, iban=IBAN) == "DE"
    assert held("7", accountNumber="7", bank="bank") == "LB"
    assert one(IBAN, [], HELD).country == "DE"
    assert one("DE00370400440532013000", [], HELD).country == ""  # check digits are wrong
    assert one("9", [], HELD, [AccountDetail("9", bank="ABCDJOAX", country="tr")]).country == "JO"


def test_a_state_body_abroad_is_never_the_state_of_where_it_banks() -> None:
    ministry = entity("m", "PublicBody", name="Ministry", country="om")
    abroad = one(IBAN, [ACCOUNT, ministry, ownership("m", "acc")], HELD)
    assert (abroad.country, abroad.holder_class) == ("DE", HolderClass.UNKNOWN)
    assert "Oman" in abroad.reason
    at_home = [entity("acc", "BankAccount", iban=IBAN, country="om"), ministry, ownership("m", "acc")]
    assert one(IBAN, at_home, HELD).holder_class is HolderClass.STATE


# -- owners -----------------------------------------------------------------------------------------------


def test_country_and_class_both_describe_the_controlling_owner() -> None:
    ministry = entity("m", "PublicBody", 9, name="Ministry", country="om")
    holding = entity("hold", "Company", 8, name="Holding", jurisdiction="lu")
    ties = [
        ownership("firm", "acc", "100", 4),
        ownership("hold", "firm", "80 %", 5),
        ownership("m", "hold", "75-100", 6),
        ownership("ann", "firm", "20", 7),
    ]
    entities = [ACCOUNT, FIRM, holding, ministry, ANN, *ties]
    owned = one(IBAN, entities, OWNER)
    assert (owned.holder, owned.owner, owned.owner_name) == ("firm", "m", "Ministry")
    assert (owned.country, owned.holder_class) == ("OM", HolderClass.STATE)
    assert owned.control == "owns 60 %"
    assert [e.row for e in owned.evidence] == [3, 4, 2, 5, 6, 9]
    resident = one(IBAN, entities)
    assert (resident.country, resident.holder_class, resident.owner) == ("CY", HolderClass.COMPANY, "m")


def test_below_the_threshold_nobody_controls_and_a_director_is_the_last_resort() -> None:
    people = [entity(f"p{i}", "Person", name=f"P{i}", country="gr") for i in range(5)]
    ties = [ownership(f"p{i}", "firm", "20") for i in range(5)]
    line = one("firm", [FIRM, *people, *ties], OWNER)
    assert (line.owner, line.country, line.holder_class) == ("", "", HolderClass.UNKNOWN)
    director = entity("dir", "Directorship", director="ann", organization="firm")
    line = one("firm", [FIRM, ANN, *people, *ties, director], OWNER)
    assert (line.owner, line.country) == ("ann", "FR")
    assert "director" in line.control
    (line,) = attribute(["firm"], Registers.from_entities([FIRM, *people, *ties]), OWNER, 0.2)
    assert line.owner == "p0"
    assert "equal shares" in line.ambiguous[0]


def test_control_by_other_means_comes_before_directors_and_is_followed() -> None:
    holding = entity("hold", "Company", name="Holding", jurisdiction="lu")
    control = entity("c", "Control", controller="ann", controlled="hold")
    bob = entity("bob", "Person", name="Bob", country="ie")
    director = entity("dir", "Directorship", director="bob", organization="firm")
    entities = [FIRM, holding, ANN, bob, control, director, ownership("hold", "firm")]
    line = one("firm", entities, OWNER)
    assert line.owner == "ann"
    assert "Holding" in line.control


def test_charities_and_public_bodies_answer_for_themselves() -> None:
    charity = entity("ch", "Organization", name="Help", country="gb", legalForm="Charity")
    director = entity("dir", "Directorship", director="ann", organization="ch")
    line = one("ch", [charity, ANN, director], OWNER)
    assert (line.owner, line.country, line.holder_class) == ("ch", "GB", HolderClass.CHARITY)


def test_a_share_left_open_is_assumed_and_said() -> None:
    line = one("firm", [FIRM, ANN, ownership("ann", "firm")], OWNER)
    assert line.owner == "ann"
    assert "assum" in line.control


def test_ties_count_only_while_they_are_in_force() -> None:
    bob = entity("bob", "Person", name="Bob", country="ie")
    ties = [
        ownership("ann", "firm", "100", endDate="2014"),
        ownership("bob", "firm", "100", startDate="2015-02-01"),
    ]
    entities = [FIRM, ANN, bob, *ties]
    assert one("firm", entities, OWNER).owner == "bob"
    assert one("firm", entities, OWNER, on="2014-06-30").owner == "ann"
    assert one("firm", entities, OWNER, on="2015-01-15").owner == ""
    assert one("firm", entities, OWNER, on="2015-02-01").owner == "bob"


def test_one_id_in_two_files_is_one_entity() -> None:
    vague = entity("firm", "LegalEntity", country="pa")
    line = one("firm", [vague, FIRM])
    assert (line.country, line.holder_class, line.holder_name) == ("CY", HolderClass.COMPANY, "Firm")


# -- what ledgers say -------------------------------------------------------------------------------------


def test_a_ledgers_own_columns_stand_in_for_a_register() -> None:
    detail = AccountDetail("42", "Acme", "SGP", "corporate", file="a.csv", row=7)
    line = one("42", [], details=[detail])
    assert (line.holder, line.holder_name, line.country) == ("", "Acme", "SG")
    assert line.holder_class is HolderClass.COMPANY
    assert [(e.file, e.row) for e in line.evidence] == [("a.csv", 7)]
    assert one("42", [], NATIONALITY, [detail]).country == "SG"
    assert one("42", [], OWNER, [detail]).country == ""
    person = replace(detail, holder_class="individual")
    assert one("42", [], NATIONALITY, [person]).country == ""
    assert one("42", [], OWNER, [person]).country == "SG"


def test_ledgers_that_contradict_each_other_are_reported() -> None:
    details = [AccountDetail("42", "Acme", "SG"), AccountDetail("42", "Acme Ltd", "MY")]
    line = one("42", [], details=details)
    assert line.country == "MY"
    assert len(line.ambiguous) == 2


def test_a_register_without_country_takes_the_ledgers_and_says_so() -> None:
    person = entity("p", "Person", name="P")
    account = entity("acc", "BankAccount", accountNumber="42")
    line = one("42", [person, account, ownership("p", "acc")], details=[AccountDetail("42", "P", "tr")])
    assert line.country == "TR"
    assert "ledger" in line.ambiguous[0]


def test_labels_never_merge_holders_by_name_alone() -> None:
    details = [AccountDetail("1", "M. Ali", "SD"), AccountDetail("2", "M. Ali", "SD")]
    lines = attribute(["1", "2", "3", "ann"], Registers.from_entities([ANN], details), RESIDENCE)
    assert labels(lines, "holder") == ["M. Ali [1]", "M. Ali [2]", "", "ann"]
    assert labels(lines, "country") == ["SD", "SD", "", "FR"]
    assert labels(lines, "account") == ["1", "2", "3", "ann"]
    assert labels(lines, "owner") == ["", "", "", "ann"]
    with pytest.raises(UsageError, match="holder, owner"):
        labels(lines, "colour")


def test_a_threshold_is_a_share() -> None:
    with pytest.raises(UsageError, match="threshold"):
        attribute([], Registers.from_entities([]), OWNER, 25)


def test_shared_account_numbers_and_joint_accounts_are_reported() -> None:
    bob = entity("bob", "Person", name="Bob", country="ie")
    joint = [ACCOUNT, ANN, bob, ownership("ann", "acc"), ownership("bob", "acc")]
    line = one(IBAN, joint)
    assert line.holder == "ann"
    assert "2 holders (Ann, Bob)" in line.ambiguous[0]


_WORDS = st.sampled_from(["de", "fr", "51", "a", "b", "c", "x", "", "2015", "role.pep", "charity", IBAN, "7"])
_SCHEMATA = ("Person", "Company", "BankAccount", "Ownership", "Directorship", "Control", "CryptoWallet")
_NAMES = (
    *("owner", "asset", "percentage", "country", "iban", "holder", "director", "organization", "name"),
    *("controller", "controlled", "topics", "legalForm", "startDate", "endDate", "parent", "bank", "bic"),
)
_ENTITIES = st.builds(
    lambda i, schema, properties: Entity(i, schema, properties, "f", 1),
    st.sampled_from("abcx"),
    st.sampled_from(_SCHEMATA),
    st.dictionaries(
        st.sampled_from(
            _NAMES
        ),
        st.lists(_WORDS, max_size=3).map(tuple),
    ),
)  # fmt: skip


@given(
    st.lists(_ENTITIES, max_size=12), st.sampled_from(list(Criterion)), st.sampled_from(["", "2015-03-01"])
)
def test_any_register_attributes_every_account_and_order_does_not_matter(
    entities: list[Entity], criterion: Criterion, on: str
) -> None:
    distinct = list({e.id: e for e in entities}.values())
    identifiers = ["a", "b", "c", "x", "7", IBAN]
    forward = attribute(identifiers, Registers.from_entities(distinct, on=on), criterion)
    backward = attribute(identifiers, Registers.from_entities(reversed(distinct), on=on), criterion)
    assert [line.identifier for line in forward] == identifiers
    decided = [(line.holder, line.owner, line.country, line.holder_class) for line in forward]
    assert decided == [(line.holder, line.owner, line.country, line.holder_class) for line in backward]
    attribute(identifiers, Registers.from_entities(entities, on=on), criterion)


# -- real data --------------------------------------------------------------------------------------------


def test_who_controls_the_companies_of_a_real_sanctions_cluster(shared_data: Callable[..., Path]) -> None:
    from wellhead.sources import ftm
    from wellhead.sources.opened import opened
    from wellhead.sources.options import ReadOptions

    path = shared_data("matching", "yente_api_fixtures") / "zala" / "entities.ftm.json"
    entities = [e for file in opened(path) for b in ftm.read(file, ReadOptions()) for e in b.entities]
    companies = [e.id for e in entities if e.schema == "Company"]

    def controlled(on: str) -> dict[str, str]:
        lines = attribute(companies, Registers.from_entities(entities, on=on), OWNER)
        return {line.holder: f"{line.owner} {line.country} {line.control}" for line in lines if line.owner}

    zakharov = "NK-aU5ybkbRFJucf8YMwsJvDw RU"
    today, then = controlled(""), controlled("2022-01-01")
    assert today["NK-abdzbEBkqyT29GyREbiURZ"] == f"{zakharov} owns 51 %"
    assert "NK-9Xa4Kg7Y7nfccE7VcZt6Q6" not in today
    assert then["NK-9Xa4Kg7Y7nfccE7VcZt6Q6"] == f"{zakharov} owns 75 %"
    assert all(value.startswith(zakharov) for value in (*today.values(), *then.values()))
