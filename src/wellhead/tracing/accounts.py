"""Finding the accounts that a user named among those of a ledger."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wellhead.model.errors import UnknownAccount
from wellhead.model.ledger import Int32
from wellhead.model.transfer import canonical_account


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Accounts that were named and found (`index` int32, ascending), and the names that were not."""

    index: Int32
    missing: tuple[str, ...]


class AccountIndex:
    """Looks accounts up as they are spelt, else by their canonical form (case of hex addresses, spaces in an
    IBAN)."""

    def __init__(self, accounts: Sequence[str], spellings: Mapping[str, str]) -> None:
        self._accounts = accounts
        self._spellings = spellings

    @cached_property
    def _exact(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self._accounts)}

    @cached_property
    def _canonical(self) -> dict[str, int]:
        return {canonical_account(name): index for name, index in self._exact.items()}

    def find(self, name: str) -> int | None:
        """The index of an account, None where the ledger does not have it."""
        wanted = name.strip()
        wanted = self._spellings.get(wanted, wanted)
        found = self._exact.get(wanted)
        return self._canonical.get(canonical_account(wanted)) if found is None else found

    def named(self, names: Iterable[str], what: str) -> Named:
        """All the accounts named. Raises UnknownAccount where names were given and none is in the ledger."""
        wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
        found = {name: self.find(name) for name in wanted}
        missing = tuple(name for name, index in found.items() if index is None)
        if wanted and len(missing) == len(wanted):
            first = f"{wanted[0]!r} does not occur"
            none = f"None of the {len(wanted)} {what} accounts named occurs in the ledger: {first}, for one."
            one = f"The {what} account {first} in the ledger."
            raise UnknownAccount(one if len(wanted) == 1 else none, remedy=self._suggestion(wanted[0]))
        if not wanted and what == "target":
            raise UnknownAccount("No target account was named.", remedy="Name the accounts that were paid.")
        present = sorted({index for index in found.values() if index is not None})
        return Named(np.array(present, np.int32), missing)

    def _suggestion(self, name: str) -> str:
        lower = {known.lower(): known for known in list(self._exact)[:20_000]}
        close = [lower[match] for match in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)]
        if close:
            return f"Did you mean {' or '.join(close)}?"
        shown = ", ".join(self._accounts[i] for i in range(min(3, len(self._accounts))))
        file = " There is no file of that name either." if "." in name or "/" in name else ""
        return f"Accounts in it look like this: {shown}.{file}"
