"""Converts the progress of a calibration to the Open Gaze API: `calibration` messages to CAL lines. Pure.

    <CAL ID="CALIB_START_PT" PT="1" CALX="0.50000" CALY="0.50000" />   a target appears
    <CAL ID="CALIB_RESULT_PT" PT="1" CALX="0.50000" CALY="0.50000" />  its samples are complete
    <CAL ID="CALIB_RESULT" CALX1="0.50000" CALY1=... LX1=... LY1=... LV1="1" RX1=... RV1="1" CALX2=... />

Points are numbered in the order in which they are shown. LX, LY, RX and RY are the gaze that is expected for the
target, equal for both eyes, as our page shows it (`calibration.quality.summary`). A target without usable samples
has V 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from server.outputs.open_gaze.commands import CalibrationSettings
from server.outputs.open_gaze.protocol import NOWHERE, encode
from server.protocol.calibration import (
    CalibrationActive,
    CalibrationAgain,
    CalibrationCollecting,
    CalibrationFailed,
    CalibrationStarted,
    CalibrationStep,
    Report,
    TargetPlace,
)
from server.protocol.types import ServerMessage

Place = tuple[float, float]


class CalibrationProgress:
    """The progress of the current calibration. It writes the summary of the last one to the settings."""

    def __init__(self, settings: CalibrationSettings) -> None:
        self._settings = settings
        self._places: dict[int, Place] = {}
        self._shown: list[int] = []  # target ids, in the order of their numbers
        self._current: int | None = None

    def begin(self, targets: Mapping[int, Place]) -> None:
        self._places, self._shown, self._current = dict(targets), [], None
        self._settings.running = True

    def start_point(self, target_id: int) -> str:
        if target_id not in self._shown:
            self._shown.append(target_id)
        self._current = target_id
        return self._point("CALIB_START_PT", target_id)

    def end_point(self) -> list[str]:
        """Ends the shown target. Returns no line when none is shown."""
        target_id, self._current = self._current, None
        return [] if target_id is None else [self._point("CALIB_RESULT_PT", target_id)]

    def take(self, message: ServerMessage) -> list[str]:
        """Takes a message of a calibration that the page shows. Returns the lines for the clients."""
        match message:
            case CalibrationStarted(targets=targets):
                self.begin(places(targets))
            case CalibrationAgain(targets=targets):
                self._places |= places(targets)
            case CalibrationCollecting(target_id=target_id):
                if target_id != self._current and target_id in self._places:
                    return [*self.end_point(), self.start_point(target_id)]
            case CalibrationActive(state="done", report=report):
                return [*self.end_point(), self.result(report)]
            case CalibrationActive(report=report):
                self._summarize(report)
            case CalibrationFailed():
                return [*self.end_point(), self.result(None)]
            case CalibrationStep(state="cancelled"):
                self._settings.running = False
        return []

    def result(self, report: Report | None) -> str:
        """The CALIB_RESULT line. report: None without a calibration; the line then has no valid point."""
        self._summarize(report)
        used = {target.target_id: target for target in report.summary.targets} if report else {}
        fields: dict[str, Any] = {}
        for number, target_id in enumerate(self._shown, start=1):
            x, y = self._places[target_id]
            target = used.get(target_id)
            predicted = (NOWHERE, NOWHERE) if target is None else (target.gaze_x, target.gaze_y)
            fields |= {f"CALX{number}": float(x), f"CALY{number}": float(y)}
            for eye in "LR":
                fields |= {f"{eye}X{number}": float(predicted[0]), f"{eye}Y{number}": float(predicted[1])}
                fields |= {f"{eye}V{number}": target is not None}
        return encode("CAL", {"ID": "CALIB_RESULT", **fields})

    def _summarize(self, report: Report | None) -> None:
        self._settings.running = False
        self._settings.average_error_px = report.summary.error_px if report else 0.0
        self._settings.n_valid_points = len(report.targets) if report else 0

    def _point(self, command_id: str, target_id: int) -> str:
        x, y = self._places[target_id]
        number = self._shown.index(target_id) + 1
        return encode("CAL", {"ID": command_id, "PT": number, "CALX": float(x), "CALY": float(y)})


def places(targets: Iterable[TargetPlace]) -> dict[int, Place]:
    return {target.id: (target.x, target.y) for target in targets}
