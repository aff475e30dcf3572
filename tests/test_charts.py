"""The pictures: what is drawn adds up, is well-formed, and its labels can be read."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from releases import HOSTILE, sample
from wellhead.model import country
from wellhead.model.finding import UNKNOWN
from wellhead.model.money import currency
from wellhead.publish import charts, sankey, shown, svg, tables, timeline
from wellhead.publish import map as world_map

EUR, YEN, GWEI = currency("EUR"), currency("JPY"), currency("ETH")
codes = st.sampled_from(["", "*", *country.codes(), "ZZ", "YU", "<x>"])
flows = st.lists(
    st.tuples(codes, st.sampled_from(["", "*", *"abcdefghijklmnopqrstuvw"]), st.integers(0, 10**15))
)
amounts = st.dictionaries(codes, st.integers(0, 10**18))


NUMBERS = ("d", "x", "y", "width", "height", "cx", "cy", "r", "stroke-width", "viewBox")


def parsed(markup: object) -> etree._Element:
    """The picture as a tree; every number in it is finite and plain."""
    root = etree.fromstring(str(markup))
    for each in root.iter():
        for key in NUMBERS:
            assert re.fullmatch(r"[-\d. MLHVCZlhvcz]*", each.get(key, "")), (key, each.get(key))
    return root


# Figures in words


@given(st.lists(st.fractions(0, 10**6, max_denominator=1000), min_size=1), st.integers(0, 10**12))
def test_whole_units_add_up_and_stay_within_one_unit(parts: list[Fraction], extra: int) -> None:
    floats = [float(p) for p in parts] + [float(extra)]
    total = round(sum(map(Fraction, floats)))
    whole = shown.whole_units(floats, total)
    assert sum(whole) == total
    assert all(abs(Fraction(w) - Fraction(p)) <= 1 for w, p in zip(whole, floats, strict=True))


@given(st.lists(st.integers(0, 2**62)))
def test_whole_units_leave_integers_alone(parts: list[int]) -> None:
    assert shown.whole_units(parts, sum(parts)) == parts


def test_lines_that_contradict_their_sum_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to"):
        shown.whole_units([100.0, 200.0], 400)


@pytest.mark.parametrize(
    ("minor", "unit", "words"),
    [
        (123456789, EUR, "1,234,567.89 EUR"),
        (-5, EUR, "-0.05 EUR"),
        (2**63 - 1, EUR, "92,233,720,368,547,758.07 EUR"),
        (1234567, YEN, "1,234,567 JPY"),
        (1, GWEI, "0.000000001 ETH"),
        (100, currency("XXX"), "1.00 units (no currency stated)"),
    ],
)
def test_money_is_exact(minor: int, unit: object, words: str) -> None:
    assert shown.money(minor, unit).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.0004, "< 0.1 %"),
        (0.99999, "> 99.9 %"),
        (0.0314, "3.1 %"),
        (1.5, "150.0 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_all(share: float, words: str) -> None:
    assert shown.percent(share).replace("\u00a0", " ").replace("\u202f", " ") == words


@pytest.mark.parametrize("bad", HOSTILE)
def test_visible_text_hides_nothing(bad: str) -> None:
    text = shown.visible(bad)
    text.encode("utf-8")
    assert not set(text) & set("\u202e\u2066\u200b\x00\x1b\u2028")
    assert shown.visible(text) == text
    assert len(shown.short(bad)) <= shown.LONGEST_NAME


def test_scripts_and_emoji_stay_as_they_are() -> None:
    for words in ("شركة النور", "می‌خواهم", "Đặng Thị Ngọc", "👩‍👩‍👧‍👦", "Ünïcödé"):
        assert shown.visible(words) == words


def test_listing_and_count() -> None:
    assert [shown.listing(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert shown.count(1, "row") == "1\u00a0row"
    assert shown.count(2000, "country", "countries") == "2,000\u00a0countries"


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_time_can_be_shown(time: int) -> None:
    assert shown.moment(time)


def test_times() -> None:
    assert shown.moment(0) == "1970-01-01"
    assert shown.moment(1_700_000_000_000_000) == "2023-11-14 22:13:20"
    assert [shown.rest(d) for d in (None, 0, 0.01, 12.34)] == [
        "began here",
        "0 days",
        "same day",
        "12.3 days",
    ]


# SVG


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_cannot_be_drawn_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="drawn"):
        svg.number(value)


@given(st.floats(-1e9, 1e9))
def test_numbers_are_plain(value: float) -> None:
    assert re.fullmatch(r"-?\d+(\.\d{1,2})?", svg.number(value))
    assert abs(float(svg.number(value)) - value) <= 0.00501


@given(st.text(max_size=80), st.floats(40, 300))
def test_fitted_words_fit(words: str, room: float) -> None:
    assert svg.width(svg.fitted(words, 12, room), 12) <= room + 1e-6


@given(st.text(max_size=200))
def test_wrapped_lines_fit(words: str) -> None:
    lines = svg.wrapped(words, 12, 110, 4)
    assert len(lines) <= 4
    assert all(svg.width(line, 12) <= 110 + 1e-6 for line in lines)


# Map


def test_every_country_has_a_place_on_the_map() -> None:
    world = world_map.world()
    assert set(country.codes()) <= set(world["centres"])
    for x, y, area in world["centres"].values():
        assert 0 <= x <= world["width"]
        assert 0 <= y <= world["height"]
        assert area >= 0
    shown_somehow = set(world["outlines"]) | {
        c for c, (_, _, a) in world["centres"].items() if a < world_map.SMALL
    }
    assert set(country.codes()) <= shown_somehow


def test_places_lie_where_they_should() -> None:
    at = world_map.world()["centres"]
    assert at["US"][0] < at["GB"][0] < at["IN"][0] < at["JP"][0]
    assert at["NO"][1] < at["DE"][1] < at["NG"][1] < at["ZA"][1]
    assert at["RU"][2] > at["CA"][2] > at["BR"][2] > at["IN"][2] > at["MT"][2]
    assert at["GF"][0] < at["FR"][0] - 200  # French Guiana is not drawn as France
    assert "XK" in world_map.world()["outlines"]


def test_equal_land_has_equal_ink() -> None:
    """Shares of the map's area agree with the countries' land areas (million km²) within 6 %."""
    at = world_map.world()["centres"]
    for code, area in {"BR": 8.51, "AU": 7.69, "IN": 3.29, "DZ": 2.38, "FR": 0.55}.items():
        assert at[code][2] / at["US"][2] == pytest.approx(area / 9.53, rel=0.06), code


@given(amounts)
def test_classes_part_the_countries(by_country: dict[str, int]) -> None:
    made = world_map.classes(by_country)
    inside = [code for each in made for code in each.countries]
    assert sorted(inside) == sorted(c for c, v in by_country.items() if c != UNKNOWN and v > 0)
    assert len(made) <= world_map.CLASSES
    for each in made:
        assert all(
            each.low <= by_country[c] and (each.high is None or by_country[c] < each.high)
            for c in each.countries
        )


@given(amounts)
def test_the_map_shows_every_country_that_it_can(by_country: dict[str, int]) -> None:
    root = parsed(world_map.world_map(by_country, EUR))
    titles = [t.text or "" for t in root.iterfind(".//{*}title")]
    for code in world_map.ranks(by_country):
        drawn = any(t.startswith(f"{shown.place(code)}: ") for t in titles)
        assert drawn != (code in world_map.off_map(by_country))
    listed = [words for _, words in world_map.legend(by_country, EUR)]
    in_words = [
        int(found[1].replace(",", "")) for w in listed if (found := re.search(r": ([\d,]+)\u00a0countr", w))
    ]
    assert sum(in_words) == len(world_map.ranks(by_country))


@given(st.lists(st.sampled_from(country.codes()), unique=True, max_size=10))
def test_the_numbers_on_the_map_do_not_overlap(ranked: list[str]) -> None:
    spots = world_map.numbered(ranked)
    assert [s.rank for s in spots] == list(range(1, len(ranked) + 1))
    assert not any(a.meets(b) for a, b in combinations(spots, 2))


def test_the_unknown_is_in_the_legend() -> None:
    lines = [words for _, words in world_map.legend({"FR": 5_00, "": 7_00}, EUR)]
    assert any("not attributed" in line and "7.00\u00a0EUR" in line for line in lines)
    assert not any("not attributed" in words for _, words in world_map.legend({"FR": 5}, EUR))


# Flows


@given(flows)
def test_flows_add_up(edges: list[tuple[str, str, int]]) -> None:
    layout = sankey.arranged(edges)
    total = sum(value for _, _, value in edges)
    assert layout.total() == total
    assert sum(n.amount for n in layout.countries) == sum(n.amount for n in layout.payers) == total
    assert len(layout.countries) <= sankey.COUNTRIES + 2
    assert len(layout.payers) <= sankey.PAYERS + 2
    for node in (*layout.countries, *layout.payers):
        assert node.y >= 0
        assert node.y + node.height <= layout.height
    if total:
        assert any(n.key == UNKNOWN for n in layout.countries) == any(s == "" and v for s, _, v in edges)


@given(flows, st.text(max_size=90))
def test_labels_of_the_flows_do_not_overlap(edges: list[tuple[str, str, int]], name: str) -> None:
    layout = sankey.arranged(edges)
    boxes = [label.box() for label in sankey.labels(layout, {"a": name, "b": "W" * 90})]
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert all(box[0] >= 0 and box[2] <= 840 for box in boxes)


@given(flows, st.sampled_from(HOSTILE))
def test_the_flow_picture_is_well_formed_and_its_bands_as_thick_as_the_money(
    edges: list[tuple[str, str, int]], bad: str
) -> None:
    layout = sankey.arranged(edges)
    root = parsed(sankey.drawn(layout, bad, {"a": bad}, EUR))
    bands = [float(p.get("stroke-width")) for p in root.iterfind(".//{*}path[@stroke-width]")]
    thick = sum(bands) if layout.total() else 0
    floor = 0.41 * len(bands)
    assert abs(thick - (2 * 430 if layout.total() else 0)) <= floor + 1


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("wxyz"), st.integers(1, 9)), min_size=1))
def test_crossings_are_counted_and_lessened(edges: list[tuple[str, str, int]]) -> None:
    merged = {(s, p): 0 for s, p, _ in edges}
    for source, payer, value in edges:
        merged[source, payer] += value
    unique = [(s, p, v) for (s, p), v in merged.items()]
    left, right = sankey.ordered(unique)
    by_amount = [
        sorted({e[side] for e in unique}, key=lambda k, n=side: (-sum(e[2] for e in unique if e[n] == k), k))
        for side in (0, 1)
    ]
    assert sankey.crossings(unique, left, right) == crossing_weight(unique, left, right)
    assert crossing_weight(unique, left, right) <= crossing_weight(unique, *by_amount)


def crossing_weight(edges: list[tuple[str, str, int]], left: list[str], right: list[str]) -> int:
    """Oracle: two straight bands cross if one starts above the other and ends below it."""
    total = 0
    for a, b in combinations(edges, 2):
        starts_above = left.index(a[0]) < left.index(b[0])
        starts_below = left.index(a[0]) > left.index(b[0])
        ends_above = right.index(a[1]) < right.index(b[1])
        ends_below = right.index(a[1]) > right.index(b[1])
        if (starts_above and ends_below) or (starts_below and ends_above):
            total += a[2] * b[2]
    return total


def test_a_crossing_that_can_be_avoided_is() -> None:
    edges = [("A", "z", 9), ("B", "y", 8), ("C", "x", 7)]
    assert sankey.crossings(edges, *sankey.ordered(edges)) == 0


# Timeline


months = st.lists(
    st.tuples(
        st.tuples(st.integers(1990, 2030), st.integers(1, 12)).map(lambda ym: f"{ym[0]}-{ym[1]:02d}"),
        codes,
        st.integers(0, 10**15),
    )
)


@given(months)
def test_the_timeline_adds_up_and_has_no_gaps(rows: list[tuple[str, str, int]]) -> None:
    line = timeline.arranged(rows)
    assert line.total() == sum(value for _, _, value in rows)
    assert len(set(line.periods)) == len(line.periods) == len(line.table)
    assert list(line.periods) == sorted(line.periods)
    assert len(line.series) <= timeline.SERIES + 2
    for code in set(line.series) - {shown.OTHERS}:
        column = line.series.index(code)
        assert sum(row[column] for row in line.table) == sum(v for _, c, v in rows if c == code)
    assert len(set(timeline.fills(line).values())) == len(line.series)


@given(months)
def test_the_bars_stand_on_the_axis_and_within_the_picture(rows: list[tuple[str, str, int]]) -> None:
    line = timeline.arranged(rows)
    root = parsed(timeline.drawn(line, EUR))
    width, height = map(float, root.get("viewBox").split()[2:])
    for bar in root.iterfind(".//{*}g[@class='bar']/{*}rect"):
        x, y, w, h = (float(bar.get(k)) for k in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width + 0.02
        assert 0 <= y <= y + h <= height - 29


def test_long_spans_are_added_up_by_year_and_said_to_be() -> None:
    line = timeline.arranged([("1999-05", "FR", 1), ("2020-01", "FR", 2)])
    assert line.unit == "year"
    assert len(line.periods) == 22


@given(st.integers(0, 10**18), st.sampled_from([EUR, YEN, GWEI]))
def test_axis_marks_are_few_and_reach_the_top(most: int, unit: object) -> None:
    marks = timeline.steps(most, unit)
    assert marks[0] == 0
    assert marks[-1] >= most
    assert 2 <= len(marks) <= 7


# The small ones


def test_the_comparison_of_rules_is_well_formed_and_tells_rules_apart_without_colour() -> None:
    rows = tables.policy_shares(sample())
    root = parsed(charts.policies(rows, ["fifo", "lifo", "pro rata"]))
    marks = root.findall(".//*[@class]")
    shapes = {
        m.tag.split("}")[-1] + (m.get("d") or "")[-6:] for m in marks if m.get("class", "").startswith("mark")
    }
    assert len(rows) == 8
    assert len(shapes) == 3


@given(st.floats(0, 2), st.floats(0, 2))
def test_share_bars_never_leave_their_cell(share: float, largest: float) -> None:
    root = parsed(charts.share_bar(share, largest))
    assert 0 <= float(root[0].get("width")) <= 100
