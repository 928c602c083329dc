"""Which folder of `web/` may import which; JSDoc's `import("...")` of types counts as well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

WEB = ROOT / "web"
SPECIFIER = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)["']([^"'\s]+)["']""")
"""`import x from "a"`, `export ... from "a"`, `import("a")`, `import "a"`."""

PUBLIC = {"gaze.js", "gaze.d.ts"}
MAY_IMPORT = {
    "core": {"core"},
    "ui": {"core", "ui"},
    "calibration": {"core", "calibration", "ui/dom.js", "ui/grading.js", "ui/keys.js", "ui/texts.js"},
    "page": {"core", "calibration", "ui", "page"},
    "lab": {"core", "ui", "lab"},
    "study": {"core", "calibration", "ui", "study"},
    "plugin": {"core", "calibration", "ui", "plugin"} | PUBLIC,
    "example": {"core/sources", "ui/live.js", "ui/page-texts.js", "example"} | PUBLIC,
}


def imports() -> list[tuple[str, str]]:
    """(module, what it imports), both relative to web/."""
    found = []
    for folder in MAY_IMPORT:
        for file in sorted((WEB / folder).rglob("*.js")):
            for name in SPECIFIER.findall(file.read_text()):
                if "://" in name:  # an address in an example of use
                    continue
                assert name.startswith("."), f"{file}: {name} has no place in web/"
                found.append((str(file.relative_to(WEB)), _place(file, name)))
    return found


def _place(file: Path, name: str) -> str:
    return str((file.parent / name).resolve().relative_to(WEB))


def test_imports_are_found() -> None:
    assert ("page/main.js", "core/session.js") in imports()
    assert ("plugin/session.js", "core/session.js") in imports()


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_its_layer_allows(folder: str) -> None:
    wrong = [
        (module, name)
        for module, name in imports()
        if module.startswith(f"{folder}/")
        and not any(name == allowed or name.startswith(f"{allowed}/") for allowed in MAY_IMPORT[folder])
    ]
    assert wrong == []


def test_every_import_leads_to_a_file() -> None:
    lost = [(module, name) for module, name in imports() if not (WEB / name).is_file()]
    assert lost == []


def test_every_module_belongs_to_a_folder_with_rules() -> None:
    modules = {file.relative_to(WEB).parts[0] for file in WEB.rglob("*.js")}
    assert modules - set(MAY_IMPORT) == {"gaze.js", "page-place.js", "webgazer-compat.js"}


def test_the_classic_script_names_existing_modules() -> None:
    named = re.findall(r'"([\w/-]+\.js)"', (WEB / "webgazer-compat.js").read_text())
    assert "plugin/own-dots.js" in named
    assert [name for name in named if not (WEB / name).is_file()] == []
