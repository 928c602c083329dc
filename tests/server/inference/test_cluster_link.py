"""The process between a server and a Ray cluster, with replicas whose answers the test decides."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from threading import Event

import pytest
from ray.exceptions import RayActorError

from server.inference import cluster_link, jobs
from server.inference.cluster_link import ClusterLane, ClusterStarter
from server.inference.cluster_worker import Calls, Response, run
from server.inference.jobs import Count, Counted, Lost, Outcome, Unanswered
from server.inference.replica import Frame, chunks
from server.inference.worker import LoadFailed
from server.inference.worker_process import WorkerFailed
from tests.support.times import WAIT_S, wait_until

GOOD, SILENT, ENDED, FOREIGN, REFUSED, END_ALL = range(1, 7)  # the width of a picture says what its replica does
COMMAND = (sys.executable, "-m", "tests.server.inference.test_cluster_link")


class Answer:
    def __init__(self, width_px: int) -> None:
        self._width_px = width_px

    def result(self, timeout_s: float) -> bytes:
        if self._width_px == SILENT:
            Event().wait(timeout_s)
            raise TimeoutError
        if self._width_px == ENDED:
            raise RayActorError
        return b"not ours" if self._width_px == FOREIGN else jobs.encode([Counted(())])

    def cancel(self) -> None:
        pass


def send(frame: Frame) -> Response:
    (placed,) = jobs.decode_jobs(frame[0])
    assert isinstance(placed.job, Count)
    assert len(frame[1]) == placed.n_bytes
    if placed.job.width_px == REFUSED:
        raise ConnectionError
    if placed.job.width_px == END_ALL:
        os._exit(3)
    return Answer(placed.job.width_px)


def picture(width_px: int) -> Count:
    return Count(width_px, 48)


async def outcome_of(lane: ClusterLane, width_px: int) -> Outcome:
    (outcome,) = await asyncio.wait_for(lane.analyze([picture(width_px)], [b"jpeg"]), WAIT_S)
    return outcome


async def test_a_frame_that_waits_for_its_replica_delays_no_other() -> None:
    starter = ClusterStarter((*COMMAND, "600"))
    lanes = [await starter(number) for number in range(40)]
    try:
        waiting = [lane.analyze([picture(SILENT)], [b"jpeg"]) for lane in lanes[1:]]
        for _ in range(3):
            assert await outcome_of(lanes[0], GOOD) == Counted(())
        assert not any(answer.done() for answer in waiting)
    finally:
        for lane in lanes:
            await lane.close()
    assert all(answer.result() == [Unanswered()] for answer in waiting)


async def test_a_frame_without_a_result_is_unanswered() -> None:
    starter = ClusterStarter((*COMMAND, "0.01"))
    lane = await starter(0)
    try:
        answers = [await outcome_of(lane, width_px) for width_px in (ENDED, SILENT, FOREIGN, REFUSED, GOOD)]
    finally:
        assert await lane.close() == 0
    assert answers == [Unanswered(), Unanswered(), Unanswered(), Unanswered(), Counted(())]


async def test_a_server_without_a_cluster_does_not_start_and_one_that_loses_it_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cluster_link, "RETRY_S", 0.0)
    there = tmp_path / "there"
    starter = ClusterStarter((*COMMAND, "600", str(there)))
    with pytest.raises(WorkerFailed, match="no cluster"):
        await starter(0)
    there.touch()
    lanes = [await starter(number) for number in range(2)]
    there.unlink()
    waiting = lanes[0].analyze([picture(SILENT)], [b"jpeg"])
    assert await outcome_of(lanes[1], END_ALL) == Unanswered()
    assert await waiting == [Unanswered()]
    assert [await lane.close() for lane in lanes] == [None, 3]
    again = [asyncio.create_task(starter(number)) for number in range(2)]
    await wait_until(lambda: "no cluster" in caplog.text)
    assert not any(task.done() for task in again)
    there.touch()
    lanes = [await asyncio.wait_for(task, WAIT_S) for task in again]
    assert [await outcome_of(lane, GOOD) for lane in lanes] == [Counted(())] * 2
    for lane in lanes:
        await lane.close()


def test_the_time_without_a_result_begins_with_a_frame_that_was_lost() -> None:
    calls = Calls(send, call_s=0.01)
    assert calls.lost_s == 0.0
    calls.outcome((jobs.encode([jobs.Placed(picture(REFUSED), 0)]), b""))
    while calls.lost_s == 0.0:
        time.sleep(0.001)
    calls.outcome((jobs.encode([jobs.Placed(picture(GOOD), 0)]), b""))
    assert calls.lost_s == 0.0


def test_a_frame_without_a_result_is_lost_while_others_have_results() -> None:
    def frame(width_px: int) -> Frame:
        return jobs.encode([jobs.Placed(picture(width_px), 0)]), b""

    class Late(Answer):
        def result(self, timeout_s: float) -> bytes:
            raise TimeoutError

    calls = Calls(lambda one: Late(SILENT) if one == frame(SILENT) else send(one), call_s=600.0)
    assert [calls.outcome(frame(kind)) for kind in (SILENT, ENDED)] == [Unanswered()] * 2
    assert calls.outcome(frame(GOOD)) == Counted(())
    assert [calls.outcome(frame(kind)) for kind in (SILENT, ENDED)] == [Lost()] * 2
    assert [calls.outcome(frame(kind)) for kind in (FOREIGN, REFUSED)] == [Unanswered()] * 2


def test_replicas_analyse_frames_only_in_the_sizes_that_are_compiled() -> None:
    assert chunks([True, False, True, True], (4, 1)) == [[1], [0], [2], [3]]
    assert chunks([True] * 5, (4, 1)) == [[0, 1, 2, 3], [4]]


def main(call_s: str, there: str | None = None) -> None:
    def load() -> Calls:
        print("a library says hello", flush=True)  # must not mix with the answers
        if there is not None and not Path(there).exists():
            raise LoadFailed("no cluster")
        return Calls(send, call_s=float(call_s))

    run(load)


if __name__ == "__main__":
    main(*sys.argv[1:])
