"""The versions that `make serve` and `make test` install fit the ranges of pyproject.toml, for every Python."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


def pins(python: str) -> dict[str, str]:
    """Name and version of each line that holds on Linux with this Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in locked
        if one.marker is None or one.marker.evaluate(environment)
    }


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_has_a_version_that_fits_its_range(python: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = ("gpu", "train", "bench", "lsl", "cluster", "dev")
    texts = [*project["dependencies"], *(text for extra in extras for text in project["optional-dependencies"][extra])]
    locked = pins(python)
    for requirement in map(Requirement, texts):
        if requirement.name == "sightline-gaze":
            continue
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} has no version: run make lock"
        fits = requirement.specifier.contains(version, prereleases=True)
        assert fits, f"{requirement} is locked at {version}: run make lock"


def test_the_lock_has_one_version_for_each_package_and_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"https?://|file:|@", text)
    for python in PYTHONS:
        assert len(pins(python)) > 50


def test_what_the_tests_run_of_others_is_locked_too() -> None:
    lines = (ROOT / "tests/foreign/requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all("==" in line for line in lines if line and not line.startswith("#"))
