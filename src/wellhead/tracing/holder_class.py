"""What kind of holder an entity is: one table of rules, read from the top; the first that fits decides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from wellhead.model.entity import Entity
from wellhead.model.finding import HolderClass

PERSON = frozenset({"Person"})
BODY = frozenset({"PublicBody"})
ORGANISATION = frozenset({"Organization", "Company", "PublicBody"})
PARTY = ORGANISATION | PERSON | {"LegalEntity"}
"""FollowTheMoney's schemata that can hold an account. A test compares these sets with its model."""

OFFICE = ("role.pep", "role.pol", "role.judge", "role.civil", "role.diplo", "gov")
FORMER_OFFICE = "role.pep.frmr"
GOVERNMENT = (
    "gov", "gov.national", "gov.state", "gov.muni", "gov.head", "gov.admin", "gov.executive",
    "gov.legislative", "gov.judicial", "gov.security", "gov.financial",
)  # fmt: skip
# Whole words or phrases of a legal form, sector, classification or keyword, without case and accents.
CHARITY_WORDS = (
    "charity", "charities", "charitable", "charitable trust", "foundation", "ngo", "npo", "nonprofit",
    "non profit", "not for profit", "non governmental organisation", "non governmental organization",
    "humanitarian", "relief", "philanthropic", "501 c 3", "waqf", "wakf", "vakif", "vakfi", "zakat",
    "stiftung", "gemeinnutzig", "e v", "eingetragener verein", "fondation", "association loi 1901",
    "association sans but lucratif", "asbl", "fundacion", "fundacao", "fondazione", "onlus", "fundacja",
    "stichting", "yayasan", "благотворительный фонд", "благотворительная организация", "جمعية خيرية",
    "مؤسسة خيرية", "وقف", "منظمة غير حكومية", "慈善", "慈善机构", "基金会", "基金會",
)  # fmt: skip
# Foundations that hold a family's assets are no charities.
NOT_CHARITY = (
    "private foundation",
    "privatstiftung",
    "family foundation",
    "familienstiftung",
    "private interest foundation",
)
_CHARITY_FIELDS = ("legalForm", "classification", "sector", "keywords")


@dataclass(frozen=True, slots=True)
class Rule:
    """An entity fits whose schema is one of `schemata` and that has one of `topics` (each with all below it
    where it ends in ``.*``), one of `properties` or one of `words`; where none of these three is given, the
    schema decides. `reason` is what the reader is told."""

    holder_class: HolderClass
    reason: str
    schemata: frozenset[str]
    topics: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


RULES = (
    Rule(HolderClass.UNKNOWN, "an intergovernmental body, not one state's", ORGANISATION, ("gov.igo",)),
    Rule(HolderClass.STATE, "a state-owned enterprise: state body by control", ORGANISATION, ("gov.soe",)),
    Rule(HolderClass.STATE, "a public body", BODY),
    Rule(HolderClass.STATE, "marked as part of a government", ORGANISATION | {"LegalEntity"}, GOVERNMENT),
    Rule(HolderClass.OFFICIAL, "a person in public office", PERSON, tuple(f"{topic}.*" for topic in OFFICE)),
    Rule(HolderClass.PERSON, "a person", PERSON),
    Rule(HolderClass.BANK, "a bank", ORGANISATION | {"LegalEntity"}, ("fin.bank",), ("swiftBic",)),
    Rule(HolderClass.CHARITY, "registered as a charity", ORGANISATION | {"LegalEntity"}, words=CHARITY_WORDS),
    Rule(HolderClass.COMPANY, "a company or other organisation", ORGANISATION),
)  # fmt: skip

_RULES_FOR = {schema: tuple(rule for rule in RULES if schema in rule.schemata) for schema in PARTY}

# What ledgers write in a column of their own. Words of CHARITY_WORDS are charities.
_STATED = {
    HolderClass.STATE: ("state", "state body", "government", "public body", "public", "ministry", "soe"),
    HolderClass.OFFICIAL: ("public official", "official", "pep", "politically exposed person"),
    HolderClass.COMPANY: ("company", "corporate", "corporation", "business", "legal person", "organisation"),
    HolderClass.CHARITY: (),
    HolderClass.BANK: ("bank", "financial institution", "fi"),
    HolderClass.PERSON: ("private person", "person", "individual", "natural person", "private", "retail"),
}  # fmt: skip


def classify(entity: Entity) -> tuple[HolderClass, str]:
    """The class of a holder and why, by the first of RULES that fits; unknown where none does."""
    topics = entity.all("topics")
    for rule in _RULES_FOR.get(entity.schema, ()):
        if _fits(rule, entity, topics):
            return rule.holder_class, rule.reason
    return (
        HolderClass.UNKNOWN,
        f"a {entity.schema} may be anything" if entity.schema in PARTY else "no holder",
    )


def stated_class(text: str) -> HolderClass:
    """The class that a ledger's own column names, in Wellhead's words or banks' usual ones; else unknown."""
    plain = _plain(text)
    named = {_plain(word): kind for kind, words in _STATED.items() for word in (kind.value, *words)}
    if plain in named:
        return named[plain]
    return HolderClass.CHARITY if _is_charity([text]) else HolderClass.UNKNOWN


def _fits(rule: Rule, entity: Entity, topics: tuple[str, ...]) -> bool:
    if not (rule.topics or rule.properties or rule.words):
        return True
    if topics and any(_has_topic(topics, wanted) for wanted in rule.topics):
        return True
    if any(entity.all(name) for name in rule.properties):
        return True
    return bool(rule.words) and _is_charity(v for name in _CHARITY_FIELDS for v in entity.all(name))


def _has_topic(topics: Iterable[str], wanted: str) -> bool:
    if not wanted.endswith(".*"):
        return wanted in topics
    stem = wanted.removesuffix(".*")
    return any((t == stem or t.startswith(f"{stem}.")) and t != FORMER_OFFICE for t in topics)


def _is_charity(values: Iterable[str]) -> bool:
    return any(_names_charity(value) for value in values)


@lru_cache(maxsize=4096)
def _names_charity(value: str) -> bool:
    padded = f" {_plain(value)} "
    if any(f" {phrase} " in padded for phrase in NOT_CHARITY):
        return False
    return any(f" {word} " in padded or (not word.isascii() and word in padded) for word in _CHARITY)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    return re.sub(r"[\W_]+", " ", "".join(c for c in letters if not unicodedata.combining(c))).strip()


_CHARITY = tuple(_plain(word) for word in CHARITY_WORDS)
