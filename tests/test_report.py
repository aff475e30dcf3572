"""The report: what it says adds up, whatever the names contain, and a browser reads it without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import html

import releases
from wellhead.model import country
from wellhead.model.finding import CountryLine, Criterion, HolderClass
from wellhead.model.ledger import Quality
from wellhead.model.money import currency
from wellhead.model.provenance import Credibility, Marking, Reliability
from wellhead.model.transfer import Reason
from wellhead.publish import summary, tables, terms
from wellhead.publish.release import Release
from wellhead.publish.report import render, write_report

SIMPLE = r"([a-z0-9]*)(?:#([\w-]+))?((?:\.[\w-]+)*)(?:\s+|$)"
CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")


def page(release: Release) -> html.HtmlElement:
    return html.document_fromstring(render(release))


def select(root: html.HtmlElement, css: str) -> list[html.HtmlElement]:
    """Elements by tag, ``#id`` and ``.class``, with blanks for descent and commas for "or"."""
    paths = []
    for alternative in css.split(","):
        path = "."
        for tag, key, classes in re.findall(
            r"([a-z0-9]*)(?:#([\w-]+))?((?:\.[\w-]+)*)(?:\s+|$)", alternative.strip()
        ):
            if tag or key or classes:
                path += f"//{tag or '*'}" + (f"[@id='{key}']" if key else "")
                path += "".join(
                    f"[contains(concat(' ', @class, ' '), ' {each} ')]" for each in classes.split(".")[1:]
                )
        paths.append(path)
    return root.xpath(" | ".join(paths))


def minor(cell: html.HtmlElement) -> int:
    """An amount as printed, in minor units of two decimals; the dash is nothing."""
    words = cell.text_content().strip()
    return 0 if words == "–" else int(words.replace(",", "").replace(".", ""))


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().replace("\u00a0", " ").split())


def answer(release: Release) -> str:
    return " ".join(words(p) for p in select(page(release), ".answer p"))


SAMPLES = {"fifo": releases.sample(), "pro-rata": releases.in_proportion()}


# What it says


@pytest.mark.parametrize("release", SAMPLES.values(), ids=SAMPLES)
def test_every_country_is_there_and_every_line_and_column_adds_up(release: Release) -> None:
    table = page(release).get_element_by_id("country-table")
    rows = select(table, "tbody tr")
    assert sorted(r.get("data-country") for r in rows) == sorted(line.country for line in release.countries)
    assert [words(r[1]) for r in rows[:-1]] == [
        country.name(line.country)
        for line in sorted(release.countries, key=lambda c: (-c.amount, c.country))
        if line.country
    ]
    for row in rows:
        assert minor(row[2]) == sum(map(minor, row[5:]))
    for column in (2, *range(5, 12)):
        assert minor(select(table, "tfoot tr")[0][column]) == sum(minor(r[column]) for r in rows)
    assert sum(minor(r[2]) for r in rows) == release.receipts


@pytest.mark.parametrize("release", SAMPLES.values(), ids=SAMPLES)
def test_printed_amounts_are_within_a_unit_of_the_computed_ones(release: Release) -> None:
    by_code = {line.country: line for line in release.countries}
    for row in select(page(release), "#country-table tbody tr"):
        line = by_code[row.get("data-country")]
        assert abs(minor(row[2]) - line.amount) < 1
        for cell, holder in zip(row[5:], HolderClass, strict=True):
            assert abs(minor(cell) - line.by_class.get(holder, 0)) < 2


def test_the_unknown_is_a_line_of_its_own_and_stays_last() -> None:
    bodies = select(page(releases.sample()), "#country-table tbody")
    assert [words(r[1]) for r in bodies[-1]] == ["Not attributed"]
    assert all(r.get("data-country") for r in bodies[0])


