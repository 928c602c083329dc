import numpy as np
import pytest

from calibration.bench.simulated import simulated_visits
from calibration.bench.subsets import some_means
from calibration.mapping.mixture import fit_mixture
from calibration.mapping.pooled import fit_pooled
from calibration.mapping.ray_affine import fit_ray_affine
from calibration.samples.selection import TargetMean, select
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, means

PEOPLE = [simulated_visits(seed, 3) for seed in range(8)]
N_PEOPLE = len(PEOPLE)


def means_of(person: int, day: int, n_targets: int | None = None) -> list[TargetMean]:
    return some_means(select(PEOPLE[person][day].calibrate).means, n_targets)


def median_px(predict, person: int, day: int) -> float:  # type: ignore[no-untyped-def]
    session = PEOPLE[person][day]
    return float(np.median([session.screen.distance_px(predict(s.blocks), s.target) for s in session.test]))


def ratio(n_targets: int, earlier_of) -> float:  # type: ignore[no-untyped-def]
    """The error with earlier sessions over that without, as a geometric mean over people."""
    logs = []
    for person in range(len(PEOPLE)):
        today, screen = means_of(person, 2, n_targets), PEOPLE[person][2].screen
        alone, pooled = fit_mixture(today, screen), fit_mixture(today, screen, earlier_of(person))
        logs.append(np.log(median_px(pooled.predict, person, 2) / median_px(alone.predict, person, 2)))
    return float(np.exp(np.mean(logs)))


def test_three_dots_of_a_returning_person_profit_from_earlier_sessions() -> None:
    assert ratio(3, lambda person: [means_of(person, 0), means_of(person, 1)]) < 0.9


def test_with_nine_dots_earlier_sessions_do_no_harm() -> None:
    assert ratio(9, lambda person: [means_of(person, 0), means_of(person, 1)]) < 1.08


def test_sessions_of_another_person_lose_their_weight_by_themselves() -> None:
    """With nine dots, the left-out errors of today show that the others do not fit."""
    strangers = [[means_of((person + 3) % 8, 0), means_of((person + 4) % 8, 1)] for person in range(8)]
    assert ratio(9, lambda person: strangers[person]) < 1.12
    mine, theirs = [], []
    for person in range(8):
        screen = PEOPLE[person][2].screen
        for weights, earlier in ((mine, [means_of(person, 0), means_of(person, 1)]), (theirs, strangers[person])):
            found = fit_mixture(means_of(person, 2, 9), screen, earlier).weights
            weights.append(found["ridge_pooled"] + found["ray_affine_pooled"])
    assert np.mean(theirs) < 0.75 * np.mean(mine)


def shifted(eye: LinearEye, by: float, places: list[tuple[float, float]]) -> list[TargetMean]:
    """Today all features are those of places farther right."""
    return [TargetMean(i, (x, y), eye.blocks(x + by, y), 1, 1) for i, (x, y) in enumerate(places)]


@pytest.mark.parametrize("n_targets", [3, 9])
def test_a_shift_of_the_whole_session_is_learned_from_few_dots(n_targets: int) -> None:
    eye = LinearEye(noise=0.05)
    corners = [GRID[i] for i in (0, 8, 2)]
    today = shifted(eye, 0.1, corners if n_targets == 3 else GRID)
    model = fit_pooled(today, [means(eye), means(eye)], SCREEN, staged=False)
    assert model.predict(eye.blocks(0.5, 0.4)) == pytest.approx((0.4, 0.4), abs=0.05 if n_targets == 3 else 0.03)


def test_left_out_errors_of_today_are_those_of_fits_without_the_place_in_any_session() -> None:
    for fit in (
        lambda today, earlier, screen: fit_pooled(today, earlier, screen, staged=True),
        lambda today, earlier, screen: fit_ray_affine(today, screen, earlier),
    ):
        apart, errors = [], []
        for person in range(2):
            today, earlier, screen = means_of(person, 1), [means_of(person, 0)], PEOPLE[person][1].screen
            left_out = fit(today, earlier, screen).left_out
            assert left_out.shape == (9, 2)
            for i, mean in enumerate(today):
                elsewhere = [[old for old in earlier[0] if np.hypot(*np.subtract(old.target, mean.target)) > 0.12]]
                rest = fit([*today[:i], *today[i + 1 :]], elsewhere, screen)
                error = np.subtract(mean.target, rest.predict(mean.blocks))
                apart.append(np.linalg.norm(error - left_out[i]))
                errors.append(np.linalg.norm(error))
        assert np.mean(apart) < 0.3 * np.mean(errors)


def test_sessions_with_other_features_are_passed_over() -> None:
    eye = LinearEye(noise=0.1)
    other = [
        TargetMean(m.target_id, m.target, {**m.blocks, "eye_patches": np.ones(9, np.float32)}, 1, 1) for m in means(eye)
    ]
    poor = [TargetMean(m.target_id, m.target, {"iris": m.blocks["iris"]}, 1, 1) for m in means(eye)]
    blind = [
        TargetMean(m.target_id, m.target, {**m.blocks, "iris": np.full(4, np.nan, np.float32)}, 1, 1)
        for m in means(eye)
    ]
    assert "ridge_pooled" not in fit_mixture(means(eye), SCREEN, [other, poor, blind, []]).weights
    assert "ridge_pooled" in fit_mixture(means(eye), SCREEN, [other, means(eye)]).weights
