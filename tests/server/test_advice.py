from __future__ import annotations

import pytest

from server.advice import with_option


def test_advice_names_the_option_or_where_make_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKELEVEL", raising=False)
    assert with_option("--port 8766") == "--port 8766"
    monkeypatch.setenv("MAKELEVEL", "1")
    assert with_option("--port 8766") == 'make serve ARGS="--port 8766"'
