"""What may leave a case. The report and every exporter accept a `Release` and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wellhead.model.finding import Chains, CountryLine, Criterion, Finding, Flow, OriginLine
from wellhead.model.ledger import Quality
from wellhead.model.money import Currency
from wellhead.model.provenance import Marking, SourceFile


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One tracing policy's result beside the others. `countries` and `largest` rest on the same receipts.

    `shares` (country code, fraction of the receipts), if given, lets the report draw how much each
    country's part depends on the policy; the largest countries are enough.
    """

    policy: str
    countries: int
    largest_country: str
    largest_share: float
    shares: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """The findings of a case as one recipient sees them. All amounts are minor units of `currency`.

    `months` lists (``YYYY-MM``, country code or "*" for all others, amount) in time order;
    `flows` add up to `receipts`; `countries` do too, the unknown ("") included. Under the policy
    ``poison`` nothing adds up, because the lines overlap. `names` gives the holders of accounts that the
    flows name by their identifier.
    """

    title: str
    recipient: str
    marking: Marking
    claim: str
    target: str
    target_accounts: tuple[str, ...]
    period: tuple[str, str]
    currency: Currency
    policy: str
    criterion: Criterion
    receipts: int
    receipt_count: int
    countries: tuple[CountryLine, ...]
    origins: tuple[OriginLine, ...]
    origins_total: int
    flows: tuple[Flow, ...]
    months: tuple[tuple[str, str, float], ...]
    chains: tuple[Chains, ...]
    policies: tuple[PolicyLine, ...]
    findings: tuple[Finding, ...]
    sources: tuple[SourceFile, ...]
    quality: Quality
    rates: tuple[str, ...]
    parameters: Mapping[str, str]
    reproduce: tuple[str, ...]
    version: str
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def additive(self) -> bool:
        """Whether the parts of the receipts add up to them: they do under every policy but ``poison``."""
        return self.policy != "poison"
