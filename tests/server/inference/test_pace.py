from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from server.inference.pace import Pacer, fair_rate


class Machine:
    """Pages that keep to the limit, or send all that is answered, and workers that take `frame_s` for each frame."""

    def __init__(self, *, n_workers: int, frame_s: float) -> None:
        self.pacer = Pacer()
        self.n_workers = n_workers
        self.frame_s = frame_s
        self.now_s = 0.0
        self.limits: list[float | None] = [None]

    def run(self, seconds: int, cameras: Mapping[str, float], *, obey: bool = True) -> dict[str, float]:
        """cameras: frames a second of each. Returns the rates that were analysed in the last second."""
        rates: dict[str, float] = {}
        for _ in range(seconds):
            limit = self.pacer.max_fps if self.pacer.max_fps is not None and obey else math.inf
            sent = {name: min(fps, limit) for name, fps in cameras.items()}
            share = fair_rate(sent.values(), self.n_workers / self.frame_s)
            rates = {name: min(fps, share or math.inf) for name, fps in sent.items()}
            for name, fps in rates.items():
                for _ in range(round(fps)):
                    self.pacer.received(name, self.n_workers, self.now_s)
                self.pacer.worked(round(fps), round(fps) * self.frame_s)
            self.now_s += 1.0
            for name in cameras:
                self.pacer.received(name, self.n_workers, self.now_s)
            if self.pacer.max_fps != self.limits[-1]:
                self.limits.append(self.pacer.max_fps)
        return rates


def cameras(n: int, fps: float = 30.0) -> dict[str, float]:
    return {f"camera {number}": fps for number in range(n)}


@pytest.mark.parametrize(
    ("wanted", "total", "rate"),
    [
        ([], 10.0, None),
        ([30.0], 40.0, None),
        ([30.0, 30.0], 60.0, None),
        ([30.0, 30.0], 40.0, 20.0),
        ([5.0, 30.0, 30.0], 45.0, 20.0),
        ([5.0, 15.0, 30.0], 45.0, 25.0),
        ([math.inf, 10.0], 40.0, 30.0),
    ],
)
def test_a_rate_is_fair_when_streams_that_send_less_leave_their_rest_to_the_others(
    wanted: list[float], total: float, rate: float | None
) -> None:
    assert fair_rate(wanted, total) == rate


def test_there_is_no_limit_while_the_workers_keep_up() -> None:
    machine = Machine(n_workers=2, frame_s=0.008)
    machine.run(20, cameras(7))
    assert machine.limits == [None]


def test_an_overload_sets_one_limit_that_leaves_the_workers_some_time() -> None:
    machine = Machine(n_workers=2, frame_s=0.02)
    rates = machine.run(60, cameras(8))
    assert len(machine.limits) <= 3, machine.limits
    assert machine.limits[-1] == pytest.approx(0.9 * 2 / 0.02 / 8, rel=0.1)
    assert max(rates.values()) - min(rates.values()) < 1.0


def test_a_short_peak_sets_no_limit() -> None:
    machine = Machine(n_workers=1, frame_s=0.05)
    machine.run(2, cameras(2))
    machine.frame_s = 0.008
    machine.run(10, cameras(2))
    assert machine.limits == [None]


def test_a_slow_camera_keeps_its_rate_and_the_fast_ones_share_the_rest() -> None:
    machine = Machine(n_workers=1, frame_s=0.02)
    rates = machine.run(30, {"slow": 5.0, "fast": 30.0, "faster": 60.0})
    assert rates["slow"] == 5.0
    assert rates["fast"] == rates["faster"] == pytest.approx(20.0, rel=0.1)


def test_the_limit_follows_the_number_of_streams_and_ends_when_there_is_room() -> None:
    machine = Machine(n_workers=2, frame_s=0.02)
    machine.run(20, cameras(8))
    with_8 = machine.pacer.max_fps
    for number in range(4, 8):
        machine.pacer.forget(f"camera {number}")
    machine.run(20, cameras(4))
    with_4 = machine.pacer.max_fps
    for number in range(1, 4):
        machine.pacer.forget(f"camera {number}")
    machine.run(20, cameras(1))
    assert with_8 is not None
    assert with_4 is not None
    assert with_4 == pytest.approx(2.0 * with_8, rel=0.15)
    assert machine.pacer.max_fps is None


def test_pages_at_the_edge_get_few_messages() -> None:
    """The cost of a frame varies by a few percent around the place where the limit begins."""
    machine = Machine(n_workers=2, frame_s=0.0)
    for second in range(300):
        machine.frame_s = 0.0104 + 0.0006 * math.sin(second)
        machine.run(1, cameras(6))
    assert len(machine.limits) <= 6, machine.limits


def test_a_camera_that_ignores_the_limit_does_not_change_that_of_the_others() -> None:
    machine = Machine(n_workers=1, frame_s=0.02)
    machine.run(20, {"deaf": 200.0, "a": 30.0, "b": 30.0}, obey=False)
    assert machine.pacer.max_fps == pytest.approx(15.0, rel=0.1)
