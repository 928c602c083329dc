"""The renderer's commands: they continue after a stop, share the work, and give the same bytes for the same seed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.synthetic import __main__ as cli
from models.synthetic import renderer, samples
from models.synthetic.assets import Assets
from models.synthetic.runs import FILE, RunError, claim
from tests.support.synthetic_faces import FEW_ASSETS, BlankFaceRenderer, needs_assets
from tests.support.times import seconds


class StoppedError(Exception):
    """Raised in place of Ctrl+C."""


class ShadedFaces(BlankFaceRenderer):
    """Draws pictures that differ by person and gaze. It stops before a given picture."""

    stop_before: int | None = None

    def begin(self, person: Any, *rest: Any) -> Any:
        self._shade = person.albedo
        return super().begin(person, *rest)

    def draw(self, shapes: Any, target: Any) -> Any:
        if self.drawn == self.stop_before:
            raise StoppedError
        light, eyes = super().draw(shapes, target)
        return light * np.float32(self._shade + 0.01 * target[0] % 1), eyes


@pytest.fixture(autouse=True)
def _no_opengl(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "needs_opengl" in request.keywords:
        return
    monkeypatch.setattr(cli, "load_assets", lambda path: FEW_ASSETS)
    monkeypatch.setattr(renderer, "Renderer", lambda assets, size_px: ShadedFaces())
    monkeypatch.setattr(samples, "PEOPLE_PER_CHUNK", 2)
    monkeypatch.setattr(ShadedFaces, "stop_before", None)


def render(out: Path, *arguments: str) -> dict[str, bytes]:
    """Run the command. -> all files by name."""
    assert cli.main(["samples", "--out", str(out), *arguments]) == 0
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def test_the_same_seed_gives_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    first, again, other = (
        render(tmp_path / n, "--people", "3", "--seed", s) for n, s in (("a", "1"), ("b", "1"), ("c", "2"))
    )
    assert first == again
    pictures = [name for name in first if name.endswith(".jpg")]
    assert len(pictures) >= 15
    assert all(other.get(name) != first[name] for name in pictures)


def test_a_run_that_was_stopped_goes_on_to_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = render(tmp_path / "whole", "--people", "5", "--heads", "1")
    monkeypatch.setattr(ShadedFaces, "stop_before", 17)
    with pytest.raises(StoppedError):
        render(tmp_path / "stopped", "--people", "5", "--heads", "1")
    stopped = sorted(path.name for path in (tmp_path / "stopped").glob("labels*"))
    assert stopped == ["labels_0000.json"]
    monkeypatch.setattr(ShadedFaces, "stop_before", None)
    assert render(tmp_path / "stopped", "--people", "5", "--heads", "1") == whole


def test_more_people_are_added_to_a_run_that_ended(tmp_path: Path) -> None:
    whole = render(tmp_path / "whole", "--people", "4", "--heads", "1")
    render(tmp_path / "grown", "--people", "1", "--heads", "1")
    assert render(tmp_path / "grown", "--people", "4", "--heads", "1") == whole


def test_workers_share_the_people(tmp_path: Path) -> None:
    whole = render(tmp_path / "whole", "--people", "5", "--heads", "1")
    del whole[FILE]  # written by the process that starts the workers
    part = render(tmp_path / "shared", "--people", "5", "--heads", "1", "--workers", "2", "--worker", "1")
    assert {name[:6] for name in part if name.endswith(".jpg")} == {"000002", "000003"}
    assert render(tmp_path / "shared", "--people", "5", "--heads", "1", "--workers", "2", "--worker", "0") == whole


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--seed", "2"], "seed is 0 there, 2 here"),
        (["--size", "100"], "size is 224 there, 100 here"),
        (["--heads", "3"], "heads is None there, 3 here"),
        (["--glasses", "glare"], "glasses is 'simple' there, 'glare' here"),
        (["--looks", "varied"], "looks is 'usual' there, 'varied' here"),
    ],
)
def test_a_folder_of_another_run_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    before = render(tmp_path, "--people", "1")
    assert cli.main(["samples", "--out", str(tmp_path), "--people", "3", *arguments]) == 1
    assert reason in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_rendered_with_other_assets_or_by_another_command_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    render(tmp_path, "--people", "1")
    assert cli.main(["sessions", "--out", str(tmp_path), "--people", "1"]) == 1
    assert "command is 'samples' there" in capsys.readouterr().err
    darker = Assets({**FEW_ASSETS, "skins": FEW_ASSETS["skins"] - 1})
    monkeypatch.setattr(cli, "load_assets", lambda path: darker)
    assert cli.main(["samples", "--out", str(tmp_path), "--people", "1"]) == 1
    assert "assets is" in capsys.readouterr().err


def test_a_folder_from_before_runs_were_written_down_is_known_by_its_labels(tmp_path: Path) -> None:
    render(tmp_path, "--people", "1", "--seed", "4")
    (tmp_path / FILE).unlink()
    with pytest.raises(RunError, match="seed is 4 there, 5 here"):
        claim(tmp_path, {"command": "samples", "seed": 5})
    with pytest.raises(RunError, match="glasses is 'simple' there, 'mixed' here"):
        claim(tmp_path, {"command": "samples", "seed": 4, "glasses": "mixed"})
    claim(tmp_path, {"command": "samples", "seed": 4})
    assert json.loads((tmp_path / FILE).read_text()) == {"command": "samples", "seed": 4}


def test_a_worker_that_is_killed_makes_the_command_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = iter([0, -9])

    class Worker:
        def __init__(self, command: list[str]) -> None:
            self._end = next(ends)

        def wait(self) -> int:
            return self._end

    monkeypatch.setattr(cli.subprocess, "Popen", Worker)
    assert cli._start_workers(2, ["samples"]) != 0


def test_a_contact_sheet_has_a_row_for_each_person(tmp_path: Path) -> None:
    out = tmp_path / "sheet.jpg"
    assert cli.main(["sheet", "--out", str(out), "--people", "3"]) == 0
    sheet = cv2.imread(str(out))
    assert sheet.shape == (3 * 16, samples.GAZES * 16, 3)
    rows = sheet.reshape(3, 16, -1).mean(axis=(1, 2))
    assert len(set(rows.round(3))) == 3


@needs_assets
@pytest.mark.slow
@pytest.mark.needs_opengl
def test_two_processes_render_the_same_bytes(tmp_path: Path) -> None:
    """A person's pictures do not depend on the people rendered before."""
    command = ["samples", "--seed", "7", "--heads", "1", "--size", "96"]
    assert cli._start_workers(1, [*command, "--out", str(tmp_path / "a"), "--people", "3"]) == 0
    assert cli._start_workers(1, [*command, "--out", str(tmp_path / "b"), "--people", "2"]) == 0
    labels = [json.loads((tmp_path / name / "labels_0000.json").read_text()) for name in "ab"]
    assert len(labels[1]) == 10
    assert labels[0][:10] == labels[1]
    for label in labels[1]:
        first, second = ((tmp_path / name / label["file"]).read_bytes() for name in "ab")
        assert first == second, label["file"]


