"""All figures that GET /metrics shows. Each server has its own; there is no global registry.

A label has one of a fixed set of values, so no client can add series. No figure is about one person or one session.
Who knows a count adds to it; a level, such as the number of sessions, is read when the figures are requested.
"""

from __future__ import annotations

from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from server import __version__
from server.protocol.gaze import Status

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
STAGES = ("arrival", "waiting", "analysis", "answer", "total")
DROP_REASONS = ("late", "replaced", "resting", "lost")
PICTURES = ("frame", "overview")
OTHER = "other"
REFUSALS = (
    "bad_frame", "bad_version", "bad_jpeg", "bad_seq", "bad_json", "bad_message", "unknown_message", "frame_too_big",
    "image_too_large", "text_too_big", "read_only", "too_many_sessions", "too_many_subscribers", "foreign_origin",
    "foreign_host", "token_missing", "wrong_token", "no_session", "not_found", "bad_request", "stopping", "busy", OTHER,
)  # fmt: skip
SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)

# The time at which each series began; nothing here needs it.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The attributes are counted where the thing happens."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("sightline", "The program.", registry=registry).info({"version": __version__})
        self.frames_received = Counter("sightline_frames_received", "Frames that cameras have sent.", registry=registry)
        self.frames_answered = Counter(
            "sightline_frames_answered", "Frames that were answered with gaze, by its status.", ["status"],
            registry=registry,
        )  # fmt: skip
        self.frames_dropped = Counter(
            "sightline_frames_dropped",
            "Frames without an analysis. late: a newer one came first; replaced: a newer one came while it waited; "
            "resting: frames of its session have ended workers; lost: its worker ended.",
            ["reason"],
            registry=registry,
        )
        self.stage_seconds = Histogram(
            "sightline_frame_stage_seconds",
            "arrival: from capture to the server; waiting: for a worker; analysis: with its batch in a worker; answer: "
            "from there until gaze is sent; total: from capture to sending.",
            ["stage"],
            buckets=SECONDS,
            registry=registry,
        )
        self.batch_frames = Histogram(
            "sightline_batch_frames", "Frames that a worker took together.", buckets=(1, 2, 4, 8, 16), registry=registry
        )
        self.worker_busy_seconds = Counter(
            "sightline_worker_busy_seconds", "Time that workers were busy, of all together.", registry=registry
        )
        self.worker_ends = Counter(
            "sightline_worker_ends", "Workers that ended or did not start; each is replaced.", registry=registry
        )
        self.refusals = Counter(
            "sightline_refusals", "Requests and sockets that were refused, by code.", ["code"], registry=registry
        )
        self.workers = Gauge("sightline_workers", "Workers that run and have answered.", registry=registry)
        self.pictures_waiting = Gauge(
            "sightline_pictures_waiting", "Pictures that wait for a worker.", ["picture"], registry=registry
        )
        self.pace_fps = Gauge(
            "sightline_pace_frames_per_second",
            "The frames a second that each page may send; infinite while the workers keep up.",
            registry=registry,
        )
        self.sessions = Gauge("sightline_sessions", "Cameras that are connected.", registry=registry)
        self.readers = Gauge("sightline_readers", "Streams that are read, outputs included.", registry=registry)
        self.recordings = Gauge("sightline_recordings", "Recordings that run.", registry=registry)
        self.draining = Gauge("sightline_draining", "1 while the server is stopping, else 0.", registry=registry)
        for counter, values in (
            (self.frames_answered, get_args(Status)),
            (self.frames_dropped, DROP_REASONS),
            (self.stage_seconds, STAGES),
            (self.refusals, REFUSALS),
        ):
            for value in values:  # a series that begins at 0 has a rate from its first count on
                counter.labels(value)
        self._stages = {stage: self.stage_seconds.labels(stage) for stage in STAGES}

    def took(self, stage: str, duration_ms: float | None) -> None:
        """duration_ms: None when the client's clock is wrong."""
        if duration_ms is not None:
            self._stages[stage].observe(max(duration_ms, 0.0) / 1000.0)

    def refused(self, code: str) -> None:
        self.refusals.labels(code if code in REFUSALS else OTHER).inc()

    def text(self) -> bytes:
        """In the text format of Prometheus."""
        return generate_latest(self._registry)
