"""gaze.js in a bundle of the page's own, as build tools make it."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from playwright.sync_api import Page

from tests.support.page import CAMERA_WITHOUT_A_FACE, NewContext, needs_browser
from tests.support.paths import ROOT
from tests.support.plugin_page import WITHOUT_ASKING, PluginSites

BUNDLER = ROOT / "tests/npm/node_modules/esbuild/bin/esbuild"
NODE = shutil.which("node")

pytestmark = [
    *needs_browser,
    pytest.mark.skipif(
        NODE is None or not BUNDLER.is_file(), reason="needs esbuild; `make test` fetches it where npm is"
    ),
]


@pytest.fixture(scope="module", params=["iife", "esm"])
def bundle(request: pytest.FixtureRequest, sites: PluginSites, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a page with the bundle."""
    kind = request.param
    folder = tmp_path_factory.mktemp(kind)
    entry = folder / "entry.js"
    gaze = json.dumps(str(ROOT / "web/gaze.js"))
    entry.write_text(f"import * as sightline from {gaze}; Object.assign(window, sightline, {{ ready: true }});")
    assert NODE is not None
    command = [NODE, str(BUNDLER), str(entry), "--bundle", f"--format={kind}", f"--outfile={folder / 'bundle.js'}"]
    subprocess.run(command, check=True, capture_output=True)
    sites.friend.folders[f"/{kind}/"] = folder
    module = ' type="module"' if kind == "esm" else ""
    sites.friend.pages[f"/{kind}"] = f"""<!doctype html><title>With a bundle</title>
      <body><script src="/{kind}/bundle.js"{module}></script></body>"""
    return f"/{kind}"


def open_bundle(sites: PluginSites, new_context: NewContext, path: str) -> Page:
    context = new_context()
    context.add_init_script(CAMERA_WITHOUT_A_FACE)
    page = context.new_page()
    page.goto(sites.friend.origin + path)
    page.wait_for_function("window.ready")
    return page


CONNECT = """(options) => connectGaze(options).then(
  (gaze) => { window.gaze = gaze; return "connected"; },
  (error) => error instanceof GazeError ? `${error.code}: ${error.message}` : `no GazeError: ${error}`)"""


def test_a_bundle_with_the_servers_address_works_with_all_styles(
    sites: PluginSites, new_context: NewContext, bundle: str
) -> None:
    page = open_bundle(sites, new_context, bundle)
    assert page.evaluate(CONNECT, {**WITHOUT_ASKING, "server": sites.server}) == "connected"
    page.evaluate("gaze.close()")
    page.evaluate(f"(options) => void ({CONNECT})(options)", {"server": sites.server})
    allow = page.get_by_role("button", name="Allow")
    allow.wait_for()
    assert allow.evaluate("(button) => getComputedStyle(button).backgroundColor") == "rgb(10, 100, 102)"


def test_a_bundle_without_the_servers_address_rejects_with_a_gaze_error(
    sites: PluginSites, new_context: NewContext, bundle: str
) -> None:
    page = open_bundle(sites, new_context, bundle)
    asked = page.evaluate(CONNECT, {})
    silent = page.evaluate(CONNECT, {**WITHOUT_ASKING, "timeoutMs": 500})
    if bundle == "/iife":
        assert asked == silent
        assert asked.startswith("options: this copy of gaze.js does not know its server")
    else:
        assert asked.startswith("server: ")
        assert "does not send the styles" in asked
        assert silent.startswith("server: ")


@pytest.mark.parametrize("options", ["null", "7", "{ areas: [{ id: 1n, x: 1n }] }", "{ server: Symbol() }"])
def test_whatever_is_wrong_with_the_options_is_a_gaze_error(
    sites: PluginSites, new_context: NewContext, bundle: str, options: str
) -> None:
    page = open_bundle(sites, new_context, bundle)
    given = options if options in ("null", "7") else f"{{ ...{json.dumps(WITHOUT_ASKING)}, ...{options} }}"
    outcome = page.evaluate(f"({CONNECT})({given})")
    assert not outcome.startswith("no GazeError"), outcome
