"""The layout of the tests: shared helpers in tests/support/, time limits in tests/support/times.py."""

from __future__ import annotations

import ast
import re

from tests.support.paths import ROOT


def test_no_module_imports_from_a_test_module_or_a_conftest() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} imports {module}"
        for path in (ROOT / "tests").rglob("*.py")
        if "node_modules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for module in _imported(node)
        if module.startswith("tests.") and any(part.startswith(("test_", "conftest")) for part in module.split("."))
    ]
    assert found == []


def test_every_limit_in_seconds_follows_the_time_factor() -> None:
    number = re.compile(r"(?<!_)timeout(?:_s)?=[\d.]")
    found = [
        f"{path.relative_to(ROOT)}:{row} {line.strip()}"
        for path in (ROOT / "tests").rglob("*.py")
        if not {"node_modules", "foreign"} & set(path.parts)
        for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if number.search(line)
    ]
    assert found == [], "take WAIT_S, LONG_WAIT_S or seconds(...) of tests/support/times.py"


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Full names; `from tests.web import test_page` counts too."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]
