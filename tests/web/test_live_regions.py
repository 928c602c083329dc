"""Live regions are written by ui/live.js only, which limits how often their text changes."""

from __future__ import annotations

import re

from tests.support.paths import ROOT

WEB = ROOT / "web"
LIVE = re.compile(r"aria-?live|\brole[\"']?[=:]\s*[\"'](status|alert|log|timer)|<output|h\(\"output", re.IGNORECASE)
ALLOWED = {
    "index.html": [
        '<p id="live" class="unseen" aria-live="polite"></p>',
        '<p id="urgent" class="unseen" role="alert"></p>',
    ],
    "plugin/dialog.js": ['#live = h("p", { className: "unseen", ariaLive: "polite" });'],
    "lab/index.html": ['<p id="live" class="unseen" aria-live="polite"></p>'],
    "study/index.html": [
        '<p id="live" class="unseen" aria-live="polite"></p>',
        '<p id="urgent" class="unseen" role="alert"></p>',
    ],
    "example/index.html": ['<p id="live" class="unseen" aria-live="polite"></p>'],
}


def test_no_other_element_is_a_live_region() -> None:
    found: dict[str, list[str]] = {}
    for path in sorted(WEB.rglob("*")):
        if path.suffix in (".js", ".html"):
            lines = [line.strip() for line in path.read_text().splitlines() if LIVE.search(line)]
            if lines:
                found[path.relative_to(WEB).as_posix()] = lines
    assert found == ALLOWED
