import pytest

pytest.register_assert_rewrite("tests.support")  # a kit's assertion says what it compared, too
