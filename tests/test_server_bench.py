from __future__ import annotations

from pathlib import Path

import pytest

from server import bench
from server.messages import parse_frame
from tests.server_kit import jpeg


def test_the_bench_sends_what_the_server_takes() -> None:
    message = parse_frame(bench._frame(7, jpeg(width=64, height=48)))
    assert (message.seq, message.full_width_px, message.full_height_px) == (7, 64, 48)


def test_a_folder_without_pictures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--frames", str(tmp_path)])
    assert "there is no .jpg" in capsys.readouterr().err
