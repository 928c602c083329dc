"""No text of the operating system ("[Errno 28] ...") reaches a page, a program or a terminal, and what the page calls a
calibration is not called a profile."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.support.paths import ROOT

PACKAGES = ("server", "calibration/profiles")


def _catches_os_errors(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in ("OSError", "PermissionError") for kind in kinds)


def _outside_the_log(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below, without calls of the log: that is for the person who runs the server."""
    for child in ast.iter_child_nodes(node):
        function = child.func if isinstance(child, ast.Call) else None
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "log":
            continue
        yield child
        yield from _outside_the_log(child)


def _uses_its_text(node: ast.AST, name: str) -> bool:
    """Whether the node puts the error's own text into another one."""
    if isinstance(node, ast.FormattedValue):
        value = node.value
    elif (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("str", "repr") and node.args
    ):
        value = node.args[0]
    else:
        return isinstance(node, ast.Attribute) and node.attr == "strerror"
    return isinstance(value, ast.Name) and value.id == name


def texts_of_the_system(source: str) -> list[int]:
    """The lines that use the text of an OSError outside the log."""
    handlers = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ExceptHandler)]
    found = {
        node.lineno
        for handler in handlers
        if handler.name and _catches_os_errors(handler)
        for statement in handler.body
        for node in (statement, *_outside_the_log(statement))
        if _uses_its_text(node, handler.name) and hasattr(node, "lineno")
    }
    return sorted(found)


@pytest.mark.parametrize("package", PACKAGES)
def test_messages_do_not_hold_the_text_of_an_os_error(package: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for line in texts_of_the_system(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_such_a_text_is_found() -> None:
    caught = "try:\n    f()\nexcept (ValueError, OSError) as e:\n"
    source = caught + "    log.info('%s', str(e))\n    raise Refused(f'no: {e}')\n"
    assert texts_of_the_system(source) == [5]


PROFILE = re.compile(r"(?<![-/\w.:])[Pp]rofiles?\b(?![\w.:/])")


def texts_with_profile(source: str) -> list[int]:
    """The lines whose sentences say "profile", without docstrings and the log. Names of options and routes may."""
    module = ast.parse(source)
    docstrings = {node.value for node in ast.walk(module) if isinstance(node, ast.Expr)}
    found = [node for node in _outside_the_log(module) if isinstance(node, ast.Constant) and node not in docstrings]
    sentences = [node for node in found if isinstance(node.value, str) and " " in node.value]
    return sorted({node.lineno for node in sentences if PROFILE.search(str(node.value))})


def test_messages_say_calibration_as_the_page_does() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for package in ("server", "calibration")
        for path in sorted((ROOT / package).rglob("*.py"))
        for line in texts_with_profile(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_a_message_that_says_profile_is_found() -> None:
    lines = [
        '"""A profile."""',
        'log.info("a profile")',
        'x = "/v1/profiles", "use --profiles"',
        'raise E(f"no profile {x}")',
    ]
    source = "\n".join(lines)
    assert texts_with_profile(source) == [4]
