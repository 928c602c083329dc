import numpy as np
import pytest

from calibration.bench.simulated import simulated_session
from calibration.mapping.mixture import fit_mixture
from calibration.samples.selection import TargetMean, select
from calibration.targets.ids import PURSUIT_ID
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, means

PEOPLE = [simulated_session(seed) for seed in range(6)]


def dots_of(person: int) -> list[TargetMean]:
    session = PEOPLE[person]
    return list(select([sample for sample in session.calibrate if sample.target_id < PURSUIT_ID]).means)


def test_the_point_is_the_weighted_mean_of_the_members_points() -> None:
    mixture = fit_mixture(dots_of(0), PEOPLE[0].screen)
    blocks = PEOPLE[0].test[3].blocks
    expected = sum(member.weight * np.array(member.model.predict(blocks)) for member in mixture.members)
    assert mixture.predict(blocks) == pytest.approx(tuple(expected))
    assert list(mixture.weights) == ["ridge", "ray_affine", "ridge_iris"]
    assert sum(mixture.weights.values()) == pytest.approx(1.0)


def test_over_several_people_the_mixture_is_better_than_each_member() -> None:
    """Median errors at places that the calibration did not show, with the head as it was and moved."""
    errors: dict[str, list[float]] = {}
    for person, session in enumerate(PEOPLE):
        mixture = fit_mixture(dots_of(person), session.screen)
        for name, model in [("mixture", mixture), *((member.name, member.model) for member in mixture.members)]:
            px = [session.screen.distance_px(model.predict(s.blocks), s.target) for s in session.test]
            errors.setdefault(name, []).append(float(np.log(np.median(px))))
    of_mixture = np.mean(errors.pop("mixture"))
    assert all(of_mixture < np.mean(of_member) for of_member in errors.values())


def test_left_out_errors_are_near_those_of_fits_without_the_target() -> None:
    apart, errors = [], []
    for person in range(3):
        dots, screen = dots_of(person), PEOPLE[person].screen
        mixture = fit_mixture(dots, screen)
        for i, dot in enumerate(dots):
            refitted = np.subtract(dot.target, fit_mixture([*dots[:i], *dots[i + 1 :]], screen).predict(dot.blocks))
            apart.append(np.linalg.norm(refitted - mixture.left_out[i]))
            errors.append(np.linalg.norm(refitted))
    assert np.mean(apart) < 0.35 * np.mean(errors)


def test_a_dot_that_was_not_looked_at_is_left_out_of_every_member_and_of_the_weights() -> None:
    eye = LinearEye(noise=0.1)
    looked = means(eye)
    glanced = [*looked[:7], TargetMean(7, GRID[7], eye.blocks(0.5, 0.5), 1, 1), looked[8]]
    mixture = fit_mixture(glanced, SCREEN)
    assert mixture.staged.ridge.doubtful == (7,)
    without = fit_mixture([*glanced[:7], glanced[8]], SCREEN)
    assert mixture.weights == pytest.approx(without.weights)
    assert mixture.predict(eye.blocks(0.4, 0.8)) == pytest.approx((0.4, 0.8), abs=0.06)
    assert int(np.argmax(np.linalg.norm(mixture.left_out, axis=1))) == 7
    assert int(np.argmax(mixture.standardised_px(SCREEN))) == 7


def test_without_networks_the_staged_ridge_is_alone() -> None:
    eye = LinearEye(noise=0.1)
    networks = ("gaze_angles", "eye_angles", "embedding", "eye_embedding")
    poor = [
        TargetMean(m.target_id, m.target, {k: v for k, v in m.blocks.items() if k not in networks}, 1, 1)
        for m in means(eye)
    ]
    assert fit_mixture(poor, SCREEN).weights == {"ridge": 1.0}


@pytest.mark.parametrize("n_targets", [1, 2, 3, 4, 5])
def test_few_targets_give_finite_points_and_as_many_left_out_errors(n_targets: int) -> None:
    eye = LinearEye(noise=0.3)
    mixture = fit_mixture(means(eye, GRID[:n_targets]), SCREEN)
    assert np.isfinite(mixture.predict(eye.blocks(0.7, 0.7))).all()
    assert mixture.left_out.shape == (n_targets, 2)
    assert np.isfinite(mixture.left_out).all()


def test_a_frame_without_a_block_of_a_member_is_refused_by_the_block_s_name() -> None:
    eye = LinearEye(noise=0.1)
    mixture = fit_mixture(means(eye), SCREEN)
    blocks = {name: values for name, values in eye.blocks(0.5, 0.5).items() if name != "gaze_angles"}
    with pytest.raises(ValueError, match="gaze_angles"):
        mixture.predict(blocks)
