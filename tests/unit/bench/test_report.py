"""Figures into tables: what counts as reached, and where a page keeps them."""

from __future__ import annotations

import pytest
from bench.report import Table, Target, percentile, spread, with_section
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("share", "wanted"), [(0.0, 10), (0.25, 10), (0.5, 20), (0.75, 30), (0.95, 40), (1.0, 40)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, wanted: float) -> None:
    assert percentile([40, 10, 30, 20], share) == wanted


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_not_exceeded_by_its_share(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


def test_no_value_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no value"):
        percentile([], 0.5)


def test_a_spread_names_the_median_and_its_bounds() -> None:
    assert spread([3.0, 1.0, 2.0]) == "2.00 (1.00 to 3.00)"
    assert spread([1.5]) == "1.50"


@pytest.mark.parametrize(("measured", "reached"), [(2.0, True), (2.01, False)])
def test_a_target_is_reached_up_to_its_limit(measured: float, reached: bool) -> None:
    target = Target("until all are ready", measured, 2.0)

    assert target.reached is reached
    assert ("NOT reached" in target.line()) is not reached


def test_a_section_takes_the_place_of_the_last_one_only() -> None:
    # given a page with two sections and words around them
    page = (
        "# Figures\n<!-- a: begin -->\nold\n<!-- a: end -->\nwords\n"
        "<!-- b: begin --><!-- b: end -->"
    )
    table = Table("T", ("way", "s"), [("a\\1", "2")])

    # when one of them is written
    new = with_section(page, "a", table.markdown())

    # then it alone has changed
    assert "| a\\1 | 2 |" in new.splitlines()
    assert "old" not in new
    assert new.startswith("# Figures\n<!-- a: begin -->\n**T**\n")
    assert new.endswith("<!-- a: end -->\nwords\n<!-- b: begin --><!-- b: end -->")


@pytest.mark.parametrize("page", ["", "<!-- a: begin -->", "<!-- a: begin --><!-- a: end -->" * 2])
def test_a_page_without_the_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="a: begin"):
        with_section(page, "a", "text")