def test_the_answer_tells_claim_from_finding_and_states_from_countries() -> None:
    root = page(releases.sample())
    assert words(select(root, "blockquote")[0]) == releases.sample().claim
    assert "allegation" in words(root.xpath("//blockquote/following-sibling::p")[0])
    said = answer(releases.sample())
    assert said.startswith("Money from 60 countries reached Harbour Front (synthetic); in 2 of them (")
    assert "in the other 58 no state body was found" in said
    assert "(2.8 %) could not be attributed to a country." in said
    assert "7,165,543.80 EUR" in said


def _with(*lines: tuple[str, dict[HolderClass, int]], **changes: Any) -> Release:
    """A release with exactly these countries and classes."""
    total = sum(sum(split.values()) for _, split in lines)
    countries = [CountryLine(c, sum(s.values()), sum(s.values()) / max(total, 1), s, 1) for c, s in lines]
    bare = replace(releases.empty(), receipts=total, receipt_count=1, countries=tuple(countries))
    return replace(bare, **changes)


def test_only_is_said_only_where_every_payer_is_known() -> None:
    person, state, unknown = HolderClass.PERSON, HolderClass.STATE, HolderClass.UNKNOWN
    one = answer(_with(("FR", {person: 500})))
    assert "there no state body was found among the payers, only private persons." in one
    unclear = answer(_with(("FR", {person: 500, unknown: 1}), ("DE", {person: 5})))
    assert "only" not in unclear
    assert "in 1 of these also holders of whom it is not known what they are" in unclear
    nobody = answer(_with(("FR", {unknown: 7})))
    assert "it is not known what kind of holder paid" in nobody
    assert "no state body" not in nobody
    mixed = answer(_with(("FR", {state: 5, person: 5}), ("DE", {person: 5}), ("", {unknown: 5})))
    assert "in one of them (France) a state body paid; in the other one no state body was found" in mixed
    assert "State bodies paid 0.05 EUR of it (25.0 %)." in mixed
    assert "Every part" in one
    assert "could not be attributed" not in one


def test_nothing_received_is_said_so() -> None:
    assert answer(releases.empty()) == (
        "In the ledgers examined, Harbour Front (synthetic) received nothing from outside itself."
    )


def test_a_country_with_less_than_half_a_cent_makes_no_country_of_origin() -> None:
    lines = (
        CountryLine("FR", 999.7, 0.9997, {HolderClass.PERSON: 999.7}, 1),
        CountryLine("DE", 0.3, 0.0003, {HolderClass.PERSON: 0.3}, 1),
    )
    release = replace(_with(("FR", {HolderClass.PERSON: 1000})), countries=lines, policy="pro-rata")
    assert "Money from 1 country reached" in answer(release)


def test_states_and_countries_never_share_a_line_of_the_state_table() -> None:
    root = page(releases.sample())
    heading = next(h for h in root.iter("h3") if "Paid by state bodies" in h.text_content())
    table = heading.getnext().find("table")
    rows = {words(r[0]): minor(r[1]) for r in select(table, "tbody tr")}
    expected = {
        country.name(line.country): int(line.by_class[HolderClass.STATE])
        for line in releases.sample().countries
        if line.by_class.get(HolderClass.STATE)
    }
    assert rows == expected
    assert minor(select(table, "tfoot td")[0]) == sum(expected.values())
    none = page(_with(("FR", {HolderClass.PERSON: 5}))).text_content()
    assert "No account of origin is recorded as held by a state body." in none


def test_paths_add_up_and_name_file_and_row_of_every_step() -> None:
    release = releases.sample()
    root = page(release)
    sums = select(root, "table.paths")
    assert len(sums) == len(release.chains)
    for table, group in zip(sums, release.chains, strict=True):
        lines = [minor(row[-1]) for row in select(table, "tbody tr")]
        assert sum(lines) == minor(select(table, "tfoot td")[-1]) == group.total
        assert "remainder" in words(select(table, "tr.remainder")[0])
    text = words(root)
    for group in release.chains:
        for chain in group.chains:
            for step in chain.steps:
                assert str(step.evidence) in text


