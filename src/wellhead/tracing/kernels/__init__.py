"""The loops over the ledger, compiled by numba: arrays in, arrays out.

Everywhere: transfers are indexed 0..n-1 in the order in which they are traced; `sender`, `receiver` int32[n];
`amount` int64[n] ≥ 0 minor units; `time` int64[n] µs; `role` int8[accounts] is ORDINARY, SOURCE or TARGET.
Self-transfers and zero amounts move nothing. Checking belongs to the callers in `tracer` and `paths`;
`wellhead.tracing.oracle` says the same slowly.
"""

from wellhead.tracing.kernels.balances import balances, credits_first, grouped
from wellhead.tracing.kernels.pieces import follow, largest_chains, split
from wellhead.tracing.kernels.poison import births, poison, poison_within, reaching
from wellhead.tracing.kernels.pro_rata import composition, pro_rata, pro_rata_within, share_from
from wellhead.tracing.kernels.roles import BORN, FOREVER, ORDINARY, SOURCE, TARGET

__all__ = [
    "BORN",
    "FOREVER",
    "ORDINARY",
    "SOURCE",
    "TARGET",
    "balances",
    "births",
    "composition",
    "credits_first",
    "follow",
    "grouped",
    "largest_chains",
    "poison",
    "poison_within",
    "pro_rata",
    "pro_rata_within",
    "reaching",
    "share_from",
    "split",
]
