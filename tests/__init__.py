import pytest

import threads  # noqa: F401  # before a test module loads NumPy

pytest.register_assert_rewrite("tests.support")  # so that assertions of the helpers report their values
