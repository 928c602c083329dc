from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import pytest

from models.analysis import AnalyzedPicture
from models.face.camera import CameraIntrinsics
from models.face.tracking import Picture
from server.errors import FrameUndecodable
from server.inference.engine import Engine, decode_picture
from server.inference.jobs import Analyze, Analyzed, Broken, Count, Counted, Prepare, Prepared, Undecodable
from tests.support.server import NOW_MS, OWN_FACE, ColourAnalyzer, StaticFaceFinder, jpeg
from tests.support.times import WAIT_S

CAMERA = CameraIntrinsics.from_field_of_view(64, 48)
ANALYZE = Analyze(64, 48, CAMERA, NOW_MS, None)


def test_a_picture_becomes_rgb() -> None:
    image = decode_picture(jpeg(1.0, 0.0, 0), 64, 48)
    assert (image.shape, image.dtype) == ((48, 64, 3), np.uint8)
    red, green, blue = image.mean(axis=(0, 1))
    assert red > 240
    assert max(green, blue) < 15


def test_a_grey_picture_becomes_rgb_too() -> None:
    _, encoded = cv2.imencode(".jpg", np.full((10, 20), 77, np.uint8))
    assert decode_picture(encoded.tobytes(), 20, 10).shape == (10, 20, 3)


def test_a_cut_off_picture_is_refused() -> None:
    whole = jpeg(width=320, height=240)
    with pytest.raises(FrameUndecodable, match="cut off"):
        decode_picture(whole[: len(whole) // 2], 320, 240)


def test_a_picture_with_a_valid_header_and_broken_data_is_refused() -> None:
    whole = jpeg(width=320, height=240)
    header = whole[: whole.index(b"\xff\xc0") + 19]
    with pytest.raises(FrameUndecodable):
        decode_picture(header + b"rubbish" * 50 + b"\xff\xd9", 320, 240)


def test_a_picture_of_another_size_than_its_header_is_refused() -> None:
    with pytest.raises(FrameUndecodable, match="differs from the size"):
        decode_picture(jpeg(), 10, 10)


def test_a_batch_mixes_frames_and_overviews_and_each_outcome_is_at_the_place_of_its_job() -> None:
    analyzer, decoding = ColourAnalyzer(), list[Any]()
    engine = Engine(analyzer, StaticFaceFinder())
    outcomes = engine.run(
        [ANALYZE, Count(64, 48), ANALYZE, ANALYZE, Prepare(4)],
        [jpeg(0.2, 0.5), jpeg(), jpeg()[:-2], jpeg(0.8, 0.5), b""],
        decoding.append,
    )
    left, counted, broken, right, prepared = outcomes
    assert isinstance(left, Analyzed)
    assert isinstance(right, Analyzed)
    assert left.analysis.features is not None
    assert right.analysis.features is not None
    assert left.analysis.features.yaw_rad < 0.0 < right.analysis.features.yaw_rad
    assert left.track is not None
    assert counted == Counted((OWN_FACE,))
    assert prepared == Prepared()
    assert isinstance(broken, Undecodable)
    assert len(analyzer.pictures) == 2  # in one call
    assert decoding == [0, 1, 2, 3, None]


def test_frames_go_on_one_by_one_while_the_networks_are_compiled_for_a_larger_batch() -> None:
    begun, may_end, batches = threading.Event(), threading.Event(), list[int]()

    class Slow(ColourAnalyzer):
        def warm_up(self, count: int) -> None:
            begun.set()
            may_end.wait(WAIT_S)

        def analyze(self, pictures: Sequence[Picture]) -> list[AnalyzedPicture]:
            batches.append(len(pictures))
            return super().analyze(pictures)

    engine = Engine(Slow(), StaticFaceFinder())
    assert engine.run([Prepare(4)], [b""]) == [Prepared()]
    assert begun.wait(WAIT_S)
    during = engine.run([ANALYZE] * 4, [jpeg(0.5, 0.5)] * 4)
    may_end.set()
    for thread in engine.compiling:
        thread.join(WAIT_S)
    afterwards = engine.run([ANALYZE] * 4, [jpeg(0.5, 0.5)] * 4)
    assert [type(outcome) for outcome in during + afterwards] == [Analyzed] * 8
    assert batches == [1, 1, 1, 1, 4]


def test_a_bug_with_one_picture_does_not_spoil_the_others_of_its_batch() -> None:
    class Picky(ColourAnalyzer):
        def analyze(self, pictures: Sequence[Picture]) -> list[AnalyzedPicture]:
            if any(picture.captured_ms == 0.0 for picture in pictures):
                raise ZeroDivisionError("a bug of ours")
            return super().analyze(pictures)

    bad = Analyze(64, 48, CAMERA, 0.0, None)
    good, broken, too = Engine(Picky(), StaticFaceFinder()).run([ANALYZE, bad, ANALYZE], [jpeg()] * 3)
    assert isinstance(broken, Broken)
    assert "a bug of ours" in broken.traceback
    assert isinstance(good, Analyzed)
    assert isinstance(too, Analyzed)


def test_a_bug_of_the_finder_is_an_outcome() -> None:
    class Lost(StaticFaceFinder):
        def find(self, image: Any) -> Any:
            raise ZeroDivisionError("a bug of ours")

    (broken,) = Engine(ColourAnalyzer(), Lost()).run([Count(64, 48)], [jpeg()])
    assert isinstance(broken, Broken)


def test_warming_up_runs_the_analyzer_and_the_finder_once() -> None:
    analyzer, finder = ColourAnalyzer(), StaticFaceFinder()
    Engine(analyzer, finder).warm_up()
    assert (analyzer.warmed_up, finder.n_searches) == ([1], 1)
