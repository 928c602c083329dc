from __future__ import annotations

import random
from collections import Counter

import pytest

from server.inference.scheduler import MAX_PASSED, Lane, Scheduler

Lanes = list[Lane[str]]


def take(scheduler: Scheduler[str], *sizes: int) -> list[str]:
    return [work for _, work in scheduler.take(sizes or (4, 1))]


def lanes(scheduler: Scheduler[str], n: int, *, urgent: bool = True) -> Lanes:
    made = [scheduler.add(urgent=urgent) for _ in range(n)]
    for lane in made:
        lane.is_open = True
    return made


def test_nothing_is_taken_when_nothing_waits() -> None:
    scheduler: Scheduler[str] = Scheduler()
    lanes(scheduler, 2)
    assert take(scheduler) == []


def test_a_newer_picture_replaces_the_one_that_waits() -> None:
    scheduler: Scheduler[str] = Scheduler()
    (lane,) = lanes(scheduler, 1)
    assert [lane.put(work) for work in ("old", "new")] == [None, "old"]
    assert take(scheduler) == ["new"]
    assert take(scheduler) == []


def test_a_lane_gives_its_next_picture_only_when_it_is_open_again() -> None:
    scheduler: Scheduler[str] = Scheduler()
    (lane,) = lanes(scheduler, 1)
    lane.put("first")
    take(scheduler)
    lane.put("second")
    assert take(scheduler) == []
    lane.is_open = True
    assert take(scheduler) == ["second"]


def test_a_batch_holds_frames_of_several_streams_and_one_of_each() -> None:
    scheduler: Scheduler[str] = Scheduler()
    for number, lane in enumerate(lanes(scheduler, 6)):
        lane.put(f"frame {number}")
    assert take(scheduler) == ["frame 0", "frame 1", "frame 2", "frame 3"]
    assert take(scheduler) == ["frame 4"]


def test_a_batch_has_the_largest_size_that_is_full() -> None:
    scheduler: Scheduler[str] = Scheduler()
    for number, lane in enumerate(lanes(scheduler, 7)):
        lane.put(str(number))
    assert [len(take(scheduler, 8, 4, 2, 1)) for _ in range(4)] == [4, 2, 1, 0]


def test_the_stream_whose_last_turn_is_longest_ago_goes_first() -> None:
    scheduler: Scheduler[str] = Scheduler()
    a, b, c = lanes(scheduler, 3)
    for name, lane in (("c", c), ("a", a), ("b", b)):
        lane.put(name)
        take(scheduler)
        lane.is_open = True
    for name, lane in (("a", a), ("b", b), ("c", c)):
        lane.put(name)
    assert [take(scheduler, 1)[0] for _ in range(3)] == ["c", "a", "b"]


def test_a_fast_camera_gets_no_more_turns_than_slow_ones_that_send_enough() -> None:
    """100 turns. The fast camera offers a new frame before each turn, the others before every third."""
    scheduler: Scheduler[str] = Scheduler()
    made = lanes(scheduler, 4)
    served: Counter[str] = Counter()
    for turn in range(100):
        made[0].put("fast")
        if turn % 3 == 0:
            for number, lane in enumerate(made[1:]):
                lane.put(f"slow {number}")
        for lane, work in scheduler.take():
            served[work] += 1
            lane.is_open = True
    assert sum(served.values()) == 100
    assert max(served.values()) - min(served.values()) <= 2, served


def test_an_overview_waits_for_frames_but_not_for_ever() -> None:
    scheduler: Scheduler[str] = Scheduler()
    (frames,), (overviews,) = lanes(scheduler, 1), lanes(scheduler, 1, urgent=False)
    overviews.put("overview")
    taken = []
    for number in range(MAX_PASSED + 2):
        frames.put(str(number))
        taken += take(scheduler)
        frames.is_open = True
    assert taken.index("overview") == MAX_PASSED
    assert taken[-1] == str(MAX_PASSED + 1)


def test_an_overview_goes_at_once_when_no_frame_is_ready_and_alone() -> None:
    scheduler: Scheduler[str] = Scheduler()
    closed, *_ = lanes(scheduler, 1)
    closed.is_open = False
    closed.put("of a closed lane")
    for number, lane in enumerate(lanes(scheduler, 2, urgent=False)):
        lane.put(f"overview {number}")
    assert [take(scheduler), take(scheduler)] == [["overview 0"], ["overview 1"]]


def test_a_removed_lane_has_no_further_turn() -> None:
    scheduler: Scheduler[str] = Scheduler()
    gone, stays = lanes(scheduler, 2)
    gone.put("gone")
    stays.put("stays")
    scheduler.remove(gone)
    scheduler.remove(gone)
    assert take(scheduler) == ["stays"]


@pytest.mark.parametrize("seed", range(20))
def test_every_picture_is_taken_or_replaced_once_and_each_lane_keeps_its_order(seed: int) -> None:
    rng = random.Random(seed)
    scheduler: Scheduler[str] = Scheduler()
    made = [*lanes(scheduler, 5), *lanes(scheduler, 5, urgent=False)]
    given: dict[Lane[str], list[str]] = {lane: [] for lane in made}
    seen: dict[Lane[str], list[str]] = {lane: [] for lane in made}
    replaced: set[str] = set()
    for number in range(400):
        if rng.random() < 0.6:
            lane = rng.choice(made)
            given[lane].append(str(number))
            old = lane.put(str(number))
            replaced |= {old} if old is not None else set()
        else:
            for lane, work in scheduler.take((3, 2, 1)):
                seen[lane].append(work)
                lane.is_open = rng.random() < 0.8
    for lane in made:
        left = [] if lane.waiting is None else [lane.waiting]
        assert [work for work in given[lane] if work not in replaced] == seen[lane] + left
