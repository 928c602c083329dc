from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

from server.outputs.open_gaze.commands import CalibrationSettings
from server.outputs.open_gaze.progress import CalibrationProgress

TARGETS = [{"id": 4, "x": 0.5, "y": 0.5}, {"id": 0, "x": 0.1, "y": 0.1}, {"id": 8, "x": 0.9, "y": 0.9}]
REPORT = {
    "mean_error_px": 61.5,
    "targets": [
        {"target_id": 0, "x": 0.1, "y": 0.1, "predicted_x": 0.12, "predicted_y": 0.09},
        {"target_id": 4, "x": 0.5, "y": 0.5, "predicted_x": 0.51, "predicted_y": 0.52},
    ],
}


def said(state: str, **fields: Any) -> dict[str, Any]:
    return {"type": "calibration", "state": state, **fields}


def progress() -> tuple[CalibrationProgress, CalibrationSettings]:
    settings = CalibrationSettings()
    return CalibrationProgress(settings), settings


def read(lines: list[str]) -> list[dict[str, str]]:
    return [dict(ElementTree.fromstring(line).attrib) for line in lines]


def test_a_game_of_the_page_is_reported_target_by_target_in_the_order_of_showing() -> None:
    game, settings = progress()
    assert game.take(said("started", targets=TARGETS)) == []
    assert settings.running
    assert read(game.take(said("collecting", target_id=4))) == [
        {"ID": "CALIB_START_PT", "PT": "1", "CALX": "0.50000", "CALY": "0.50000"}
    ]
    assert game.take(said("collecting", target_id=4)) == []
    assert [line["ID"] + line["PT"] for line in read(game.take(said("collecting", target_id=0)))] == [
        "CALIB_RESULT_PT1",
        "CALIB_START_PT2",
    ]
    game.take(said("collecting", target_id=8))
    assert game.take(said("fitting")) == []
    *last_point, result = read(game.take(said("done", report=REPORT)))
    assert [line["PT"] for line in last_point] == ["3"]
    assert (result["CALX1"], result["LX1"], result["RY1"], result["LV1"]) == ("0.50000", "0.51000", "0.52000", "1")
    assert (result["CALX3"], result["LX3"], result["LV3"], result["RV3"]) == ("0.90000", "-1.00000", "0", "0")
    assert (settings.running, settings.average_error_px, settings.n_valid_points) == (False, 61.5, 2)


def test_dots_that_are_asked_again_keep_their_number_and_extra_ones_get_the_next() -> None:
    game, _ = progress()
    game.take(said("started", targets=TARGETS))
    for target_id in (4, 0, 8):
        game.take(said("collecting", target_id=target_id))
    game.take(said("again", targets=[TARGETS[1], {"id": 900, "x": 0.3, "y": 0.7}]))
    assert [line["PT"] for line in read(game.take(said("collecting", target_id=0)))] == ["3", "2"]
    assert [line["PT"] for line in read(game.take(said("collecting", target_id=900)))] == ["2", "4"]


def test_a_failed_calibration_is_a_result_without_a_valid_point() -> None:
    game, settings = progress()
    game.take(said("started", targets=TARGETS))
    game.take(said("collecting", target_id=4))
    *_, result = read(game.take(said("failed", reason="no face")))
    assert (result["ID"], result["LV1"], result["RV1"]) == ("CALIB_RESULT", "0", "0")
    assert (settings.running, settings.n_valid_points) == (False, 0)


def test_a_cancelled_game_has_no_result() -> None:
    game, settings = progress()
    game.take(said("started", targets=TARGETS))
    assert game.take(said("cancelled")) == []
    assert not settings.running


def test_a_loaded_calibration_is_summarized() -> None:
    game, settings = progress()
    assert game.take(said("loaded", report=REPORT)) == []
    assert (settings.average_error_px, settings.n_valid_points) == (61.5, 2)


def test_what_is_not_known_is_passed_over() -> None:
    game, _ = progress()
    assert game.take(said("collecting", target_id=99)) == []
    assert game.take(said("dancing")) == []
