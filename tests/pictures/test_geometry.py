"""Maps: what is in view, outlines cut and simplified within what they promise, labels that never collide."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledgeway.pictures.countries import country_name
from pledgeway.pictures.labels import HEIGHT, Box, arrange
from pledgeway.pictures.outlines import clip, land, simplify
from pledgeway.pictures.view import angles, fit
from pledgeway.pictures.words import text_width

coordinates = st.tuples(st.floats(-200, 400), st.floats(-200, 400))


def distances(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """The distance of each point to the nearest part of the line."""
    start, along = line[:-1], np.diff(line, axis=0)
    offset = points[:, None, :] - start
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip((offset * along).sum(axis=2) / length, 0, 1)
    return np.asarray(np.hypot(*np.moveaxis(offset - share[..., None] * along, 2, 0)).min(axis=1))


@given(st.lists(coordinates, min_size=2, max_size=40), st.floats(0.1, 50))
def test_a_simplified_line_keeps_its_ends(corners: list[tuple[float, float]], tolerance: float) -> None:
    line = np.array(corners)
    thin = simplify(line, tolerance)
    assert (thin[[0, -1]] == line[[0, -1]]).all()
    assert len(thin) <= len(line)


def test_a_simplified_outline_stays_within_its_tolerance() -> None:
    turn = np.linspace(0, 3, 400)
    line = np.column_stack([100 * turn, 40 * np.sin(3 * turn) + 3 * np.sin(40 * turn)])
    thin = simplify(line, 2.0)
    assert len(thin) < 150
    assert distances(line, thin).max() <= 2.0 + 1e-9


@given(st.lists(coordinates, min_size=3, max_size=30))
def test_a_clipped_ring_lies_in_the_frame(corners: list[tuple[float, float]]) -> None:
    inside = clip(np.array(corners), (0.0, 0.0, 100.0, 80.0))
    assert (inside >= -1e-6).all()
    assert (inside <= np.array([100.0, 80.0]) + 1e-6).all()


def test_a_square_half_in_the_frame_is_cut_at_the_edge() -> None:
    square = np.array([[-10.0, 10.0], [10.0, 10.0], [10.0, 20.0], [-10.0, 20.0]])
    cut = clip(square, (0.0, 0.0, 100.0, 80.0))
    assert {(float(x), float(y)) for x, y in cut} == {(0.0, 10.0), (10.0, 10.0), (10.0, 20.0), (0.0, 20.0)}


def test_a_quarter_turn_is_90_degrees() -> None:
    assert angles(np.array([[90.0, 0.0], [0.0, 90.0], [0.0, 0.0]]), 0.0, 0.0) == pytest.approx([90.0, 90.0, 0.0])


def test_the_view_goes_where_most_tonnes_are() -> None:
    gdansk, rzeszow, constanta, texas = (18.6, 54.4), (22.0, 50.0), (28.6, 44.2), (-94.1, 30.1)
    view = fit(np.array([gdansk, rzeszow, constanta, texas]), np.array([30.0, 60.0, 20.0, 5.0]), 680.0, 0.6, 0.8)
    assert not view.world
    assert view.holds(np.array([gdansk, rzeszow, constanta, texas])).tolist() == [True, True, True, False]
    assert 0.6 * 680 <= view.height <= 0.8 * 680


def test_a_plan_spread_over_the_world_shows_the_world() -> None:
    corners = np.array([(-94.0, 30.0), (139.0, 35.0), (25.0, -30.0), (-58.0, -34.0)])
    view = fit(corners, np.ones(4), 680.0, 0.6, 0.8)
    assert view.world
    assert view.holds(corners).all()


def test_north_is_up_and_east_is_right() -> None:
    view = fit(np.array([[20.0, 50.0], [24.0, 52.0]]), np.ones(2), 400.0, 0.6, 0.8)
    south_west, north_east = view.project(np.array([[20.0, 50.0], [24.0, 52.0]]))
    assert north_east[0] > south_west[0]
    assert north_east[1] < south_west[1]


def test_land_is_drawn_inside_the_view_only() -> None:
    view = fit(np.array([[18.0, 54.0], [28.0, 44.0]]), np.ones(2), 400.0, 0.6, 0.8)
    drawn = np.array([float(n) for n in re.findall(r"-?[\d.]+", land(view))]).reshape(-1, 2)
    assert len(drawn) > 200
    assert drawn.min() >= -4.0
    assert drawn[:, 0].max() <= view.width + 4
    assert drawn[:, 1].max() <= view.height + 4


texts = st.lists(
    st.tuples(st.floats(0, 300), st.floats(0, 200), st.text("abcdefgh ", min_size=1, max_size=20), st.booleans()),
    max_size=15,
)


@given(texts)
def test_labels_collide_with_nothing_and_stay_inside(wanted: list[tuple[float, float, str, bool]]) -> None:
    mark = Box(120.0, 80.0, 20.0, 20.0)
    boxes = []
    for text in arrange(wanted, [mark], 300.0, 200.0, 10):
        found = re.search(r'x="([-\d.e]+)" y="([-\d.e]+)"[^>]*>([^<]*)<', text)
        assert found
        boxes.append(Box(float(found[1]), float(found[2]) - 11, text_width(found[3]), HEIGHT))
    assert len(boxes) <= 10
    shrunk = [Box(b.x + 0.2, b.y + 0.2, b.width - 0.4, b.height - 0.4) for b in boxes]
    for k, box in enumerate(shrunk):
        assert not box.meets(mark)
        assert not any(box.meets(other) for other in shrunk[:k])
        assert box.x >= 0
        assert box.x + box.width <= 300


def test_country_codes_are_read_out() -> None:
    assert country_name("GB") == "United Kingdom"
    assert country_name("PL") == "Poland"
    assert country_name("Poland") == "Poland"
    assert country_name("ZZ") == "ZZ"
