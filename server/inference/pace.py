"""How many frames a second the pages may send, so that frames do not wait for workers that can't keep up. Pure.

1. Once a second: how busy the workers are, what a frame costs, both averaged over some seconds, and how many frames
   each stream has sent.
2. When the workers are busy for more than BUSY of the time, there is a limit: the rate at which they are busy for
   TARGET. Every stream has the same limit. One that sends less keeps its rate, and the others share what it leaves.
3. Then the limit follows the cost of a frame and the number of streams, in steps of a fifth. It ends when the workers
   would be busy for less than CALM with what the streams sent before. So a page gets few messages.

Without a limit, a page sends its next frame as soon as one is answered, and each frame waits for all other streams. The
limit is advice: `Scheduler` gives each stream the same share, whatever it sends.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

WINDOW_S = 1.0
BUSY, TARGET, CALM = 0.95, 0.9, 0.75  # of the workers' time
NEW_BUSY, NEW_COST = 0.5, 0.3  # weight of the newest window; a peak of 3 s, such as the start of a worker, passes
HELD_BACK = 0.7  # of the limit; a stream that sends more would send more than the limit without it
FORGOTTEN = 0.95  # of a stream's former rate is left after each window in which it sends less
MIN_FPS = 1.0
CHANGE = 0.2  # of the limit


@dataclass(slots=True)
class _Sender:
    """One stream. wanted_fps: the most that it has sent of late."""

    n_frames: int = 0
    wanted_fps: float = 0.0
    held_back: bool = False


class Pacer:
    """The rates of all streams. Times are in seconds of any clock that does not step."""

    def __init__(self) -> None:
        self.max_fps: float | None = None
        self._senders: dict[object, _Sender] = {}
        self._begin_s: float | None = None
        self._busy_s = 0.0
        self._n_frames = 0
        self._n_busy = 0.0
        self._frame_s: float | None = None

    def received(self, stream: object, n_workers: int, now_s: float) -> None:
        """A frame of the stream has arrived. n_workers: that run now."""
        self._senders.setdefault(stream, _Sender()).n_frames += 1
        if self._begin_s is None:
            self._begin_s = now_s
        elif now_s - self._begin_s >= WINDOW_S:
            self._end_window(n_workers, now_s - self._begin_s)
            self._begin_s = now_s

    def worked(self, n_frames: int, busy_s: float) -> None:
        """A worker was busy with these frames, or with an overview (n_frames: 0)."""
        self._n_frames += n_frames
        self._busy_s += busy_s

    def forget(self, stream: object) -> None:
        self._senders.pop(stream, None)

    def _end_window(self, n_workers: int, window_s: float) -> None:
        for sender in self._senders.values():
            fps, sender.n_frames = sender.n_frames / window_s, 0
            sender.held_back = self.max_fps is not None and fps > HELD_BACK * self.max_fps
            sender.wanted_fps = max(fps, sender.wanted_fps * (1.0 if sender.held_back else FORGOTTEN))
        n_frames, busy_s, self._n_frames, self._busy_s = self._n_frames, self._busy_s, 0, 0.0
        if n_frames == 0:
            return
        self._n_busy += NEW_BUSY * (busy_s / window_s - self._n_busy)
        frame_s = busy_s / n_frames
        self._frame_s = frame_s if self._frame_s is None else self._frame_s + NEW_COST * (frame_s - self._frame_s)
        self._set_limit(self._frame_s, max(n_workers, 1))

    def _set_limit(self, frame_s: float, n_workers: int) -> None:
        """frame_s: time of a worker for a frame."""
        senders = self._senders.values()
        total_fps = TARGET * n_workers / frame_s
        if self.max_fps is None:
            if self._n_busy > BUSY * n_workers:
                self._change(fair_rate((sender.wanted_fps for sender in senders), total_fps))
        elif sum(sender.wanted_fps for sender in senders) * frame_s < CALM * n_workers:
            self._change(None)
        else:
            rate = fair_rate((math.inf if sender.held_back else sender.wanted_fps for sender in senders), total_fps)
            if rate is not None and abs(rate - self.max_fps) > CHANGE * self.max_fps:
                self._change(rate)

    def _change(self, rate: float | None) -> None:
        self.max_fps = None if rate is None else round(max(rate, MIN_FPS), 1)


def fair_rate(wanted: Iterable[float], total: float) -> float | None:
    """The rate that no stream may exceed so that all together have `total`. None: they want no more than that."""
    left = sorted(wanted)
    for number, rate in enumerate(left):
        share = total / (len(left) - number)
        if rate > share:
            return share
        total -= rate
    return None
