import pytest

import threads  # noqa: F401  # before a test module loads NumPy

pytest.register_assert_rewrite("tests.support")  # a kit's assertion says what it compared, too
