import json
import subprocess
import sys
from pathlib import Path

import pytest

from models.synthetic import bench
from models.synthetic.assets import VARIABLE
from models.synthetic.bench import Count, Stages, people_of, rates, table
from tests.support.synthetic_faces import needs_assets
from tests.support.times import seconds


def test_a_stage_gets_the_time_since_the_one_before() -> None:
    clock = iter([10.0, 10.5, 10.6, 11.6])
    stages = Stages(lambda: next(clock))
    for stage in ("mesh", "skin", "mesh"):
        stages.done(stage)
    assert stages.total_ms == {"mesh": pytest.approx(1500), "skin": pytest.approx(100)}


def test_rates_of_workers_add_up_by_the_clock_and_by_cpu_time() -> None:
    lines = rates([Count(100, 20.0, 10.0), Count(60, 20.0, 12.0)])
    assert lines[0].startswith("160 labelled pictures by 2 workers")
    assert "8.0 a second" in lines[1]
    assert "15.0 a second" in lines[2]


def test_the_table_shares_out_a_picture_s_time() -> None:
    lines = table({"mesh": 30.0, "reading back": 10.0}).splitlines()
    assert lines[1].split() == ["mesh", "30.0", "75%"]
    assert lines[-1].split() == ["all", "40.0", "100%"]


def test_workers_render_different_people() -> None:
    assert not set(people_of(0, 5)) & set(people_of(1, 5))


def test_without_assets_the_bench_says_how_to_build_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert bench.main(["--assets", str(tmp_path / "no")]) == 1
    assert "build_assets.md" in capsys.readouterr().err


@needs_assets
@pytest.mark.slow
def test_every_stage_of_a_picture_is_timed() -> None:
    command = [sys.executable, "-m", "models.synthetic.bench", "--size", "64", "--worker", "stages"]
    stages = json.loads(
        subprocess.run(command, check=True, timeout=seconds(300), capture_output=True, text=True).stdout
    )
    expected = {"person, place, eyelids", "lights", "mesh", "shadows", "backdrop", "skin", "eyes", "hair, lashes"}
    assert expected | {"reading back", "webcam, label", "JPEG"} <= set(stages)
    assert all(ms > 0 for ms in stages.values())
