from __future__ import annotations

import itertools
from collections import Counter

import pytest

from server.study.definition import Question, Stimulus, Study
from server.study.order import EarlierRun, latin_square, next_run, ordered
from server.study.plan import plan


def test_the_square_of_four_is_the_one_of_the_books() -> None:
    assert latin_square(4) == [[0, 1, 3, 2], [1, 2, 0, 3], [2, 3, 1, 0], [3, 0, 2, 1]]


def test_the_square_of_three_has_six_rows() -> None:
    assert latin_square(3) == [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [0, 2, 1], [1, 0, 2]]


@pytest.mark.parametrize("n", range(1, 12))
def test_each_stimulus_is_at_each_place_and_after_each_other_equally_often(n: int) -> None:
    rows = latin_square(n)
    for row in rows:
        assert sorted(row) == list(range(n))
    at_places = Counter((place, number) for row in rows for place, number in enumerate(row))
    assert set(at_places.values()) == {len(rows) // n}
    pairs = Counter(pair for row in rows for pair in itertools.pairwise(row))
    if n > 1:
        assert len(pairs) == n * (n - 1)
        assert len(set(pairs.values())) == 1


def test_a_participant_who_stopped_gives_their_row_to_the_next_one() -> None:
    assert next_run(6, []) == (1, 0)
    assert next_run(6, [EarlierRun(1, 0, True)]) == (2, 1)
    assert next_run(6, [EarlierRun(1, 0, True), EarlierRun(2, 1, False)]) == (3, 1)
    all_rows = [EarlierRun(row + 1, row, True) for row in range(6)]
    assert next_run(6, all_rows) == (7, 0)
    assert next_run(6, all_rows, last_given=9) == (10, 0)
    assert next_run(1, [EarlierRun(1, 0, True)]) == (2, 1)  # an odd number of stimuli has twice as many rows


def test_orders_are_those_that_were_asked_for() -> None:
    assert ordered("fixed", 4, study="s", participant=7, row=3) == [0, 1, 2, 3]
    assert ordered("latin", 4, study="s", participant=7, row=5) == [1, 2, 0, 3]
    random = [ordered("random", 8, study="s", participant=number, row=0) for number in range(1, 6)]
    assert random[0] == ordered("random", 8, study="s", participant=1, row=0)
    assert len({tuple(order) for order in random}) == 5


def study(**changed: object) -> Study:
    question = Question(ask="Well?", keys={"1": "yes"})
    stimuli = (Stimulus(picture="a.png", question=question), Stimulus(text="b"), Stimulus(page="https://a.example/"))
    return Study(name="s", title="S", stimuli=stimuli, questions=(question,), **changed)  # type: ignore[arg-type]


def test_checks_and_questions_stand_where_they_belong() -> None:
    steps = plan(study(check_every=2), participant=1, row=0)["steps"]
    assert [(step["kind"], step.get("name")) for step in steps] == [
        ("picture", "a"),
        ("question", "a question"),
        ("text", "text 2"),
        ("check", None),
        ("page", "page 3"),
        ("question", "question 1"),
    ]


def test_a_stimulus_that_says_nothing_ends_as_its_kind_does() -> None:
    picture, _, text, page, _ = plan(study(duration_s=3), participant=1, row=0)["steps"]
    assert (picture["duration_ms"], picture["until"]) == (3_000.0, None)
    assert (text["duration_ms"], text["until"]) == (None, "space")
    assert (page["duration_ms"], page["until"]) == (None, "any")
