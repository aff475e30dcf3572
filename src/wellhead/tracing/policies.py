"""The tracing policies: which of the money that an account holds goes out first."""

from __future__ import annotations

from dataclasses import dataclass

from wellhead.model.errors import UsageError


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule of tracing. `conserves` says whether the parts of all origins add up to the receipts;
    `explanation` is the sentence that the report prints."""

    name: str
    title: str
    conserves: bool
    exact: bool
    explanation: str


POLICIES = {
    policy.name: policy
    for policy in (
        Policy(
            "fifo",
            "first in, first out",
            conserves=True,
            exact=True,
            explanation="What came in first goes out first (Clayton's rule, Devaynes v Noble, 1816).",
        ),
        Policy(
            "lifo",
            "last in, first out",
            conserves=True,
            exact=True,
            explanation="What came in last goes out first.",
        ),
        Policy(
            "pro-rata",
            "pro rata (rolling charge)",
            conserves=True,
            exact=False,
            explanation="Every payment carries away all money held in equal proportion.",
        ),
        Policy(
            "poison",
            "poison",
            conserves=False,
            exact=True,
            explanation=(
                "A payment out of an account that any tainted money ever reached counts whole: an upper mark "
                "for each origin, and not a sum."
            ),
        ),
    )
}


def policy_named(name: str) -> Policy:
    """The policy of that name. Raises UsageError listing the four names."""
    if name not in POLICIES:
        raise UsageError(f"{name!r} is no tracing policy.", remedy=f"Choose one of {', '.join(POLICIES)}.")
    return POLICIES[name]