def test_paths_from_anywhere_are_named_so() -> None:
    chains = (replace(releases.sample().chains[0], label=tables.ALL_ORIGINS),)
    assert "5.1 From anywhere" in words(page(replace(releases.sample(), chains=chains)))


def test_figures_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to"):
        render(replace(releases.sample(), receipts=releases.sample().receipts + 100_000))


def test_poison_claims_no_sum() -> None:
    release = releases.sample(policy="poison")
    root = page(replace(release, receipts=release.receipts // 2))
    assert not select(root, "#country-table tfoot")
    assert not select(root, "svg.sankey, svg.timeline")
    assert "upper marks" in words(root)
    assert "can have reached" in words(select(root, ".answer")[0])


def test_rows_read_are_rows_accounted_for() -> None:
    root = page(releases.sample())
    table = root.get_element_by_id("counters")
    lines = [int(words(r[1]).replace(",", "")) for r in select(table, "tbody tr")]
    assert sum(lines) == int(words(select(table, "tfoot td")[0]).replace(",", "")) == 200_231
    listed = root.xpath("//h3[contains(., '7.3')]/following::table[2]//tbody/tr")
    assert len(listed) == tables.MOST_ROWS
    assert "130 further rows were set aside" in words(root)


def test_every_source_is_listed_with_digest_grade_and_marking() -> None:
    text = words(page(releases.sample()))
    for source in releases.sample().sources:
        assert source.path in text
        assert source.sha256 in text
        assert f"{source.grade}: " in text


@pytest.mark.parametrize("unit", ["JPY", "BTC", "KWD", "XXX"])
def test_amounts_follow_their_currency(unit: str) -> None:
    release = releases.sample(unit=currency(unit))
    digits = f"{release.receipts / 10**release.currency.exponent:,.{release.currency.exponent}f}"
    label = "units (no currency stated)" if unit == "XXX" else unit
    assert f"{digits} {label}" in answer(release)


def test_everything_has_its_words() -> None:
    counters = {f.name for f in fields(Quality)} - {"reports", "rows", "loaded"}
    assert set(terms.NOT_LOADED) | set(terms.REMARKS) == counters
    assert set(terms.REASONS) == set(Reason)
    assert set(terms.CLASSES) == set(HolderClass)
    assert set(terms.CRITERIA) == set(Criterion)
    assert set(terms.RELIABILITY) == set(Reliability)
    assert set(terms.CREDIBILITY) == set(Credibility)
    assert set(terms.MARKINGS) == set(Marking)
    assert set(terms.POLICIES) == set(terms.POLICY_MEANING)


def test_sentences_use_the_tables_rows() -> None:
    release = releases.in_proportion()
    rows = tables.countries(release)
    known = sum(row.amount for row in rows if row.code)
    assert any(f"{known / 100:,.2f}" in sentence for sentence in summary.sentences(release, rows))


# How it is made


def test_the_same_release_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    code = "import sys, releases; from wellhead.publish.report import write_report; "
    code += "write_report(releases.in_proportion(), sys.argv[1])"
    made = []
    for seed in ("0", "1", "4242"):
        path = tmp_path / f"{seed}.html"
        seeded = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)}
        subprocess.run([sys.executable, "-c", code, str(path)], check=True, env=seeded)
        made.append(path.read_bytes())
    assert made[0] == made[1] == made[2] == render(releases.in_proportion()).encode()