PICTURES = """
from sys import argv
from models.synthetic.assets import load_assets
from models.synthetic.renderer import Renderer
from models.synthetic.samples import samples_of
assets = load_assets(None)
for sample in samples_of(int(argv[1]), int(argv[2]), Renderer(assets, 224), assets):
    print(sample.picture.mean())
"""


def brightness_of(person: int, seed: int) -> list[float]:
    """The mean grey level of each picture, drawn by another process that can be ended."""
    command = [sys.executable, "-c", PICTURES, str(person), str(seed)]
    made = subprocess.run(command, check=True, timeout=seconds(200), capture_output=True, text=True)
    return [float(line) for line in made.stdout.split()]


@needs_assets
@pytest.mark.slow
@pytest.mark.needs_opengl
@pytest.mark.parametrize(("person", "seed"), [(0, 1000003), (2437, 0)])
def test_a_triangle_seen_edge_on_does_not_keep_the_renderer_busy_for_ever(person: int, seed: int) -> None:
    """One hair of the first is so thin that a pixel's footprint holds a million textures, of the second hundreds."""
    assert len(brightness_of(person, seed)) in (samples.GAZES, 3 * samples.GAZES)


@needs_assets
@pytest.mark.slow
@pytest.mark.needs_opengl
def test_a_lens_that_faces_the_camera_leaves_no_broken_pixel() -> None:
    """A glance of this person's lens has a cosine a little above 1; one broken pixel blackens the whole picture."""
    assert min(brightness_of(2022, 0)) > 20
