from __future__ import annotations

import argparse
import csv
import itertools
import math
import random
from typing import get_args

import pytest

from calibration.screen import ScreenPoint
from server.gaze.filters import FILTERS, GAP_MS, OneEuro, OneEuroParameters, OneEuroPointFilter
from server.options import add_filter_option
from server.protocol.types import FilterName
from server.settings import Settings
from tests.support.paths import ROOT

GOLDEN = (ROOT / "tests" / "golden") / "one_euro.csv"
PARAMETERS = OneEuroParameters()


def reference(rows: list[tuple[float, float]], min_cutoff: float, beta: float, d_cutoff: float) -> list[float]:
    """The filter as in the paper's listing: two exponential filters, alpha = 1 / (1 + tau / te)."""

    def alpha(cutoff: float, te: float) -> float:
        tau = 1.0 / (2.0 * math.pi * cutoff)
        return 1.0 / (1.0 + tau / te)

    filtered = [rows[0][1]]
    dx_hat = 0.0
    for (t0, _), (t1, x) in itertools.pairwise(rows):
        te = (t1 - t0) / 1000.0
        dx = (x - filtered[-1]) / te
        a_d = alpha(d_cutoff, te)
        dx_hat = a_d * dx + (1.0 - a_d) * dx_hat
        a = alpha(min_cutoff + beta * abs(dx_hat), te)
        filtered.append(a * x + (1.0 - a) * filtered[-1])
    return filtered


def golden_rows() -> list[tuple[float, float, float]]:
    with GOLDEN.open(newline="") as file:
        return [(float(r["time_ms"]), float(r["x"]), float(r["filtered"])) for r in csv.DictReader(file)]


def test_the_filter_reproduces_the_golden_data() -> None:
    one_euro = OneEuro(PARAMETERS)
    for time_ms, x, filtered in golden_rows():
        assert one_euro.apply(x, time_ms) == pytest.approx(filtered, abs=1e-9)


def test_the_golden_data_is_what_the_papers_formula_gives() -> None:
    rows = golden_rows()
    expected = reference([(t, x) for t, x, _ in rows], 0.6, 2.0, 1.0)
    assert [f for _, _, f in rows] == pytest.approx(expected, abs=1e-9)


def test_one_step_by_hand() -> None:
    one_euro = OneEuro(OneEuroParameters(min_cutoff_hz=1.0, beta=0.0, derivative_cutoff_hz=1.0))
    assert one_euro.apply(0.0, 0.0) == 0.0
    # r = 2 pi * 1 Hz * 0.1 s = 0.6283; a = r / (r + 1) = 0.3859
    assert one_euro.apply(1.0, 100.0) == pytest.approx(0.385869, abs=1e-6)


def test_zero_is_a_valid_time() -> None:
    one_euro = OneEuro(PARAMETERS)
    one_euro.apply(0.2, 0.0)
    assert one_euro.apply(0.8, 33.0) < 0.8


def test_true_times_count_not_the_number_of_samples() -> None:
    fast, slow = OneEuro(PARAMETERS), OneEuro(PARAMETERS)
    fast.apply(0.0, 0.0)
    slow.apply(0.0, 0.0)
    assert slow.apply(0.1, 200.0) > fast.apply(0.1, 20.0)


@pytest.mark.parametrize("time_ms", [1000.0 + GAP_MS + 1.0, 1000.0, 500.0])
def test_a_gap_or_a_time_that_does_not_grow_starts_afresh(time_ms: float) -> None:
    one_euro = OneEuro(PARAMETERS)
    for i in range(10):
        one_euro.apply(0.1, 700.0 + i * 300.0 / 9)
    assert one_euro.apply(0.9, time_ms) == 0.9


def test_a_gap_of_just_the_limit_is_still_filtered() -> None:
    one_euro = OneEuro(PARAMETERS)
    one_euro.apply(0.1, 0.0)
    assert one_euro.apply(0.9, GAP_MS) < 0.9


