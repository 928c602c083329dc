"""The pool with workers whose every step the test decides."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from models.analysis import NO_FACE
from server.inference import pool as pool_module
from server.inference import stream as stream_module
from server.inference.jobs import (
    Analyze,
    Analyzed,
    Broken,
    Counted,
    Job,
    Lost,
    Outcome,
    Prepare,
    Prepared,
    Ready,
    Undecodable,
)
from server.inference.pool import WorkerPool
from server.inference.results import AnalyzedFrame, AnalyzeFrame, CountedFaces, CountFaces, LostFrame
from server.inference.stream import AnalysisBroken, InferenceStream
from server.inference.worker_process import WorkerFailed
from server.metrics import Metrics
from tests.support.server import frame
from tests.support.times import WAIT_S, wait_until


class FakeWorker:
    """Answers when the test says so."""

    def __init__(self, *, prepared: bool = True) -> None:
        self.ready = Ready((4, 1), prepared, None)
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.batches: list[Sequence[Job]] = []
        self._answer: asyncio.Future[list[Outcome]] | None = None

    @property
    def is_busy(self) -> bool:
        return self._answer is not None and not self._answer.done()

    def analyze(self, batch: Sequence[Job], jpegs: Sequence[bytes]) -> asyncio.Future[list[Outcome]]:
        assert not self.is_busy, "a worker has one batch at a time"
        self.batches.append(batch)
        self._answer = asyncio.get_running_loop().create_future()
        return self._answer

    def answer(self, *outcomes: Outcome) -> None:
        assert self._answer is not None
        usual = [Analyzed(NO_FACE, None) if isinstance(job, Analyze) else Counted(()) for job in self.batches[-1]]
        self._answer.set_result(list(outcomes) or usual)

    def end(self) -> None:
        self.ended.set_result(None)
        if self.is_busy:
            self.answer(*[Lost()] * len(self.batches[-1]))

    async def close(self) -> int | None:
        if not self.ended.done():
            self.end()
        return -9


class Workers:
    """A pool and its workers, in the order of their starts. failures: how many next starts fail."""

    def __init__(self, max_workers: int, *, prepared: bool = True) -> None:
        self.started: list[FakeWorker] = []
        self.failures = 0
        self.prepared = prepared
        self.pool = WorkerPool(start_worker=self._start, max_workers=max_workers, metrics=Metrics())

    async def _start(self, _number: int) -> FakeWorker:
        if self.failures:
            self.failures -= 1
            raise WorkerFailed("a library is broken")
        self.started.append(FakeWorker(prepared=self.prepared))
        return self.started[-1]

    def stream(self) -> InferenceStream:
        return InferenceStream(self.pool, 65.0)


@pytest_asyncio.fixture
async def workers() -> AsyncIterator[Workers]:
    made = Workers(max_workers=3)
    await made.pool.open()
    yield made
    await made.pool.close()


def analyze(seq: int = 1, **changed: Any) -> AnalyzeFrame:
    return replace(AnalyzeFrame(frame(seq), hfov_deg=None), **changed)


def overview(seq: int = 1) -> CountFaces:
    return CountFaces(replace(frame(seq), overview=True))


def next_frame(stream: InferenceStream) -> asyncio.Task[AnalyzedFrame | LostFrame]:
    return asyncio.create_task(anext(stream.frames()))  # type: ignore[arg-type]


def next_overview(stream: InferenceStream) -> asyncio.Task[CountedFaces]:
    return asyncio.create_task(anext(stream.overviews()))  # type: ignore[arg-type]


def captured(batch: Sequence[Job]) -> list[float]:
    return [job.captured_ms for job in batch if isinstance(job, Analyze)]


async def settled() -> None:
    """Lets all tasks run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_frame_goes_to_a_free_worker_at_once(workers: Workers) -> None:
    stream = workers.stream()
    result = next_frame(stream)
    await settled()
    assert stream.put(analyze()) is None
    assert workers.started[0].is_busy  # without a turn of the loop
    workers.started[0].answer()
    assert await result == AnalyzedFrame(frame(1), NO_FACE)


async def test_while_workers_are_busy_a_newer_frame_replaces_the_one_that_waits(workers: Workers) -> None:
    stream = workers.stream()
    first = next_frame(stream)
    await settled()
    assert [stream.put(analyze(seq)) for seq in (1, 2, 3)] == [None, None, frame(2)]
    workers.started[0].answer()
    assert (await first).frame.seq == 1
    second = next_frame(stream)
    await settled()
    workers.started[0].answer()
    assert (await second).frame.seq == 3


async def test_the_next_frame_is_analysed_when_the_reader_asks_for_its_result(workers: Workers) -> None:
    stream = workers.stream()
    stream.put(analyze())
    await settled()
    assert not workers.started[0].is_busy
    result = next_frame(stream)
    await settled()
    assert workers.started[0].is_busy
    result.cancel()