def test_the_page_is_sound_html() -> None:
    root = page(releases.sample())
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    for link in select(root, "a"):
        assert link.get("href", "").startswith("#")
        assert link.get("href")[1:] in ids
    for labelled in root.xpath("//*[@aria-labelledby]"):
        assert set(labelled.get("aria-labelledby").split()) <= set(ids)
    for pattern in re.findall(r"url\(#([^)]+)\)", render(releases.sample())):
        assert pattern in ids
    levels = [int(h.tag[1]) for h in root.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_page_can_be_read_by_a_screen_reader() -> None:
    root = page(releases.sample())
    assert root.get("lang") == "en"
    assert [len(select(root, tag)) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    for table in root.iter("table"):
        assert words(table.find("caption"))
        assert all(th.get("scope") for th in table.iter("th"))
    for picture in root.xpath("//*[local-name()='svg']"):
        if picture.get("role") == "img":
            assert picture.xpath("*[local-name()='title']")[0].text
            assert picture.xpath("*[local-name()='desc']")[0].text
        else:
            assert picture.get("aria-hidden") == "true"
    for region in select(root, ".scroll, .drawing"):
        assert (region.get("role"), region.get("tabindex")) == ("region", "0")
        assert region.get("aria-label")


@pytest.mark.parametrize("marking", Marking)
def test_the_marking_stands_at_top_and_bottom_and_on_every_printed_page(marking: Marking) -> None:
    release = replace(releases.sample(), marking=marking)
    root = page(release)
    assert words(select(root, "header .tlp")[0]) == words(select(root, "footer .tlp")[0]) == marking.value
    style = select(root, "style")[0].text_content()
    assert style.count(f'content: "{marking.value}"') == 2


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_has_enough_contrast_in_light_dark_and_print() -> None:
    """WCAG 2.2: 4.5 for text on page and wash, 3 for the marks of charts."""
    style = select(page(releases.sample()), "style")[0].text_content()
    themes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{[^}]*\}", style)
    ]
    themes = [theme for theme in themes if "paper" in theme]
    assert len(themes) == 3
    for theme in themes:
        for ground in ("paper", "wash"):
            for ink in ("ink", "muted", "link"):
                assert _contrast(theme[ink], theme[ground]) >= 4.5
        for mark in ("accent", "node", "c1", "c2", "c4", "edge", "quiet"):
            assert _contrast(theme[mark], theme["paper"]) >= 3


# Whatever the names contain


@pytest.mark.parametrize("bad", releases.HOSTILE, ids=range(len(releases.HOSTILE)))
def test_hostile_names_change_nothing(bad: str) -> None:
    text = render(releases.hostile(bad))
    text.encode("utf-8")
    assert not set(text) & set("\u202e\u2028\u200b\x00\x07\x1b")
    root, plain = html.document_fromstring(text), page(releases.sample())
    assert len(select(root, "script")) == len(select(root, "style")) == 1
    assert not select(root, "img, iframe, object, embed, link, base, form")
    assert len(select(root, "section")) == len(select(plain, "section"))
    assert not [e for e in root.iter() for key in e.attrib if key.lower().startswith("on")]
    assert len(select(root, "#country-table tbody tr")) == len(releases.sample().countries)


def test_long_names_are_shortened_and_kept_in_full() -> None:
    long = "Long " * 2000
    root = page(releases.hostile(long))
    assert any(long.strip() in (e.get("title") or "") for e in root.iter("bdi"))
    assert any(long.strip() in words(d) for d in root.iter("details"))


