"""Invented names. Syllables are drawn, so that nobody real is meant; a few are written in other scripts."""

from __future__ import annotations

import numpy as np

from wellhead.model.finding import HolderClass

_SYLLABLES = {
    "onset": "b br d dr f g gr h j k kr l m n p r s sh t tr v y z",
    "vowel": "a e i o u ai ei ou",
    "coda": "l m n r s sk th v x",
    "arabic": "با تا را سا لا ما نا دو زو كي لي مي ني شو فا",
    "cyrillic": "ба ве го ду жи ко лу ми но пе ра со ту фи ша",
    "chinese": "安 白 岑 丹 方 高 和 江 康 林 明 宁 清 然 山 同 文 溪 云 泽",
}
_LISTED = {kind: text.split() for kind, text in _SYLLABLES.items()}
_IN_OTHER_SCRIPTS = 0.06

_FORMS = {
    HolderClass.COMPANY: ("Trading Ltd", "Holding SA", "Logistics GmbH", "Commodities FZE", "Group"),
    HolderClass.CHARITY: ("Relief Association", "Charity Fund", "Aid Foundation", "Welfare Society"),
    HolderClass.BANK: ("Merchant Bank", "Savings Bank", "Credit Bank"),
    HolderClass.STATE: ("Ministry of Works", "Reserve Fund", "Port Authority", "National Lottery Office"),
}  # fmt: skip


def invented(rng: np.random.Generator, kind: HolderClass) -> tuple[str, str]:
    """A name, and its Latin form where it is written in another script ("" where it is not)."""
    latin = f"{_word(rng)} {_word(rng)}"
    if forms := _FORMS.get(kind):
        return f"{_word(rng)} {forms[int(rng.integers(len(forms)))]}", ""
    if rng.random() >= _IN_OTHER_SCRIPTS:
        return latin, ""
    script = ("arabic", "cyrillic", "chinese")[int(rng.integers(3))]
    if script == "chinese":
        return "".join(_drawn(rng, script) for _ in range(3)), latin
    words = ["".join(_drawn(rng, script) for _ in range(2 + int(rng.integers(2)))) for _ in range(2)]
    return " ".join(word.capitalize() for word in words), latin


def _word(rng: np.random.Generator) -> str:
    opening = [_drawn(rng, "onset") + _drawn(rng, "vowel") for _ in range(1 + int(rng.integers(2)))]
    closing = _drawn(rng, "onset") + _drawn(rng, "vowel")[0] + _drawn(rng, "coda")
    return ("".join(opening) + closing).capitalize()


def _drawn(rng: np.random.Generator, kind: str) -> str:
    listed = _LISTED[kind]
    return listed[int(rng.integers(len(listed)))]
