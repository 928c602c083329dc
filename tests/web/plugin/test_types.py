"""The types that editors see are those of the code: `gaze.d.ts` and the JSDoc of web/, checked by TypeScript itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT

COMPILER = ROOT / "tests/npm/node_modules/typescript/bin/tsc"
NODE = shutil.which("node")
FLAGS = [
    *("--noEmit", "--allowJs", "--checkJs", "--strict", "--skipLibCheck", "--ignoreConfig", "--target", "es2022"),
    *("--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable"),
]

pytestmark = pytest.mark.skipif(
    NODE is None or not COMPILER.is_file(), reason="needs TypeScript; `make test` fetches it where npm is"
)

GOOD = """
import { connectGaze, GazeError, type GazeSession } from "WEB/gaze.js";
const areas = ["#a", { selector: ".b", id: "b", dwellMs: 800 }];
const gaze: GazeSession = await connectGaze({ areas, profile: "Ada" });
gaze.addEventListener("gaze", ({ detail }) => {
  const x: number | null = detail.x;
  const inside: boolean = detail.inside;
});
gaze.addEventListener("state", ({ detail }) => detail.state satisfies string);
gaze.setAreas([document.body, { id: "r", x: 0, y: 0, width: 10, height: 10 }]);
try {
  await gaze.calibrate({ pattern: "13" });
} catch (error) {
  if (error instanceof GazeError && error.code === "calibration") gaze.close();
}
"""
WRONG = {
    'connectGaze({ concent: "ask" })': "concent",
    'connectGaze({ consent: "no" })': '"no"',
    "connectGaze({ areas: [7] })": "number",
    'connectGaze({ pattern: "7" })': '"7"',
    '(await connectGaze()).addEventListener("gaze", ({ detail }) => detail.x.toFixed())': "possibly 'null'",
    "connectGaze().then((gaze) => gaze.mark())": "1 argument",
}


def compile_(*files: Path, flags: list[str] = FLAGS) -> list[str]:
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(COMPILER), *flags, *map(str, files)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    return [line for line in done.stdout.splitlines() if "error TS" in line]


def page(folder: Path, text: str) -> Path:
    file = folder / "page.ts"
    file.write_text(text.replace("WEB", str(ROOT / "web")) + "\nexport {};\n")
    return file


def test_a_page_that_uses_the_plugin_as_documented_compiles(tmp_path: Path) -> None:
    assert compile_(page(tmp_path, GOOD)) == []


def test_the_types_themselves_are_checked_and_are_right(tmp_path: Path) -> None:
    """As in a project without skipLibCheck. A GazeSession is an EventTarget for every other type, too."""
    text = (
        GOOD
        + """
      const target: EventTarget = gaze;
      const heard = (event: Event): void => console.log(event.type);
      target.addEventListener("gaze", heard);
      gaze.addEventListener("something else", { handleEvent: heard });
      gaze.removeEventListener("state", heard, { capture: true });
    """
    )
    flags = [flag for flag in FLAGS if flag not in ("--skipLibCheck", "--allowJs", "--checkJs")]
    assert compile_(page(tmp_path, text), flags=flags) == []


@pytest.mark.parametrize(("call", "complaint"), WRONG.items())
def test_a_mistake_in_the_call_is_found_by_the_editor(tmp_path: Path, call: str, complaint: str) -> None:
    errors = compile_(page(tmp_path, f'import {{ connectGaze }} from "WEB/gaze.js";\n{call};'))
    assert errors
    assert complaint in errors[0]


def test_the_session_is_what_its_types_say(tmp_path: Path) -> None:
    text = """
      import { GazeSession as Real } from "WEB/plugin/session.js";
      import type { GazeSession } from "WEB/gaze.js";
      type Listening = "addEventListener" | "removeEventListener"; // EventTarget's own, with narrower types
      export const declared = (real: Omit<Real, Listening>): Omit<GazeSession, Listening> => real;
      type Missing = Exclude<keyof Real, keyof GazeSession | "start">;
      export const nothingUndeclared: [Missing] extends [never] ? true : Missing = true;
    """
    assert [error for error in compile_(page(tmp_path, text)) if "page.ts" in error] == []


def test_all_code_of_the_web_client_keeps_its_types() -> None:
    web = ROOT / "web"
    assert compile_(*sorted(web.rglob("*.js"))) == []
