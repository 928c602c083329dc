import subprocess
import sys

import numpy as np
import pytest

from calibration.bench.methods import COMPARED
from calibration.quality.methods import METHODS
from tests.support.calibration_eye import GRID, SCREEN, LinearEye, means
from tests.support.paths import ROOT

WITHOUT_SKLEARN = """
import sys
sys.modules['sklearn'] = None
from calibration.bench.methods import COMPARED
print(*COMPARED)
"""


def test_the_methods_of_the_product_are_compared_under_their_names() -> None:
    assert set(METHODS) <= set(COMPARED)
    assert all(COMPARED[name] is fit for name, fit in METHODS.items())


@pytest.mark.parametrize("name", ["polynomial", "geometric", "raw_ridge", "svr", "gaussian_process", "weighted_ridge"])
def test_every_method_learns_an_easy_eye_and_stays_within_reach(name: str) -> None:
    eye = LinearEye(noise=0.02)
    fitted = COMPARED[name](means(eye), SCREEN)
    places = np.random.default_rng(0).uniform(0.1, 0.9, (30, 2))
    errors = [np.hypot(*np.subtract(fitted.predict(eye.blocks(*place)), place)) for place in places]
    assert np.median(errors) < 0.12
    x, y = fitted.predict(eye.blocks(90.0, -90.0))
    assert -0.5 <= x <= 1.5
    assert -0.5 <= y <= 1.5


def test_features_that_are_not_finite_count_as_zero() -> None:
    eye = LinearEye()
    fitted = COMPARED["svr"](means(eye, GRID), SCREEN)
    blocks = {name: np.full_like(values, np.nan) for name, values in eye.blocks(0.5, 0.5).items()}
    assert np.isfinite(fitted.predict(blocks)).all()


def test_without_scikit_learn_our_own_methods_are_compared() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SKLEARN], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    left_out = set(COMPARED) - set(done.stdout.split())
    assert left_out == {"polynomial", "raw_ridge", "svr", "gaussian_process"}
