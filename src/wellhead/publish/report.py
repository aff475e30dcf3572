"""The report: one HTML file that needs no network and no script, the same bytes for the same release."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wellhead.model.finding import UNKNOWN, Finding, HolderClass
from wellhead.model.provenance import Grade
from wellhead.model.transfer import Action, Reason
from wellhead.publish import charts, sankey, shown, summary, tables, terms, timeline
from wellhead.publish import map as world_map
from wellhead.publish.release import Release

MOST_EVIDENCE = 5
"""Records named under a finding; how many more there are is said."""


def write_report(release: Release, path: str | Path) -> Path:
    """Write `render(release)` to `path` as UTF-8 and return the path. Raises OSError; else as `render`."""
    target = Path(path)
    target.write_text(render(release), encoding="utf-8", newline="\n")
    return target


def render(release: Release) -> str:
    """The whole report as HTML.

    It fetches nothing (a content security policy forbids it), reads without its script, and depends on
    nothing but `release`. Raises ValueError where the release's figures contradict each other.
    """
    style, script = _style(release.marking.value), _asset("report.js")
    page = _environment().get_template("report.html.j2")
    return page.render(
        release=release,
        style=Markup(style),  # noqa: S704 - both are the package's own files
        script=Markup(script),  # noqa: S704
        policy=_content_policy(style, script),
        money=lambda minor: shown.money(minor, release.currency),
        amount=lambda minor: shown.amount(minor, release.currency),
        unit=shown.unit_label(release.currency),
        **_view(release),
    )


def _content_policy(style: str, script: str) -> str:
    """Nothing may be fetched; only this very style and script may run."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _style(marking: str) -> str:
    """The stylesheet; the marking stands on every printed page, which only the margin boxes can do."""
    return _asset("report.css").replace("TLP:MARKING", marking)


@cache
def _asset(name: str) -> str:
    text = Path(__file__).with_name("templates").joinpath(name).read_text(encoding="utf-8")
    if "</" in text:
        raise ValueError(f"{name} would end its own element early")
    return text


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("wellhead.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "visible": shown.visible,
        "short": shown.short,
        "percent": shown.percent,
        "moment": shown.moment,
        "rest": shown.rest,
        "place": shown.place,
        "reason": lambda reason: terms.REASONS.get(Reason(reason), str(reason)),
        "grade": _grade,
        "rule": _rule,
    }
    made.globals |= {"count": shown.count, "terms": terms, "LONGEST": shown.LONGEST_NAME}
    return made


def _harmless(value: Any) -> Any:
    """Whatever the template prints, forgotten filters included, has its hidden characters spelled out."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return shown.visible(value)


def _rule(policy: str) -> str:
    return terms.POLICIES.get(policy) or shown.short(policy)


def _grade(grade: Grade) -> str:
    """``B2: usually reliable source; probably true``."""
    reliability, credibility = terms.RELIABILITY[grade.reliability], terms.CREDIBILITY[grade.credibility]
    return f"{grade}: {reliability}; {credibility}"


def _view(release: Release) -> dict[str, Any]:
    """What the template shows beside the release itself, worked out beforehand."""
    rows = tables.countries(release)
    origins, unlisted = tables.origins(release)
    known = [row for row in rows if row.code != UNKNOWN]
    return {
        "sentences": summary.sentences(release, rows),
        "known": known,
        "unknown": next((row for row in rows if row.code == UNKNOWN), None),
        "reached": [row for row in known if row.reached],
        "states": summary.states(rows),
        "classes": [(each, terms.CLASSES[each][0]) for each in HolderClass],
        "class_sums": {each: sum(row.of(each) for row in rows) for each in HolderClass},
        "STATE": HolderClass.STATE,
        "origins": origins,
        "unlisted": unlisted,
        "bar": lambda share: charts.share_bar(share, max((row.share for row in rows), default=0.0)),
        "paths": tables.paths(release, rows),
        "set_aside": tables.set_aside(release.quality),
        "counters": release.quality.counts(),
        "MOST": tables.MOST_ROWS,
        "noticed": [r for r in release.quality.reports if r.action is not Action.SET_ASIDE][
            : tables.MOST_ROWS
        ],
        "findings": [(each, _figure(each, release), *_rests_on(each)) for each in release.findings],
        **_pictures(release, rows),
    }


def _pictures(release: Release, rows: list[tables.CountryRow]) -> dict[str, Any]:
    """Map, flows and timeline; under ``poison`` only the map, because nothing else can add up."""
    amounts = {row.code: row.amount for row in rows}
    shares = tables.policy_shares(release)
    by_name = [_rule(policy) for policy, _ in shares[0][1]] if shares else []
    drawable = release.additive and release.receipts > 0
    line = timeline.arranged(tables.months(release)) if drawable and release.months else None
    flows = sankey.arranged(tables.flows(release)) if drawable and release.flows else None
    return {
        "map": world_map.world_map(amounts, release.currency),
        "legend": world_map.legend(amounts, release.currency),
        "off_map": world_map.off_map(amounts),
        "numbered": min(world_map.NUMBERED, len(world_map.ranks(amounts))),
        "sankey": flows and sankey.drawn(flows, release.target, release.names, release.currency),
        "timeline": line and line.periods and timeline.drawn(line, release.currency),
        "line": line,
        "fills": [(timeline.swatch(fill), code) for code, fill in timeline.fills(line).items()]
        if line
        else [],
        "compared": shares and charts.policies(shares, by_name),
        "largest_share": max((each.largest_share for each in release.policies), default=0.0),
        "policy_bar": charts.share_bar,
    }


def _rests_on(finding: Finding) -> tuple[list[tuple[str, str]], int]:
    """(file, ``rows 2, 3 and 4``) of the records named first, and how many more there are."""
    by_file: dict[str, list[str]] = {}
    for record in finding.evidence[:MOST_EVIDENCE]:
        by_file.setdefault(record.file, []).append(str(record.row))
    named = [
        (file, f"row{'' if len(rows) == 1 else 's'}\u00a0{shown.listing(rows)}")
        for file, rows in by_file.items()
    ]
    return named, max(finding.evidence_total - min(len(finding.evidence), MOST_EVIDENCE), 0)


def _figure(finding: Finding, release: Release) -> str:
    """A finding's value with its unit, and its bounds where it has any."""
    unit = finding.unit

    def one(value: float) -> str:
        if unit == release.currency.code:
            return shown.money(round(value), release.currency)
        if unit in ("share", "fraction"):
            return shown.percent(value)
        digits = f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
        return f"{digits} {'country' if (value, unit) == (1, 'countries') else shown.short(unit)}".rstrip()

    if {finding.low, finding.high} <= {None, finding.value}:
        return one(finding.value)
    low = one(finding.low) if finding.low is not None else "no lower limit known"
    high = one(finding.high) if finding.high is not None else "no upper limit known"
    return f"{one(finding.value)} (at least {low}, at most {high})"
