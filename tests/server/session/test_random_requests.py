"""A session under a client that sends random requests, with a clock that is sometimes set:
no exception, no gap in `seq`, nothing that the schema of gaze.v1 does not allow.
"""

from __future__ import annotations

import itertools
import json
import random

import pytest

from calibration.fit import FitResult, fit_calibration
from server.gaze.filters import OneEuroPointFilter
from server.inference.results import AnalyzedFrame, CountedFaces
from server.protocol import requests
from server.protocol.areas import ReportedArea, SetAreas
from server.protocol.gaze import Gaze
from server.protocol.geometry import Rect
from server.protocol.subscriber_view import Projection
from server.session.actions import Action, FitCalibration, LoadProfile, Publish, Reply, ToPage
from server.session.session import Session
from server.streaming.hub import Message
from tests.support.gaze_messages import as_read
from tests.support.schema import VALIDATOR
from tests.support.server import NOW_MS, SCREEN, analysis, frame, samples

VIEWPORT = Rect(0.0, 0.0, 500.0, 500.0)
AREAS = (
    ReportedArea("a", x_px=0.0, y_px=0.0, width_px=500.0, height_px=250.0, dwell_ms=300.0, repeat=True),
    ReportedArea("b", x_px=400.0, y_px=0.0, width_px=300.0, height_px=500.0),
)
STEPS_MS = (33.0, 33.0, 33.0, 33.0, 0.0, 1.0, -7.0, -40.0, 400.0, -5_000.0, 2_000.0, 1e6, -1e7)


@pytest.fixture(scope="module")
def fit() -> FitResult:
    return FitResult(fit_calibration(samples(), SCREEN))


class Client:
    """Sends requests and frames in random order."""

    def __init__(self, seed: int, fit: FitResult) -> None:
        self.rng = random.Random(seed)
        self.fit = fit
        self.session = Session(session_id="s_1", rng=self.rng, point_filter=OneEuroPointFilter())
        self.now_ms = NOW_MS
        self.seq = 0
        self.say(
            requests.Geometry(requests.ScreenSize(SCREEN.width_px, SCREEN.height_px), viewport=VIEWPORT, hfov_deg=70.0)
        )
        self.say(SetAreas(AREAS, "screen"))

    def say(self, body: requests.SessionRequest) -> list[Action]:
        return self.session.receive(body, None, self.now_ms)

    def does(self) -> list[Action]:
        rng, now_ms = self.rng, self.now_ms
        self.now_ms = max(now_ms + rng.choice(STEPS_MS), 0.0)
        what = rng.random()
        if what < 0.05:
            return self.say(rng.choice(self._requests(now_ms)))
        if what < 0.10:
            return self.say(requests.CalibrationPoint(rng.randrange(10), now_ms - rng.choice((0.0, 800.0, 3_000.0))))
        if what < 0.12:
            return self.session.tick(rng.choice((20.0, 100.0, 5_000.0)), now_ms)
        if what < 0.15:
            boxes = tuple(
                (rng.uniform(-0.2, 1), rng.uniform(-0.2, 1), rng.random() / 2, rng.random() / 2)
                for _ in range(rng.randrange(4))
            )
            return self.session.faces_counted(CountedFaces(frame(1, now_ms), boxes))
        self.seq += 1
        x, y = rng.uniform(-0.2, 1.2), rng.uniform(-0.2, 1.2)
        status = rng.choice(("ok", "ok", "ok", "ok", "no_face", "eyes_closed"))
        found = (
            analysis(x, y, status=status, brightness=rng.choice((120.0, 5.0, 255.0))) if rng.random() < 0.97 else None
        )
        result = AnalyzedFrame(frame(self.seq, now_ms), found, problem="broken", paused=rng.random() >= 0.98)
        return self.session.frame_analyzed(result, now_ms + rng.choice((40.0, -1e9, 1e9)))

    def _requests(self, now_ms: float) -> list[requests.SessionRequest]:
        place = (self.rng.random(), self.rng.random())
        return [
            requests.CalibrationStart(None, pursuit=True, head_round=True, repeats=2, extra_points=2),
            *(requests.ValidationStart(), requests.ValidationStart(check=True), requests.Drift(*place, now_ms)),
            *(requests.CalibrationCancel(), requests.CalibrationFinish(), requests.CalibrationFinish()),
            *(requests.Click(*place, now_ms), requests.Look(*place, now_ms - 500.0, now_ms), requests.LookFit()),
            *(requests.Pause(), requests.Resume(), requests.Resume(), requests.RecordStart(), requests.RecordStop()),
            *(requests.Mark("a"), requests.FilterReset()),
        ]


@pytest.mark.parametrize("seed", range(3))
def test_random_requests_give_only_messages_that_the_schema_allows(seed: int, fit: FitResult) -> None:
    client = Client(seed, fit)
    client.session.profile_loaded(LoadProfile("Ada", SCREEN.key), fit.calibration, NOW_MS)
    statuses: set[str] = set()
    topics: set[str] = set()
    seqs = []
    for _ in range(300):
        actions = client.does()
        for action in [*actions]:
            if isinstance(action, FitCalibration):
                actions += client.session.calibration_fitted(action, fit, client.now_ms)
        for action in actions:
            if isinstance(action, Reply | ToPage):
                read = as_read(action.message)
                assert VALIDATOR.is_valid(read), read
            if isinstance(action, Publish):
                message = Message(action.message, action.layout)
                topics.add(message.topic)
                if isinstance(action.message, Gaze):
                    seqs.append(action.message.seq)
                    statuses.add(action.message.status)
                for view in (Projection(), Projection(space="viewport"), Projection(fields=frozenset())):
                    read = json.loads(message.encoded(view))
                    assert VALIDATOR.is_valid(read), read
    assert all(later - seq in (0, 1) for seq, later in itertools.pairwise(seqs)), "a stop has the next sample's number"
    assert {*range(1, client.seq + 1)} == {*seqs} - {client.seq + 1}
    assert topics >= {"gaze", "status", "blink"}
    assert statuses >= {"ok", "no_face", "eyes_closed", "low_light", "paused", "error"}
