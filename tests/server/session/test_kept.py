from __future__ import annotations

from calibration.fit import fit_calibration
from calibration.screen import ScreenGeometry
from server.session.kept import KEPT_MS, MAX_KEPT, KeptCalibrations
from tests.support.server import samples

CALIBRATION = fit_calibration(samples(), ScreenGeometry(1000, 500))


def test_a_calibration_is_found_by_the_token_of_its_session_only() -> None:
    kept = KeptCalibrations()
    kept.keep("mine", CALIBRATION, 0.0)
    assert kept.find("mine", KEPT_MS) is CALIBRATION
    assert kept.find("other", 0.0) is None
    assert kept.find("\udc80", 0.0) is None


def test_it_is_forgotten_half_an_hour_after_its_session() -> None:
    kept = KeptCalibrations()
    kept.keep("mine", CALIBRATION, 0.0)
    assert kept.find("mine", KEPT_MS + 1.0) is None
    assert kept.find("mine", 0.0) is None


def test_only_the_newest_ones_are_kept() -> None:
    kept = KeptCalibrations()
    for number in range(MAX_KEPT + 1):
        kept.keep(f"t{number}", CALIBRATION, float(number))
    assert kept.find("t0", 20.0) is None
    assert kept.find("t1", 20.0) is CALIBRATION
