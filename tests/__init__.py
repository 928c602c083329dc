import os

import pytest

pytest.register_assert_rewrite("tests.support")  # a kit's assertion says what it compared, too
if "PYTEST_XDIST_WORKER" in os.environ:
    # Each worker has one core. More threads of each would only wait for one another. Read when NumPy and PyTorch load.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
