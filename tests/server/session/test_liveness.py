"""Input that has stopped: no frames any more, or a picture that stands still."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from calibration.fit import FitResult, fit_calibration
from models.face.camera import Region
from server.gaze.filters import OneEuroPointFilter
from server.inference.fingerprint import fingerprint
from server.inference.results import AnalyzedFrame
from server.protocol import requests as ask
from server.protocol.areas import ReportedArea, SetAreas
from server.session.actions import Action, LoadProfile
from server.session.liveness import FROZEN_MS, FROZEN_RECODED_MS, FrameWatch, PictureWatch
from server.session.session import Session
from tests.support.server import NOW_MS, SCREEN, analysis, frame, jpeg, samples
from tests.support.session import (
    GEOMETRY,
    Program,
    analyze_frame,
    gaze,
    published,
    replies,
    request,
    unpublished,
)

TICK_MS = 100.0


def silence_ms(watch: FrameWatch) -> float:
    """How long the watch waits before it reports silence, to the tick."""
    waited_ms = TICK_MS
    while not watch.tick(TICK_MS):
        waited_ms += TICK_MS
        assert waited_ms < 10_000.0
    return waited_ms


@pytest.mark.parametrize(
    ("interval_ms", "reported_ms"), [(33, 400), (100, 400), (200, 500), (333, 900), (1000, 2500), (4000, 3000)]
)
def test_silence_is_reported_after_some_intervals_of_the_camera(interval_ms: int, reported_ms: float) -> None:
    watch = FrameWatch()
    watch.frame()
    for _ in range(7):
        for _ in range(100):  # in hundredths, so that no tick is longer than the longest that counts
            watch.tick(interval_ms / 100)
        watch.frame()
    assert silence_ms(watch) == pytest.approx(reported_ms, abs=TICK_MS)


@pytest.mark.parametrize("frames_per_s", [2.6, 3.0, 5.0, 30.0])
def test_a_slow_camera_is_not_lost_between_its_frames(frames_per_s: float) -> None:
    watch = FrameWatch()
    watch.frame()
    for _ in range(20):
        elapsed_ms = 0.0
        while elapsed_ms < 1000.0 / frames_per_s:
            assert not watch.tick(10.0)
            elapsed_ms += 10.0
        watch.frame()


def test_before_the_first_frame_and_after_the_report_nothing_is_reported() -> None:
    watch = FrameWatch()
    assert not any(watch.tick(TICK_MS) for _ in range(100))
    watch.frame()
    assert silence_ms(watch) == 500.0
    assert watch.stop()
    assert not watch.stop()
    assert not any(watch.tick(TICK_MS) for _ in range(100))
    watch.frame()
    assert silence_ms(watch) <= 1500.0


def test_an_event_loop_that_was_busy_is_not_a_lost_camera() -> None:
    watch = FrameWatch()
    watch.frame()
    assert not watch.tick(5_000.0)


# Pictures.


def see(watch: PictureWatch, *pictures: bytes, step_ms: float = 33.0, face: bool = True, start: int = 0) -> list[bool]:
    found = []
    for i, picture in enumerate(pictures, start=start):
        grey = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
        result = AnalyzedFrame(
            frame(i + 1, NOW_MS + step_ms * i, picture),
            analysis(status="ok" if face else "no_face"),
            fingerprint=fingerprint(np.asarray(grey, np.uint8)),
        )
        found.append(watch.frozen(result))
    return found


def photograph(noise: float = 0.0, *, quality: int = 90, shift_px: float = 0.0) -> bytes:
    """A picture with edges, as a face has them. noise: standard deviation, grey levels."""
    y, x = np.mgrid[0:480, 0:640].astype(np.float32)
    image = 128.0 + 90.0 * np.sin((x - shift_px) / 25.0) * np.sin(y / 31.0)
    grey = image + np.random.default_rng(RNG.getrandbits(32)).normal(0.0, noise, image.shape) if noise else image
    return bytes(cv2.imencode(".jpg", np.clip(grey, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


RNG = random.Random(0)


@pytest.mark.parametrize("face", [True, False])
def test_a_picture_that_stands_still_for_a_second_is_frozen_until_it_changes(face: bool) -> None:
    watch, still, other = PictureWatch(), jpeg(), jpeg()
    n = int(FROZEN_MS / 33.0) + 1
    found = see(watch, *[still] * (n + 20), face=face)
    assert found == [False] * n + [True] * 20
    assert see(watch, other, still, start=n + 20, face=face) == [False, False]


def test_pixels_count_and_not_the_bytes_around_them() -> None:
    still = photograph()
    commented = [still[:2] + b"\xff\xfe\x00\x06" + b"%04d" % i + still[2:] for i in range(40)]
    assert len(set(commented)) == 40
    assert see(PictureWatch(), *commented)[-1]


def test_a_picture_that_was_encoded_again_is_the_same_picture() -> None:
    coded = [photograph(quality=85 + i % 11) for i in range(70)]
    found = see(PictureWatch(), *coded)
    assert found.index(True) == int(FROZEN_RECODED_MS / 33.0) + 1
    assert not any(see(PictureWatch(), *coded, face=False)), "an empty room hardly changes either"


def test_a_still_head_before_a_camera_without_noise_is_not_frozen() -> None:
    moving = [photograph(shift_px=0.1 * (i % 20)) for i in range(100)]
    assert not any(see(PictureWatch(), *moving))


def test_an_empty_room_with_a_sensors_noise_is_not_frozen() -> None:
    assert not any(see(PictureWatch(), *(photograph(noise=0.7) for _ in range(100)), face=False))


def test_another_region_says_nothing_about_the_picture() -> None:
    watch, still = PictureWatch(), jpeg()

    def look(i: int, region: Region, picture: bytes) -> bool:
        return watch.frozen(AnalyzedFrame(replace(frame(i, NOW_MS + 33.0 * i, picture), roi=region), analysis()))

    whole, face = Region(0, 0, 640, 480), Region(200, 100, 320, 240)
    assert [look(i, whole, still) for i in range(40)][-1]
    other = jpeg(0.4)
    assert [look(40 + i, face, other) for i in range(3)] == [True] * 3, "no proof yet that the camera is back"
    assert not look(43, face, jpeg(0.5))
    assert not any(look(44 + i, (whole, face)[i % 2], still) for i in range(60)), "no two frames can be compared"


def test_a_client_that_sends_few_frames_may_repeat_one() -> None:
    still = jpeg()
    assert see(PictureWatch(), *[still] * 4, step_ms=1_000.0) == [False, False, False, True]


# Sessions.


@pytest.fixture(scope="module")
def fit() -> FitResult:
    return FitResult(fit_calibration(samples(), SCREEN))


@pytest.fixture
def session(fit: FitResult) -> Session:
    """A calibrated one, whose person fixates a place in an area with dwell."""
    session = Session(session_id="s_1", rng=random.Random(0), point_filter=OneEuroPointFilter())
    request(session, GEOMETRY)
    area = ReportedArea("a", x=0.2, y=0.2, width=0.6, height=0.6, dwell_ms=5_000.0)
    request(session, SetAreas((area,), "screen"))
    session.profile_loaded(LoadProfile("Ada", SCREEN.key), fit.calibration, NOW_MS)
    for i in range(20):
        analyze_frame(session, i + 1, NOW_MS + 33.0 * i)
    return session


def silence(session: Session) -> list[tuple[str, Any]]:
    """All that is published within ten seconds without a frame."""
    return [message for i in range(100) for message in published(session.tick(TICK_MS, NOW_MS + 700.0 + TICK_MS * i))]


def ended(messages: list[tuple[str, Any]]) -> list[str]:
    return [topic for topic, message in messages if message.get("phase") == "end"]


@pytest.mark.parametrize(
    ("how", "status"),
    [
        (silence, "no_frames"),
        (lambda session: published(session.end(NOW_MS + 700.0)), "no_frames"),
        (lambda session: published(session.receive(ask.Pause(), None, NOW_MS)), "paused"),
        (lambda session: published(session.receive(ask.Pause(sending=False), None, NOW_MS)), "paused"),
    ],
    ids=["silence", "end of the session", "pause", "page that stops"],
)
def test_what_is_open_ends_at_the_last_frame_before_one_invalid_sample(
    session: Session, how: Callable[[Session], list[tuple[str, Any]]], status: str
) -> None:
    messages = [message for message in how(session) if message[0] not in ("paused", "resumed")]
    assert sorted(ended(messages)) == ["aoi", "dwell", "fixation"]
    last_ms = NOW_MS + 33.0 * 19
    assert all(message["timestamp"] == last_ms for _, message in messages if message.get("phase") == "end")
    (change,) = [message for topic, message in messages if topic == "status"]
    assert (change["status"], change["previous"]) == (status, "ok")
    (stopped,) = [message for topic, message in messages if topic == "gaze"]
    assert messages[-1] == ("gaze", stopped)
    assert [stopped[key] for key in ("status", "valid", "x", "y", "raw", "event")] == [status, False, *[None] * 4]
    assert stopped["timestamp"] == last_ms + 1.0
    assert stopped["seq"] == 21
    assert "head" not in stopped
    assert silence(session) == [], "once"
    assert published(session.end(NOW_MS)) == []


def test_frames_after_a_silence_continue_with_the_next_number(session: Session) -> None:
    silence(session)
    assert gaze(analyze_frame(session, 21, NOW_MS + 5_000.0))["seq"] == 21
    assert [message["status"] for topic, message in silence(session) if topic == "gaze"] == ["no_frames"]


def test_a_session_that_has_had_no_frame_says_nothing() -> None:
    session = Session(session_id="s_1", rng=random.Random(0), point_filter=OneEuroPointFilter())
    assert silence(session) == []
    assert published(session.end(NOW_MS)) == []


def test_a_frame_that_was_under_way_when_its_page_paused_gives_no_point(session: Session) -> None:
    session.receive(ask.Pause(sending=False), None, NOW_MS)
    assert gaze(analyze_frame(session, 21, NOW_MS + 700.0))["status"] == "paused"
    assert silence(session) == [], "the pause explains it"


def test_a_page_that_sends_again_does_not_end_a_pause_of_another_program(session: Session) -> None:
    assert replies(request(session, ask.Pause(), None, Program())) == [{"type": "paused"}]
    request(session, ask.Pause(sending=False))
    session.frame_received(frame(21, NOW_MS + 700.0))
    assert gaze(analyze_frame(session, 21, NOW_MS + 700.0))["status"] == "paused"
    request(session, ask.Resume(), None, Program())
    assert gaze(analyze_frame(session, 22, NOW_MS + 800.0))["status"] == "ok"


def test_the_first_frame_of_a_page_that_had_stopped_is_analysed(session: Session) -> None:
    request(session, ask.Pause(sending=False))
    session.frame_received(frame(21, NOW_MS + 700.0))
    assert gaze(analyze_frame(session, 21, NOW_MS + 700.0))["status"] == "ok"


def test_a_frozen_picture_gives_no_point_and_no_sample_of_a_target(session: Session) -> None:
    request(session, ask.CalibrationStart(None))
    request(session, ask.CalibrationPoint(4, NOW_MS + 1_000.0))
    still = jpeg()

    def show(i: int) -> list[Action]:
        shot = frame(21 + i, NOW_MS + 1_000.0 + 33.0 * i, still)
        return unpublished(session.frame_analyzed(AnalyzedFrame(shot, analysis()), NOW_MS + 1_000.0 + 33.0 * i))

    shown = [show(i) for i in range(60)]
    statuses = [gaze(actions[:1])["status"] for actions in shown]
    assert statuses == ["ok"] * 31 + ["frozen"] * 29
    frozen = gaze(shown[-1][:1])
    assert (frozen["x"], frozen["confidence"], "head" in frozen) == (None, 0.0, False)
    assert frozen["face"]["box"], "the page needs it to send the same region"
    counts = [replies(actions)[0]["n_valid"] for actions in shown[:50]]
    assert 0 < counts[30] == counts[-1] < 15
