import numpy as np

from calibration.fit import fit_calibration
from calibration.samples.past import MAX_MEANS, MAX_SESSIONS, PastSession, newest
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, game, means


def past(at_ms: float, n: int = 9) -> PastSession:
    return PastSession(at_ms, SCREEN, ()).with_means(means(LinearEye(), GRID[:n]))


def test_the_newest_sessions_are_kept_and_one_that_began_at_the_same_time_is_replaced() -> None:
    sessions = [past(1000.0 * i) for i in (3, 1, 2, 5, 4)]
    assert [session.captured_ms for session in newest(sessions)] == [1000.0 * i for i in range(6 - MAX_SESSIONS, 6)]
    (one,) = newest([past(7.0), past(7.0, n=3)])
    assert len(one.means) == 3


def test_a_session_has_no_frames_and_a_bounded_number_of_targets() -> None:
    frames = ({"iris": np.ones(4, np.float32)},)
    many = [mean.__class__(i, (0.5, 0.5), {}, 1, 1, frames) for i, mean in enumerate(means(LinearEye()) * 9)]
    kept = past(0.0).with_means(many)
    assert len(kept.means) == MAX_MEANS
    assert all(mean.frames == () for mean in kept.means)
    assert [mean.target for mean in kept.means[:9]] == GRID  # those of the calibration stay


def test_a_calibration_holds_its_own_session_after_those_it_learned_from() -> None:
    eye = LinearEye(noise=0.1)
    first = fit_calibration(game(eye), SCREEN)
    (mine,) = first.sessions
    assert [mean.target for mean in mine.means] == GRID
    assert (mine.captured_ms, first.report.n_earlier) == (0.0, 0)
    earlier = PastSession(-5000.0, SCREEN, mine.means)
    second = fit_calibration(game(eye), SCREEN, earlier=[earlier])
    assert [session.captured_ms for session in second.sessions] == [-5000.0, 0.0]
    assert second.report.n_earlier == 1
    assert {"ridge_pooled", "ray_affine_pooled"} <= set(second.report.members)
    assert second.calibration_id != first.calibration_id
