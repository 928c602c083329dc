from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from msgspec import structs

from server.outputs.open_gaze.commands import CalibrationSettings
from server.outputs.open_gaze.progress import CalibrationProgress
from server.protocol.calibration import (
    CalibrationActive,
    CalibrationAgain,
    CalibrationCollecting,
    CalibrationFailed,
    CalibrationStarted,
    CalibrationStep,
    TargetPlace,
)
from tests.support.gaze_messages import mark
from tests.support.protocol_document import examples, typed

TARGETS = (TargetPlace(4, 0.5, 0.5), TargetPlace(0, 0.1, 0.1), TargetPlace(8, 0.9, 0.9))
STARTED = CalibrationStarted(state="started", targets=TARGETS, settle_ms=700.0, window_ms=1000.0, min_samples=15)
DONE = next(
    found
    for found in (typed(example)[0] for example in examples("server") if example.get("state") == "done")
    if isinstance(found, CalibrationActive)
)
SHOWN = DONE.report.summary.targets[0]
SUMMARY = structs.replace(
    DONE.report.summary,
    error_px=61.5,
    targets=(
        structs.replace(SHOWN, target_id=0, x=0.1, y=0.1, gaze_x=0.12, gaze_y=0.09),
        structs.replace(SHOWN, target_id=4, x=0.5, y=0.5, gaze_x=0.51, gaze_y=0.52),
    ),
)
REPORT = structs.replace(DONE.report, targets=2 * DONE.report.targets[:1], summary=SUMMARY)


def collecting(target_id: int) -> CalibrationCollecting:
    return CalibrationCollecting("collecting", target_id, 1, enough=False)


def progress() -> tuple[CalibrationProgress, CalibrationSettings]:
    settings = CalibrationSettings()
    return CalibrationProgress(settings), settings


def read(lines: list[str]) -> list[dict[str, str]]:
    return [dict(ElementTree.fromstring(line).attrib) for line in lines]


def test_a_game_of_the_page_is_reported_target_by_target_in_the_order_of_showing() -> None:
    game, settings = progress()
    assert game.take(STARTED) == []
    assert settings.running
    assert read(game.take(collecting(4))) == [{"ID": "CALIB_START_PT", "PT": "1", "CALX": "0.50000", "CALY": "0.50000"}]
    assert game.take(collecting(4)) == []
    assert [line["ID"] + line["PT"] for line in read(game.take(collecting(0)))] == [
        "CALIB_RESULT_PT1",
        "CALIB_START_PT2",
    ]
    game.take(collecting(8))
    assert game.take(CalibrationStep("fitting")) == []
    *last_point, result = read(game.take(structs.replace(DONE, report=REPORT)))
    assert [line["PT"] for line in last_point] == ["3"]
    assert (result["CALX1"], result["LX1"], result["RY1"], result["LV1"]) == ("0.50000", "0.51000", "0.52000", "1")
    assert (result["CALX3"], result["LX3"], result["LV3"], result["RV3"]) == ("0.90000", "-1.00000", "0", "0")
    assert (settings.running, settings.average_error_px, settings.n_valid_points) == (False, 61.5, 2)


def test_dots_that_are_asked_again_keep_their_number_and_extra_ones_get_the_next() -> None:
    game, _ = progress()
    game.take(STARTED)
    for target_id in (4, 0, 8):
        game.take(collecting(target_id))
    game.take(CalibrationAgain("again", (TARGETS[1], TargetPlace(900, 0.3, 0.7))))
    assert [line["PT"] for line in read(game.take(collecting(0)))] == ["3", "2"]
    assert [line["PT"] for line in read(game.take(collecting(900)))] == ["2", "4"]


def test_a_failed_calibration_is_a_result_without_a_valid_point() -> None:
    game, settings = progress()
    game.take(STARTED)
    game.take(collecting(4))
    *_, result = read(game.take(CalibrationFailed("failed", "no face")))
    assert (result["ID"], result["LV1"], result["RV1"]) == ("CALIB_RESULT", "0", "0")
    assert (settings.running, settings.n_valid_points) == (False, 0)


def test_a_cancelled_game_has_no_result() -> None:
    game, settings = progress()
    game.take(STARTED)
    assert game.take(CalibrationStep("cancelled")) == []
    assert not settings.running


def test_a_loaded_calibration_is_summarized() -> None:
    game, settings = progress()
    assert game.take(structs.replace(DONE, state="loaded", report=REPORT)) == []
    assert (settings.average_error_px, settings.n_valid_points) == (61.5, 2)


def test_unknown_messages_are_ignored() -> None:
    game, _ = progress()
    assert game.take(collecting(99)) == []
    assert game.take(mark("page 2")) == []