def test_names_are_isolated_from_the_direction_of_the_text_around_them() -> None:
    """A cell of a table and a text of a picture are isolated by themselves, everything else by ``bdi``."""
    name = "شركة النور للتجارة العامة"
    parents = set()
    for found in page(releases.hostile(name)).xpath("//body//text()[contains(., $name)]", name=name):
        parent = found.getparent()
        parents.add(parent.tag if found.is_text else parent.getparent().tag)
    assert parents <= {"bdi", "td", "th", "title", "desc", "text", "tspan"}


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("no Chromium with its driver here (Debian: apt install chromium chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument("--disable-background-networking")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens a release's report at a width; at the end, nothing else was fetched and nothing complained."""
    path = tmp_path / "report.html"

    def open_at(release: Release, width: int = 1280, scheme: str = "light") -> Any:
        write_report(release, path)
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        theme = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", theme)
        browser.get_log("performance")
        browser.get_log("browser")
        browser.get(path.as_uri())
        return browser

    yield open_at
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert set(asked) == {path.as_uri()}
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def _column(browser: Any, column: int) -> list[str]:
    return browser.execute_script(
        "return Array.from(document.querySelector('#country-table').tBodies[0].rows,"
        "  row => row.cells[arguments[0]].textContent.trim())",
        column,
    )


def test_a_browser_fetches_nothing_and_sorts_by_keyboard(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = opened(releases.sample())
    head = browser.find_element("css selector", "#country-table th[data-column='2']")
    button = head.find_element("css selector", "button")
    button.send_keys(Keys.ENTER)
    assert head.get_attribute("aria-sort") == "descending"
    button.send_keys(Keys.ENTER)
    assert head.get_attribute("aria-sort") == "ascending"
    amounts = [int(words.replace(",", "").replace(".", "")) for words in _column(browser, 2)]
    assert amounts == sorted(amounts)
    assert len(amounts) == 60
    browser.find_element("css selector", "#country-table th[data-column='1'] button").click()
    assert _column(browser, 1)[0] == "Albania"
    assert head.get_attribute("aria-sort") is None
    last = browser.execute_script("return document.querySelector('#country-table').tBodies[1].innerText")
    assert last.split("\t")[1].strip() == "Not attributed"


def test_a_browser_sorts_amounts_beyond_the_precision_of_floats(opened: Any) -> None:
    big = 9_007_199_254_740_993
    person = HolderClass.PERSON
    release = _with(("FR", {person: big}), ("DE", {person: big - 1}), ("IT", {person: big + 1}))
    browser = opened(release)
    browser.find_element("css selector", "#country-table th[data-column='2'] button").click()
    browser.find_element("css selector", "#country-table th[data-column='2'] button").click()
    assert _column(browser, 1) == ["Germany", "France", "Italy"]


def test_dark_is_dark_and_light_is_light(opened: Any) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    assert opened(releases.sample()).execute_script(ground) == "rgb(255, 255, 255)"
    assert opened(releases.sample(), scheme="dark").execute_script(ground) == "rgb(21, 24, 27)"


@pytest.mark.parametrize("width", [320, 360, 1600])
def test_nothing_runs_out_of_the_page(opened: Any, width: int) -> None:
    wide = "return document.documentElement.scrollWidth"
    assert opened(releases.sample(), width).execute_script(wide) <= width
    assert opened(releases.hostile("A" * 10_000), width).execute_script(wide) <= width


def test_labels_of_the_flow_picture_do_not_touch_in_the_browser(opened: Any) -> None:
    boxes = opened(releases.sample()).execute_script(
        "const frame = document.querySelector('svg.sankey').viewBox.baseVal;"
        "return Array.from(document.querySelectorAll('svg.sankey text.label'), t => { const b = t.getBBox();"
        "  return [b.x, b.y, b.x + b.width, b.y + b.height, frame.width] })"
    )
    assert len(boxes) > 30
    assert all(box[0] >= 0 and box[2] <= box[4] for box in boxes)
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] - 3 <= b[1] or b[3] - 3 <= a[1]


@pytest.mark.parametrize("bad", releases.HOSTILE[:5], ids=range(5))
def test_hostile_names_run_nothing_in_a_browser(opened: Any, bad: str) -> None:
    browser = opened(releases.hostile(bad))
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert browser.execute_script("return document.scripts.length") == 1


def test_the_printed_report_keeps_every_page_within_the_paper(tmp_path: Path) -> None:
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here (Debian: apt install chromium)")
    source, target = write_report(releases.sample(), tmp_path / "report.html"), tmp_path / "report.pdf"
    subprocess.run(
        [str(shutil.which(CHROMIUM)), "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-background-networking", "--no-pdf-header-footer", f"--print-to-pdf={target}",
         source.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", target.read_bytes())
    portrait = [size for size in sizes if float(size[0]) < float(size[1])]
    assert len(sizes) > 10
    assert 0 < len(sizes) - len(portrait) < 6  # the broad table of countries, on its side
