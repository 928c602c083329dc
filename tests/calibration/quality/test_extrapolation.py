import numpy as np
import pytest

from calibration.quality.extrapolation import Extrapolation, KnownDots, extrapolation

SQUARE = tuple((x, y) for x in (0.1, 0.45, 0.8) for y in (0.05, 0.25, 0.45))
LINE = tuple((t, 0.5 * t) for t in (0.1, 0.3, 0.45, 0.6, 0.8))
NOISE = 0.02
SIZE = (0.87, 0.49)
Places = tuple[tuple[float, float], ...]


def known_from(today: Places, *earlier: Places, share: float = 1.0, noise: float = NOISE) -> Extrapolation:
    """places: in screen diagonals."""
    screen = [tuple((x / SIZE[0], y / SIZE[1]) for x, y in places) for places in (today, *earlier)]
    return extrapolation(KnownDots.of(screen[0], screen[1:], share), noise, SIZE)


def at(known: Extrapolation, x: float, y: float) -> float:
    return float(known.variance(np.array([(x, y)]))[0])


def test_it_grows_with_the_distance_from_the_dots() -> None:
    known = known_from(SQUARE)
    values = [at(known, x, 0.25) for x in (0.45, 0.8, 1.1, 1.6)]
    assert values == sorted(values)
    assert values[-1] > 3.0 * values[0]


def test_it_grows_across_a_line_of_dots_far_more_than_along_it() -> None:
    known = known_from(LINE)
    middle = np.mean(LINE, axis=0)
    along, across = np.array([2.0, 1.0]) / np.sqrt(5.0), np.array([-1.0, 2.0]) / np.sqrt(5.0)
    assert at(known, *(middle + 0.3 * across)) > 20.0 * at(known, *(middle + 0.3 * along))


def test_it_is_less_than_the_noise_among_many_dots() -> None:
    dense = tuple((x, y) for x in np.linspace(0.1, 0.8, 6).tolist() for y in np.linspace(0.05, 0.45, 5).tolist())
    assert at(known_from(dense), 0.45, 0.25) < 0.5 * NOISE**2


def test_the_left_out_variance_is_that_of_the_other_dots() -> None:
    known, left_out = known_from(SQUARE), known_from(SQUARE).left_out_variance(np.eye(9, dtype=bool))
    for i, place in enumerate(SQUARE):
        others = known_from(SQUARE[:i] + SQUARE[i + 1 :])
        assert left_out[i] == pytest.approx(at(others, *place), rel=0.5), "the middle of the dots moves a little"
        assert left_out[i] > at(known, *place)


def test_dots_at_one_place_have_a_finite_variance() -> None:
    assert np.isfinite(at(known_from(((0.4, 0.2),) * 12, noise=1e-4), 0.5, 0.3))


def test_a_prediction_on_the_line_of_the_dots_may_come_from_any_place() -> None:
    on_line, among_dots = known_from(LINE), known_from(SQUARE)
    assert on_line.at_prediction(LINE[2]) > 4.0 * at(on_line, *LINE[2])
    assert among_dots.at_prediction(SQUARE[4]) == pytest.approx(at(among_dots, *SQUARE[4]), rel=0.3)


def test_dots_of_earlier_sessions_are_known_as_far_as_their_maps_count() -> None:
    few = SQUARE[:3]  # on one line
    far = SQUARE[7]
    shares = [at(known_from(few, SQUARE, SQUARE, share=share), *far) for share in (1.0, 0.3, 0.01)]
    assert shares == sorted(shares)
    alone = at(known_from(few), *far)
    assert shares[0] < 0.3 * alone
    assert at(known_from(few, SQUARE, share=0.0), *far) == alone


def test_the_shift_of_today_is_not_known_from_earlier_sessions() -> None:
    one = ((0.45, 0.25),)
    assert at(known_from(one, SQUARE, SQUARE), *one[0]) > 0.5 * NOISE**2
    assert at(known_from(SQUARE, SQUARE, SQUARE), *one[0]) < 0.3 * NOISE**2


def test_a_dot_that_is_left_out_with_the_earlier_ones_at_its_place_is_as_if_these_had_not_been_shown() -> None:
    known = known_from(SQUARE, SQUARE)
    near = np.hstack([np.eye(9, dtype=bool)] * 2)
    without = tuple(place for place in SQUARE if place != SQUARE[0])
    expected = at(known_from(without, without), *SQUARE[0])
    assert known.left_out_variance(near)[0] == pytest.approx(expected, rel=0.5), "the middle of the dots moves a little"
