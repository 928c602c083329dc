import numpy as np
import pytest

from calibration.quality.extrapolation import Extrapolation, extrapolation

SQUARE = tuple((x, y) for x in (0.1, 0.45, 0.8) for y in (0.05, 0.25, 0.45))
LINE = tuple((t, 0.5 * t) for t in (0.1, 0.3, 0.45, 0.6, 0.8))
NOISE = 0.02


def at(known: Extrapolation, x: float, y: float) -> float:
    return float(known.variance(np.array([(x, y)]))[0])


def test_it_grows_with_the_distance_from_the_dots() -> None:
    known = extrapolation(SQUARE, NOISE)
    values = [at(known, x, 0.25) for x in (0.45, 0.8, 1.1, 1.6)]
    assert values == sorted(values)
    assert values[-1] > 3.0 * values[0]


def test_it_grows_across_a_line_of_dots_far_more_than_along_it() -> None:
    known = extrapolation(LINE, NOISE)
    middle = np.mean(LINE, axis=0)
    along, across = np.array([2.0, 1.0]) / np.sqrt(5.0), np.array([-1.0, 2.0]) / np.sqrt(5.0)
    assert at(known, *(middle + 0.3 * across)) > 20.0 * at(known, *(middle + 0.3 * along))


def test_it_is_less_than_the_noise_among_many_dots() -> None:
    dense = tuple((x, y) for x in np.linspace(0.1, 0.8, 6).tolist() for y in np.linspace(0.05, 0.45, 5).tolist())
    assert at(extrapolation(dense, NOISE), 0.45, 0.25) < 0.5 * NOISE**2


def test_the_left_out_variance_is_that_of_the_other_dots() -> None:
    known, left_out = extrapolation(SQUARE, NOISE), extrapolation(SQUARE, NOISE).left_out_variance()
    for i, place in enumerate(SQUARE):
        others = extrapolation(SQUARE[:i] + SQUARE[i + 1 :], NOISE)
        assert left_out[i] == pytest.approx(at(others, *place), rel=0.5), "the middle of the dots moves a little"
        assert left_out[i] > at(known, *place)


def test_dots_at_one_place_have_a_finite_variance() -> None:
    assert np.isfinite(at(extrapolation(((0.4, 0.2),) * 12, 1e-4), 0.5, 0.3))


def test_a_prediction_on_the_line_of_the_dots_may_come_from_any_place() -> None:
    on_line, among_dots = extrapolation(LINE, NOISE), extrapolation(SQUARE, NOISE)
    assert on_line.at_prediction(LINE[2]) > 4.0 * at(on_line, *LINE[2])
    assert among_dots.at_prediction(SQUARE[4]) == pytest.approx(at(among_dots, *SQUARE[4]), rel=0.3)
