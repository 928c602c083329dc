from __future__ import annotations

import pytest

from server.gaze.bystanders import CALM_MS, ENTER, LEAVE, SOON_MS, STALE_MS, Box, BystanderDetector
from server.protocol.session import OverviewReply

OWN: Box = (0.4, 0.3, 0.2, 0.3)
NOW_MS = 1_763_843_912_000.0


def face(width: float, x: float = 0.7) -> Box:
    return (x, 0.3, width, 1.5 * width)


class Scene(BystanderDetector):
    """Counts one overview a second; the own face is followed before each."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = NOW_MS

    def shown(self, *others: Box, own: Box = OWN) -> bool:
        self.now_ms += 1000.0
        self.follow(own, self.now_ms - 20.0)
        self.last = self.count([own, *others], self.now_ms)
        return self.present(self.now_ms)


def test_a_second_face_counts_after_two_overviews_and_is_absent_after_three_without_it() -> None:
    scene = Scene()
    assert not scene.shown()
    assert [scene.shown(face(0.15)) for _ in range(3)] == [False, True, True]
    assert [scene.shown() for _ in range(4)] == [True, True, False, False]
    assert (ENTER, LEAVE) == (2, 3)


def test_a_flicker_of_the_detector_changes_nothing() -> None:
    scene = Scene()
    assert not any([scene.shown(face(0.2)), scene.shown(), scene.shown(face(0.2)), scene.shown()])
    scene.shown(face(0.2))
    scene.shown(face(0.2))
    assert all([scene.shown(), scene.shown(), scene.shown(face(0.2)), scene.shown(), scene.shown()])


@pytest.mark.parametrize(("width", "counts"), [(0.099, False), (0.101, True), (0.3, True)])
def test_a_face_in_the_background_has_less_than_half_the_width_and_is_ignored(width: float, counts: bool) -> None:
    scene = Scene()
    assert [scene.shown(face(width)), scene.shown(face(width))] == [False, counts]
    assert (scene.last.faces, scene.last.others) == (2, int(counts))


def test_a_bystander_who_moves_back_a_little_still_counts() -> None:
    scene = Scene()
    scene.shown(face(0.11))
    scene.shown(face(0.11))
    assert all(scene.shown(face(0.085)) for _ in range(5))
    assert [scene.shown(face(0.07)) for _ in range(3)] == [True, True, False]
    assert not any(scene.shown(face(0.085)) for _ in range(5))


def test_the_next_overview_is_due_sooner_while_overviews_disagree() -> None:
    scene = Scene()
    scene.shown()
    assert scene.last.next_ms == CALM_MS
    waits = []
    for others in ([face(0.2)], [face(0.2)], [], [], [], []):
        scene.shown(*others)
        waits.append(scene.last.next_ms)
    assert waits == [SOON_MS, SOON_MS, SOON_MS, SOON_MS, CALM_MS, CALM_MS]


def test_whole_frames_serve_as_overviews_when_one_is_due() -> None:
    scene = Scene()
    assert scene.due(NOW_MS)
    scene.shown()
    assert not scene.due(scene.now_ms + CALM_MS - 1.0)
    assert scene.due(scene.now_ms + CALM_MS)
    assert scene.due(scene.now_ms - 1.0), "the clock was set back"


def test_the_own_face_is_the_nearest_to_the_followed_one_however_wide_the_other_is() -> None:
    scene = Scene()
    for _ in range(10):
        scene.shown(face(0.35, x=0.62))
        assert scene.last.follow is None
    assert scene.present(scene.now_ms)


def test_a_page_that_follows_a_face_in_the_background_is_sent_to_the_one_in_front() -> None:
    scene, behind, front = Scene(), face(0.08, x=0.8), face(0.25, x=0.3)
    assert scene.shown(front, own=behind) is False
    assert scene.last.follow is None, "it might be a mistake of the detector"
    scene.shown(front, own=behind)
    assert scene.last.follow == front
    assert scene.present(scene.now_ms), "until the other face is followed"
    assert not any(scene.shown(face(0.11), own=front) for _ in range(3)), "who is followed now may have company behind"
    assert scene.last.follow is None


def test_a_page_that_does_not_follow_the_face_in_front_gets_no_gaze() -> None:
    scene, behind, front = Scene(), face(0.08, x=0.8), face(0.25, x=0.3)
    seen = [(scene.shown(front, own=behind), scene.last.follow is not None) for _ in range(6)]
    assert seen == [(False, False), (True, True), (True, False), (True, True), (True, False), (True, True)]


def test_the_other_face_does_not_count_when_the_own_face_is_missed() -> None:
    scene = Scene()
    scene.shown()
    for _ in range(5):
        scene.now_ms += 1000.0
        assert scene.count([face(0.2)], scene.now_ms).others == 0
    assert not scene.present(scene.now_ms)


def test_before_any_face_is_followed_the_widest_will_be() -> None:
    scene = BystanderDetector()
    assert scene.count([face(0.1, x=0.1), face(0.3, x=0.5)], NOW_MS).others == 0
    assert scene.count([face(0.2, x=0.1), face(0.3, x=0.5)], NOW_MS + 300.0).others == 1
    assert scene.count([], NOW_MS + 600.0).faces == 0


def test_the_last_overview_expires_when_a_page_stops_sending_them() -> None:
    scene = Scene()
    scene.shown(face(0.2))
    scene.shown(face(0.2))
    assert scene.present(scene.now_ms + STALE_MS)
    assert not scene.present(scene.now_ms + STALE_MS + 1.0)
    scene.now_ms += STALE_MS
    assert not scene.shown(face(0.2)), "it starts afresh"
    assert scene.shown(face(0.2))


def test_an_answer_on_the_wire_has_round_numbers() -> None:
    scene = Scene()
    scene.shown(face(0.25, x=0.3), own=face(0.08, x=0.8))
    assert scene.last.reply(7) == OverviewReply(frame=7, faces=2, others=1, next_ms=SOON_MS, follow=None)
    scene.shown((0.300004, 0.3, 0.25, 0.375), own=face(0.08, x=0.8))
    assert scene.last.reply(8).follow == (0.3, 0.3, 0.25, 0.375)