async def test_each_stream_keeps_its_own_track(workers: Workers) -> None:
    tracks = {}
    for name, seq in (("a", 1), ("b", 2)):
        stream = workers.stream()
        for _ in range(2):
            result = next_frame(stream)
            await settled()
            stream.put(analyze(seq))
            worker = next(worker for worker in workers.started if worker.is_busy)
            (job,) = worker.batches[-1]
            assert isinstance(job, Analyze)
            tracks.setdefault(name, []).append(job.before)
            worker.answer(Analyzed(NO_FACE, name))  # type: ignore[arg-type]  # any value serves as a track
            await result
    assert tracks == {"a": [None, "a"], "b": [None, "b"]}


async def test_frames_of_several_streams_that_wait_share_a_batch() -> None:
    pool = Workers(max_workers=1)
    await pool.pool.open()
    streams = [pool.stream() for _ in range(6)]
    results = [next_frame(stream) for stream in streams]
    await settled()
    (worker,) = pool.started
    for number, stream in enumerate(streams):
        stream.put(analyze(1, frame=replace(frame(), captured_ms=float(number))))
    worker.answer()
    await settled()
    worker.answer()
    await settled()
    worker.answer()
    await asyncio.wait_for(asyncio.gather(*results), WAIT_S)
    assert [captured(batch) for batch in worker.batches] == [[0.0], [1.0, 2.0, 3.0, 4.0], [5.0]]
    await pool.pool.close()


async def test_further_workers_start_with_further_streams_up_to_the_limit(workers: Workers) -> None:
    counts = []
    for _ in range(5):
        workers.stream()
        await settled()
        counts.append(len(workers.started))
    assert counts == [1, 2, 3, 3, 3]


async def test_streams_that_open_while_the_first_worker_starts_get_theirs_afterwards() -> None:
    workers = Workers(max_workers=3)
    for _ in range(2):
        workers.stream()
    await workers.pool.open()
    await settled()
    assert len(workers.started) == 2
    await workers.pool.close()


async def test_thousands_of_frames_leave_no_objects_behind(workers: Workers) -> None:
    streams = [workers.stream() for _ in range(3)]
    await settled()

    async def analyze_frames(n: int) -> int:
        for _ in range(n):
            for stream in streams:
                result = next_frame(stream)
                await settled()
                for seq in (1, 2, 3):  # two are replaced
                    stream.put(analyze(seq))
                next(worker for worker in workers.started if worker.is_busy).answer()
                await result
        for worker in workers.started:
            worker.batches.clear()
        gc.collect()
        return len(gc.get_objects())

    before = await analyze_frames(20)
    assert await analyze_frames(1000) - before < 500  # of 3000 frames


async def test_workers_compile_for_batches_one_after_the_other_when_enough_streams_can_fill_one() -> None:
    workers = Workers(max_workers=3, prepared=False)
    await workers.pool.open()
    for _ in range(3):
        workers.stream()
    await settled()
    workers.pool.give_out()
    assert [worker.batches for worker in workers.started] == [[], [], []]
    workers.stream()
    workers.pool.give_out()
    order = []
    for _ in workers.started:
        (busy,) = (worker for worker in workers.started if worker.is_busy)
        assert busy.batches == [[Prepare(4)]]
        order.append(busy)
        busy.answer(Prepared())
        await settled()
    assert set(order) == set(workers.started)
    assert not any(worker.is_busy for worker in workers.started)
    await workers.pool.close()


async def test_a_worker_that_can_only_be_alone_stays_alone() -> None:
    workers = Workers(max_workers=3)
    start = workers._start

    async def alone(number: int) -> FakeWorker:
        worker = await start(number)
        worker.ready = Ready((16, 1), True, max_workers=1)
        return worker

    workers.pool = WorkerPool(start_worker=alone, max_workers=3, metrics=Metrics())
    await workers.pool.open()
    for _ in range(3):
        workers.stream()
    await settled()
    assert len(workers.started) == 1
    await workers.pool.close()


async def test_a_frame_of_a_paused_session_needs_no_worker_and_keeps_its_place(workers: Workers) -> None:
    stream = workers.stream()
    result = next_frame(stream)
    await settled()
    stream.put(analyze(1))
    assert stream.put(analyze(2, paused=True)) is None
    workers.started[0].answer()
    assert (await result).frame.seq == 1
    assert await next_frame(stream) == AnalyzedFrame(frame(2), paused=True)
    waiting = next_frame(stream)
    await settled()
    stream.put(analyze(3, paused=True))
    assert await waiting == AnalyzedFrame(frame(3), paused=True)
    assert len(workers.started[0].batches) == 1