def test_in_a_fixation_steps_shrink_to_a_fifth_and_a_saccade_arrives_within_150_ms() -> None:
    """The compromise for which the parameters were chosen; see the docstring of filters.py."""
    rng = random.Random(3)
    noise, step_ms = 0.04, 1000.0 / 30.0
    one_euro = OneEuro(PARAMETERS)
    raw = [0.5 + rng.gauss(0.0, noise) for _ in range(3000)]
    out = [one_euro.apply(x, i * step_ms) for i, x in enumerate(raw)]

    def rms_step(values: list[float]) -> float:
        return math.sqrt(sum((b - a) ** 2 for a, b in itertools.pairwise(values)) / (len(values) - 1))

    assert rms_step(out) < 0.2 * rms_step(raw)
    one_euro.reset()
    for i in range(60):
        one_euro.apply(0.2, i * step_ms)
    after = [one_euro.apply(0.53, (60 + i) * step_ms) for i in range(5)]
    assert after[4] > 0.2 + 0.9 * 0.33  # the fifth frame, 133 ms after the first that shows the new place


def test_x_does_not_move_y() -> None:
    point_filter = OneEuroPointFilter()
    point_filter.apply(ScreenPoint(0.1, 0.5), 0.0)
    moved = point_filter.apply(ScreenPoint(0.9, 0.5), 33.0)
    assert moved.y == 0.5
    point_filter.reset()
    assert point_filter.apply(ScreenPoint(0.3, 0.7), 66.0) == ScreenPoint(0.3, 0.7)


def test_the_filter_that_a_server_has_by_default_is_one_of_the_table() -> None:
    assert isinstance(FILTERS[Settings().point_filter](), OneEuroPointFilter)


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_begins_with_the_first_point_and_again_after_a_reset(name: str) -> None:
    point_filter = FILTERS[name]()
    for first in (ScreenPoint(0.2, 0.3), ScreenPoint(0.8, -0.1)):
        assert point_filter.apply(first, 0.0) == first
        point_filter.apply(ScreenPoint(0.5, 0.5), 33.0)
        point_filter.reset()


def test_the_protocol_names_every_filter() -> None:
    assert set(get_args(FilterName)) == set(FILTERS)


@pytest.mark.parametrize(
    ("name", "share", "arrives_ms"), [("one_euro_light", 0.26, 67), ("one_euro_strong", 0.08, 200)]
)
def test_the_light_filter_follows_faster_and_the_strong_one_is_calmer(name: str, share: float, arrives_ms: int) -> None:
    """The figures in the docstring of filters.py; its time counts from the last frame of the old place."""
    rng, step_ms = random.Random(3), 1000.0 / 30.0
    filtered = FILTERS[name]()
    raw = [0.5 + rng.gauss(0.0, 0.04) for _ in range(3000)]
    out = [filtered.apply(ScreenPoint(x, 0.5), i * step_ms).x for i, x in enumerate(raw)]
    steps = [sum((b - a) ** 2 for a, b in itertools.pairwise(values)) for values in (out, raw)]
    assert math.sqrt(steps[0] / steps[1]) == pytest.approx(share, abs=0.01)
    filtered.reset()
    for i in range(60):
        filtered.apply(ScreenPoint(0.2, 0.5), i * step_ms)
    after = [filtered.apply(ScreenPoint(0.53, 0.5), (60 + i) * step_ms).x for i in range(10)]
    assert next(i for i, x in enumerate(after) if x > 0.2 + 0.9 * 0.33) == round(arrives_ms / step_ms)


def test_no_filter_leaves_every_point_where_it_is() -> None:
    point_filter = FILTERS["none"]()
    points = [ScreenPoint(0.1, 0.9), ScreenPoint(0.9, 0.1), ScreenPoint(1.3, -0.2)]
    assert [point_filter.apply(point, 33.0 * i) for i, point in enumerate(points)] == points


def test_a_name_in_the_table_is_all_that_a_filter_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FILTERS, "twice", OneEuroPointFilter)  # type: ignore[arg-type]
    parser = argparse.ArgumentParser()
    add_filter_option(parser, default="none")
    assert parser.parse_args(["--filter", "twice"]).filter == "twice"
