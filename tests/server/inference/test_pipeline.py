from __future__ import annotations

import threading
from typing import Any

import cv2
import numpy as np
import pytest

from models.face.camera import Region
from server.errors import FrameUndecodable
from server.inference.pipeline import Pipeline, decode_frame
from server.inference.results import AnalyzeFrame, CountFaces
from server.protocol.frames import FrameMessage, JpegSize, parse_frame
from tests.support.server import NOW_MS, OWN_FACE, ColourAnalyzer, StaticFaceFinder, frame_bytes, jpeg


def parsed(picture: bytes, **changed: Any) -> FrameMessage:
    return parse_frame(frame_bytes(picture=picture, captured_ms=NOW_MS, **changed))


def test_a_picture_becomes_rgb() -> None:
    image = decode_frame(parsed(jpeg(1.0, 0.0, 0)))
    assert (image.shape, image.dtype) == ((48, 64, 3), np.uint8)
    red, green, blue = image.mean(axis=(0, 1))
    assert red > 240
    assert max(green, blue) < 15


def test_a_grey_picture_becomes_rgb_too() -> None:
    _, encoded = cv2.imencode(".jpg", np.full((10, 20), 77, np.uint8))
    assert decode_frame(parsed(encoded.tobytes())).shape == (10, 20, 3)


def test_a_cut_off_picture_is_refused() -> None:
    whole = jpeg(width=320, height=240)
    with pytest.raises(FrameUndecodable, match="cut off"):
        decode_frame(parsed(whole[: len(whole) // 2]))


def test_a_picture_with_a_valid_header_and_broken_data_is_refused() -> None:
    whole = jpeg(width=320, height=240)
    header = whole[: whole.index(b"\xff\xc0") + 19]
    with pytest.raises(FrameUndecodable):
        decode_frame(parsed(header + b"rubbish" * 50 + b"\xff\xd9"))


def test_a_picture_of_another_size_than_its_header_is_refused() -> None:
    message = FrameMessage(1, NOW_MS, Region(0, 0, 1, 1), 1, 1, jpeg(), JpegSize(10, 10))
    with pytest.raises(FrameUndecodable, match="differs from the size"):
        decode_frame(message)


def test_the_intrinsics_are_those_of_the_part_that_was_sent() -> None:
    analyzer = ColourAnalyzer()
    pipeline = Pipeline(create_analyzer=lambda: analyzer, create_finder=StaticFaceFinder, hfov_deg=65.0)
    message = parsed(jpeg(width=160, height=120), x=320, y=120, width=320, height=240, full_width=1280, full_height=720)
    stream = pipeline.open_stream()
    for hfov_deg in (None, 90.0):
        pipeline.analyze(stream, AnalyzeFrame(message, hfov_deg=hfov_deg)).result(10)
    pipeline.close()
    default, wide = (picture.intrinsics for picture in analyzer.pictures)
    assert wide.fx == pytest.approx(640.0 * 0.5)  # tan(45 deg) = 1; the picture has half the region's size
    assert (wide.cx, wide.cy) == ((640.0 - 320.0) * 0.5, (360.0 - 120.0) * 0.5)
    assert default.fx > wide.fx


def test_all_sessions_share_one_inference_thread_and_one_analyzer_and_each_has_its_own_track() -> None:
    threads: set[int] = set()
    made: list[ColourAnalyzer] = []

    class Watching(ColourAnalyzer):
        def analyze(self, *arguments: Any) -> Any:
            threads.add(threading.get_ident())
            return super().analyze(*arguments)

    def create() -> ColourAnalyzer:
        made.append(Watching())
        return made[-1]

    pipeline = Pipeline(create_analyzer=create, create_finder=StaticFaceFinder, hfov_deg=65.0)
    streams = [pipeline.open_stream(), pipeline.open_stream()]
    commands = [
        AnalyzeFrame(parse_frame(frame_bytes(picture=jpeg(), captured_ms=NOW_MS + i)), hfov_deg=None) for i in range(6)
    ]
    found = [pipeline.analyze(stream, command) for stream, command in zip(streams * 3, commands, strict=True)]
    assert all(future.result(10).analysis is not None for future in found)
    pipeline.close()
    assert len(threads) == 1
    (analyzer,) = made
    before = [picture.before for picture in analyzer.pictures]
    assert [track is None for track in before] == [True, True, False, False, False, False]
    assert [track.captured_ms - NOW_MS for track in before if track is not None] == [0, 1, 2, 3]


def test_a_broken_picture_is_a_result_with_its_problem() -> None:
    pipeline = Pipeline(create_analyzer=ColourAnalyzer, create_finder=StaticFaceFinder, hfov_deg=65.0)
    command = AnalyzeFrame(parsed(jpeg()[:-2]), hfov_deg=None)
    result = pipeline.analyze(pipeline.open_stream(), command).result(10)
    pipeline.close()
    assert result.analysis is None
    assert result.problem is not None


def test_warming_up_runs_the_analyzer_and_the_finder_once() -> None:
    analyzer, finder = ColourAnalyzer(), StaticFaceFinder()
    pipeline = Pipeline(create_analyzer=lambda: analyzer, create_finder=lambda: finder, hfov_deg=65.0)
    pipeline.warm_up().result(10)
    pipeline.close()
    assert (len(analyzer.pictures), finder.n_searches) == (1, 1)


def test_one_finder_of_faces_serves_all_sessions() -> None:
    made: list[StaticFaceFinder] = []

    def create() -> StaticFaceFinder:
        made.append(StaticFaceFinder())
        return made[-1]

    pipeline = Pipeline(create_analyzer=ColourAnalyzer, create_finder=create, hfov_deg=65.0)
    counted = [pipeline.count_faces(CountFaces(parsed(jpeg(), flags=1))).result(10) for _ in range(2)]
    broken = pipeline.count_faces(CountFaces(parsed(jpeg()[:-2], flags=1))).result(10)
    pipeline.close()
    assert [found.boxes for found in counted] == [(OWN_FACE,)] * 2
    assert broken.boxes is None
    assert len(made) == 1
