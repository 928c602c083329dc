from __future__ import annotations

import msgspec
import numpy as np
import pytest

from models.analysis import NO_FACE
from models.face.camera import CameraIntrinsics
from models.face.tracking import FaceTrack
from server.inference import jobs
from tests.support.server import NOW_MS, OWN_FACE, analysis

CAMERA = CameraIntrinsics.from_field_of_view(640, 480)
TRACK = FaceTrack(np.arange(956, dtype=np.float32).reshape(478, 2), np.zeros(2, np.float32), (640, 480), CAMERA, NOW_MS)


def test_jobs_arrive_as_they_were_sent() -> None:
    batch = [
        jobs.Placed(jobs.Analyze(640, 480, CAMERA, NOW_MS, TRACK), 50_000),
        jobs.Placed(jobs.Analyze(640, 480, CAMERA, NOW_MS, None), 1),
        jobs.Placed(jobs.Count(320, 240), 2),
        jobs.Placed(jobs.Prepare(4), 0),
    ]
    first, *others = jobs.decode_jobs(jobs.encode(batch))
    assert others == batch[1:]
    assert isinstance(first.job, jobs.Analyze)
    assert first.job.before is not None
    assert (first.job.before.points_px == TRACK.points_px).all()
    assert (first.job.before.intrinsics, first.job.before.image_px) == (CAMERA, (640, 480))


def test_outcomes_arrive_as_they_were_sent() -> None:
    sent = analysis(0.3, 0.7)
    outcomes = [
        jobs.Analyzed(sent, TRACK),
        jobs.Analyzed(NO_FACE, None),
        jobs.Counted((OWN_FACE, OWN_FACE)),
        jobs.Undecodable("cut off"),
        jobs.Prepared(),
        jobs.Broken("traceback"),
        jobs.Lost(),
    ]
    first, *others = jobs.decode_outcomes(jobs.encode(outcomes))
    assert others == outcomes[1:]
    assert isinstance(first, jobs.Analyzed)
    got, wanted = first.analysis, sent
    assert (got.status, got.face_box, got.eye_points) == (wanted.status, wanted.face_box, wanted.eye_points)
    assert got.features is not None
    assert wanted.features is not None
    for name, block in wanted.features.blocks().items():
        assert (got.features.blocks()[name] == block).all(), name
        assert got.features.blocks()[name].dtype == np.float32


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", msgspec.msgpack.encode([{"type": "Dance"}]), msgspec.msgpack.encode({"type": "Lost"})],
    ids=["empty", "no msgpack", "unknown", "no list"],
)
def test_an_answer_that_is_not_one_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises((msgspec.ValidationError, msgspec.DecodeError)):
        jobs.decode_outcomes(data)


def test_an_array_with_another_size_than_it_says_is_refused() -> None:
    values = msgspec.msgpack.decode(jobs.encode([jobs.Analyzed(NO_FACE, TRACK)]))
    values[0]["track"]["points_px"][0] = [1000, 1000]
    with pytest.raises(msgspec.ValidationError):
        jobs.decode_outcomes(msgspec.msgpack.encode(values))
