from calibration.samples.sample import CalibrationSample
from calibration.targets.head_round import by_direction
from tests.support.turned_head import turning


def test_a_turning_head_becomes_one_target_for_each_direction() -> None:
    samples = by_direction(turning())
    assert len({sample.target_id for sample in samples}) == 5
    assert {sample.target for sample in samples} == {(0.5, 0.5)}
    for target_id in {sample.target_id for sample in samples}:
        turns = {tuple(s.blocks["head_rotation"].tolist()) for s in samples if s.target_id == target_id}
        assert len(turns) == 1


def test_a_direction_that_was_hardly_seen_and_unsettled_frames_are_left_out() -> None:
    assert by_direction(turning(n=4)) == ()
    early = [
        CalibrationSample(s.captured_ms, s.target_id, s.target, s.blocks, arrived_ms=s.captured_ms) for s in turning()
    ]
    assert by_direction(early) == ()
    assert by_direction([]) == ()
