"""Which releases a user's pip installs for each Python and system: `python -m tests.support.resolution`.

pip resolves the dependencies of pyproject.toml with wheels only, and installs nothing. It needs a package index, so no
test runs it. The exit status is 1 if a Python or a system has no solution. Markers such as `sys_platform` are evaluated
for the machine that runs this; the wheels are those of the named system.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pip._vendor import tomli

from tests.support.paths import ROOT

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
MANYLINUX = ("2_28", "2_27", "2_26", "2_24", "2_17", "2_12", "2_5")
SYSTEMS = {
    "Linux, x86-64": [f"manylinux_{version}_x86_64" for version in MANYLINUX] + ["manylinux2014_x86_64"],
    "Linux, ARM": [f"manylinux_{version}_aarch64" for version in ("2_35", "2_34", "2_31", *MANYLINUX)]
    + ["manylinux2014_aarch64"],
    "macOS, Apple": [f"macosx_{version}_0_{kind}" for version in range(11, 16) for kind in ("arm64", "universal2")],
    "Windows, x86-64": ["win_amd64"],
}
SHOWN = ("numpy", "opencv-python-headless", "openvino")
UNWANTED = ("mediapipe", "jaxlib", "protobuf", "opencv-contrib-python", "torch")


def main() -> int:
    project = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    failed = False
    for system, tags in SYSTEMS.items():
        for python in PYTHONS:
            found = resolved(project["dependencies"], python, tags)
            unwanted = [] if found is None else [name for name in UNWANTED if name in found]
            failed = failed or found is None or bool(unwanted)
            versions = "no solution" if found is None else ", ".join(f"{name} {found[name]}" for name in SHOWN)
            print(
                f"{system:16} {python:5} {versions}{' UNWANTED: ' if unwanted else ''}{', '.join(unwanted)}", flush=True
            )
    return int(failed)


def resolved(requirements: list[str], python: str, tags: list[str]) -> dict[str, str] | None:
    """Name and version of each package that pip would install; None if there is no solution."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"),
                *("--only-binary=:all:", "--python-version", python, "--target", folder, "--report", str(report)),
                *(part for tag in tags for part in ("--platform", tag)),
                *requirements,
            ],
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            return None
        packages = [package["metadata"] for package in json.loads(report.read_text(encoding="utf-8"))["install"]]
    return {re.sub(r"[-_.]+", "-", package["name"]).lower(): package["version"] for package in packages}


if __name__ == "__main__":
    raise SystemExit(main())
