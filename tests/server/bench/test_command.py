from __future__ import annotations

from pathlib import Path

import pytest

from server.bench import __main__ as bench
from server.bench import camera as bench_camera
from server.protocol.frames import jpeg_size, parse_frame
from tests.support.server import jpeg


def test_the_server_accepts_the_frames_of_the_bench() -> None:
    message = parse_frame(bench_camera.frame_message(7, jpeg(width=64, height=48)))
    assert (message.seq, message.full_width_px, message.full_height_px) == (7, 64, 48)


def test_overviews_have_the_size_and_rate_that_the_server_requests() -> None:
    picture = jpeg(width=640, height=480)
    overviews = bench_camera.Overviews({"overview": {"every_ms": 1000.0, "side_px": 320}}, [picture])
    assert overviews.due(0.0)
    message = parse_frame(overviews.message(7, 3, jpeg_size(picture), 0.0))
    assert (message.overview, message.is_whole, message.full_width_px, message.jpeg_size.width_px) == (
        True,
        True,
        640,
        320,
    )
    assert not overviews.due(0.9)
    assert overviews.due(1.0)
    overviews.wait_ms = 300.0
    assert overviews.due(0.3)
    assert not bench_camera.Overviews({"overview": None}, [picture]).due(1e9)


def test_a_folder_without_pictures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--frames", str(tmp_path)]) == 2
    assert "there is no .jpg" in capsys.readouterr().err
