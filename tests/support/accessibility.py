"""What a screen reader and a keyboard get from a page."""

from __future__ import annotations

import itertools
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCHEMES: list[dict[str, Any]] = [
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "active"},
]

# Before a page is opened: each change of the text of a live region, as [region, unix ms, text], also in shadow trees.
LIVE_CHANGES = """
(() => {
  window.liveChanges = [];
  const LIVE = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], [role=timer], output";
  const attach = Element.prototype.attachShadow;
  const watch = (root) => new MutationObserver((records) => {
    const seen = new Set();
    for (const { target, type } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      const region = element?.closest(LIVE);
      if (region) seen.add(region);
    }
    for (const region of seen) {
      if (region.textContent === (region.said ?? "")) continue;
      region.said = region.textContent;
      window.liveChanges.push([region.id || region.className, Date.now(), region.textContent]);
    }
  }).observe(root, { subtree: true, childList: true, characterData: true });
  watch(document);
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    watch(root);
    return root;
  };
})();
"""


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is shown now. The schemes differ in their colours only."""
    found: list[str] = []
    for scheme in SCHEMES:
        options = {"resultTypes": ["violations"], **({} if scheme is SCHEMES[0] else {"runOnly": ["color-contrast"]})}
        page.emulate_media(reduced_motion="reduce", **scheme)  # no colour is measured in the middle of a change
        name = " ".join(scheme.values())
        for violation in Axe().run(page, options=options).response["violations"]:
            found += [f"{name}: {violation['id']}: {node['html'][:160]}" for node in violation["nodes"]]
    page.emulate_media(color_scheme="light", forced_colors="none", reduced_motion="no-preference")
    return found


def live_changes(page: Page) -> list[tuple[str, float, str]]:
    """region, unix ms and text of each change; needs LIVE_CHANGES."""
    return [(region, time_ms, text) for region, time_ms, text in page.evaluate("window.liveChanges")]


def shortest_interval_s(changes: list[tuple[str, float, str]]) -> float:
    """Between two changes of the same region; infinite if none changed twice."""
    by_region: dict[str, list[float]] = {}
    for region, time_ms, _ in changes:
        by_region.setdefault(region, []).append(time_ms)
    gaps = [b - a for times in by_region.values() for a, b in itertools.pairwise(times)]
    return min(gaps, default=float("inf")) / 1000.0
