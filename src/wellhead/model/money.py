"""Money as integers of a currency's minor unit.

A sum of integers is exact; a sum of floats is not. Amounts enter as text or `Decimal`, are rounded
half to even where they have more decimals than the unit, and stay `int` from there on.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, localcontext
from functools import lru_cache

from wellhead.model.errors import UsageError

LARGEST_AMOUNT = 2**63 - 1
"""Amounts and their running sums are 64-bit: the kernels work on int64 arrays."""

# ISO 4217 (list one of 2026-01) counts two decimals but for these.
_ISO_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_ISO_TWO_DECIMALS = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR
    RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD
    TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    DEM FRF ITL ESP NLG BEF ATS FIM PTE GRD IEP HRK LTL LVL EEK SKK SIT CYP MTL TRL ROL RUR BYR VEF ZWL
"""
# A token's own exponent, capped at nine so that the sum of a whole ledger fits 64 bits: one ether is
# 10^9 gwei here, not 10^18 wei (nine ether in wei would already overflow).
_TOKEN_EXPONENTS = {
    "BTC": 8, "XBT": 8, "BCH": 8, "LTC": 8, "DOGE": 8, "ETH": 9, "WETH": 9, "BNB": 9, "SOL": 9, "TRX": 6,
    "XRP": 6, "ADA": 6, "USDT": 6, "USDC": 6, "BUSD": 9, "DAI": 9, "WBTC": 8, "XMR": 9, "TON": 9, "MATIC": 9,
}  # fmt: skip
NO_CURRENCY = "XXX"
"""ISO 4217's code for "no currency": a ledger that names none and whose user named none."""

_EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_ISO_TWO_DECIMALS.split(), 2),
    **{code: exponent for exponent, codes in _ISO_EXPONENTS.items() for code in codes.split()},
    **_TOKEN_EXPONENTS,
    NO_CURRENCY: 2,
}
_EXACT = Context(prec=120, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency or token: its code and the number of decimals of its minor unit."""

    code: str
    exponent: int

    def __str__(self) -> str:
        return self.code


@lru_cache(maxsize=256)
def currency(code: str) -> Currency:
    """The currency with an ISO 4217 or token code, in either case. Raises UsageError for an unknown one."""
    known = code.strip().upper()
    if known not in _EXPONENTS:
        raise UsageError(
            f"{code!r} is neither an ISO 4217 code nor a token that Wellhead knows.",
            remedy="Give a code such as USD, EUR, JPY, BTC, ETH or USDT.",
        )
    return Currency(known, _EXPONENTS[known])


def known_currencies() -> dict[str, int]:
    """Code → decimals of the minor unit, for every currency and token known."""
    return dict(_EXPONENTS)


def to_minor(value: Decimal | str, unit: Currency) -> tuple[int, bool]:
    """`value` in whole minor units, and whether rounding (half to even) was needed.

    Raises ValueError for text that is no number, for NaN and infinities, and for amounts beyond 64 bits.
    """
    try:
        exact = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None
    if not exact.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    if exact and exact.adjusted() + unit.exponent > 19:
        raise ValueError(f"{value} {unit.code} does not fit 64 bits of minor units")
    with localcontext(_EXACT):
        scaled = exact.scaleb(unit.exponent)
        whole = scaled.to_integral_value()
        if abs(whole) > LARGEST_AMOUNT:
            raise ValueError(f"{value} {unit.code} does not fit 64 bits of minor units")
        return int(whole), whole != scaled


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount: `minor` units of `unit`. Arithmetic across currencies raises TypeError."""

    minor: int
    unit: Currency

    def __add__(self, other: Money) -> Money:
        if self.unit != other.unit:
            raise TypeError(
                f"cannot add {other.unit} to {self.unit}: convert first, by a named and dated rate"
            )
        return Money(self.minor + other.minor, self.unit)

    def decimal(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-self.unit.exponent)

    def __str__(self) -> str:
        return f"{self.decimal():,.{self.unit.exponent}f} {self.unit.code}"