async def test_an_undecodable_picture_is_a_result_with_its_problem(workers: Workers) -> None:
    stream = workers.stream()
    result, counted = next_frame(stream), next_overview(stream)
    await settled()
    stream.put(analyze(1))
    workers.started[0].answer(Undecodable("cut off"))
    assert await result == AnalyzedFrame(frame(1), problem="cut off")
    stream.put(overview(2))
    workers.started[0].answer(Undecodable("cut off"))
    assert (await counted).boxes is None


async def test_a_bug_in_the_analysis_reaches_the_reader(workers: Workers) -> None:
    stream = workers.stream()
    result = next_frame(stream)
    await settled()
    stream.put(analyze())
    workers.started[0].answer(Broken("ZeroDivisionError"))
    with pytest.raises(AnalysisBroken, match="ZeroDivisionError"):
        await result


async def test_a_worker_that_ends_is_replaced_and_its_frame_is_lost(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    stream = workers.stream()
    result = next_frame(stream)
    await settled()
    stream.put(analyze(1))
    workers.started[0].end()
    assert await result == LostFrame(frame(1))
    await wait_until(lambda: len(workers.started) == 2)
    result = next_frame(stream)
    await settled()
    stream.put(analyze(2))
    workers.started[1].answer()
    assert (await result).frame.seq == 2
    assert "inference worker 0 ended with status -9; another one starts now" in caplog.text


async def test_a_waiting_frame_is_analysed_by_the_worker_that_replaces_the_one_that_ended(workers: Workers) -> None:
    stream, other = workers.stream(), workers.stream()
    await settled()
    results = [next_frame(stream), next_frame(other)]
    await settled()
    for worker in workers.started:
        worker.end()
    stream.put(analyze(1))
    other.put(analyze(1))
    while not all(result.done() for result in results):
        for worker in workers.started[2:]:
            if worker.is_busy:
                worker.answer()
        await settled()
    assert [type(await result) for result in results] == [AnalyzedFrame] * 2


async def test_workers_that_end_early_again_and_again_start_later_and_later(
    workers: Workers, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def noted(wait_s: float) -> None:
        if wait_s > 0.0:
            waits.append(wait_s)
        await sleep(0)

    monkeypatch.setattr(pool_module.asyncio, "sleep", noted)
    workers.failures = 12
    with caplog.at_level(logging.ERROR):
        workers.started[0].end()
        while len(workers.started) < 2:
            await sleep(0)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0]
    late = "did not start: a library is broken; another one starts in 4 s, because this was end 5 in a row"
    assert late in caplog.text


async def test_a_stream_whose_pictures_end_their_workers_rests_and_the_others_do_not(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "REST_S", (0.0, 0.0, 1000.0))
    stream, other = workers.stream(), workers.stream()
    await settled()
    for seq, outcome in ((1, Lost()), (2, Undecodable("endless", ended_worker=True))):
        result = next_frame(stream)
        await settled()
        assert stream.put(analyze(seq)) is None
        next(worker for worker in workers.started if worker.is_busy).answer(outcome)
        await result
    assert stream.put(analyze(3)) == frame(3)
    result = next_frame(other)
    await settled()
    assert other.put(analyze(1)) is None
    next(worker for worker in workers.started if worker.is_busy).answer()
    assert (await result).frame.seq == 1


async def test_one_lost_frame_is_forgotten_with_the_next_result(workers: Workers) -> None:
    stream = workers.stream()
    for seq in range(1, 9):
        result = next_frame(stream)
        await settled()
        assert stream.put(analyze(seq)) is None
        workers.started[0].answer(*([Lost()] if seq % 2 else []))
        await result


async def test_a_closed_stream_has_no_further_turn(workers: Workers) -> None:
    stream = workers.stream()
    stream.put(analyze())
    result = next_frame(stream)
    stream.close()
    await settled()
    assert not workers.started[0].is_busy
    result.cancel()


async def test_the_first_worker_that_cannot_start_is_reported() -> None:
    workers = Workers(max_workers=1)
    workers.failures = 1
    with pytest.raises(WorkerFailed, match="a library is broken"):
        await workers.pool.open()
    await workers.pool.close()


async def test_a_fast_camera_and_three_slow_ones_get_equal_shares() -> None:
    """The fast one offers a frame before each answer, the slow ones before every second one."""
    workers = Workers(max_workers=1)
    await workers.pool.open()
    (worker,) = workers.started
    worker.ready = Ready((1,), True, None)
    streams = [workers.stream() for _ in range(4)]
    served: Counter[int] = Counter()

    async def read(number: int) -> None:
        async for _ in streams[number].frames():
            served[number] += 1

    readers = [asyncio.create_task(read(number)) for number in range(4)]
    await settled()
    for turn in range(400):
        for number, stream in enumerate(streams):
            if number == 0 or turn % 2 == 0:
                stream.put(analyze())
        worker.answer()
        await settled()
    for reader in readers:
        reader.cancel()
    assert sum(served.values()) == 400
    assert max(served.values()) - min(served.values()) <= 2, served
    await workers.pool.close()
