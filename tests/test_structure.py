"""How the tests are laid out: what two test modules share lies in tests/support/."""

from __future__ import annotations

import ast

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


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Full names; `from tests.web import test_page` counts too."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]
