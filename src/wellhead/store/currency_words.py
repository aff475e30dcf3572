"""Words for currencies as ledgers write them: codes, token symbols, signs, names, smaller units."""

from __future__ import annotations

from functools import cache

from wellhead.model.money import known_currencies

_SIGNS = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "₽": "RUB", "₹": "INR", "₺": "TRY", "₪": "ILS",
    "₩": "KRW", "₿": "BTC", "₴": "UAH", "₦": "NGN", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "R$": "BRL",
    "S$": "SGD", "NZ$": "NZD",
}  # fmt: skip
"""A bare ``$`` is taken as the US dollar; ``¥`` is left out, as it is the yen and the yuan alike."""

_NAMES = {
    "US DOLLAR": "USD", "US DOLLARS": "USD", "DOLLAR": "USD", "EURO": "EUR", "EUROS": "EUR", "UK POUNDS": "GBP",
    "UK POUND": "GBP", "BRITISH POUND": "GBP", "POUND STERLING": "GBP", "YEN": "JPY", "YUAN": "CNY",
    "RMB": "CNY", "CNH": "CNY", "RUPEE": "INR", "INDIAN RUPEE": "INR", "RUBLE": "RUB", "RUSSIAN RUBLE": "RUB",
    "SWISS FRANC": "CHF", "MEXICAN PESO": "MXN", "BRAZIL REAL": "BRL", "BRAZILIAN REAL": "BRL", "SHEKEL": "ILS",
    "AUSTRALIAN DOLLAR": "AUD", "CANADIAN DOLLAR": "CAD", "SAUDI RIYAL": "SAR", "UAE DIRHAM": "AED",
    "TURKISH LIRA": "TRY", "ALBANIAN LEK": "ALL", "MOROCCAN DIRHAM": "MAD", "NAIRA": "NGN",
    "PAKISTANI RUPEE": "PKR", "DIRHAM": "AED", "NIS": "ILS", "BITCOIN": "BTC", "ETHER": "ETH",
    "ETHEREUM": "ETH", "TETHER": "USDT", "USD COIN": "USDC", "RUR": "RUB",
}  # fmt: skip

_SMALLER_UNITS = {
    "WEI": ("ETH", 18), "GWEI": ("ETH", 9), "SATOSHI": ("BTC", 8), "SATOSHIS": ("BTC", 8), "SATS": ("BTC", 8),
    "CENTS": ("USD", 2), "EUROCENT": ("EUR", 2), "PENCE": ("GBP", 2), "LAMPORTS": ("SOL", 9),
}  # fmt: skip


@cache
def currency_words() -> dict[str, tuple[str, int, int]]:
    """Upper-case word → (code, decimals of the minor unit, decimals by which the word's unit is smaller than
    the currency's own: 18 for wei)."""
    exponents = known_currencies()
    words = {code: (code, exponent, 0) for code, exponent in exponents.items()}
    words |= {word: (code, exponents[code], 0) for word, code in {**_SIGNS, **_NAMES}.items()}
    words |= {word: (code, exponents[code], below) for word, (code, below) in _SMALLER_UNITS.items()}
    return words
