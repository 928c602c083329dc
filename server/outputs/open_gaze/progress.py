"""The progress of a calibration in the Open Gaze API. Pure: `calibration` messages in, CAL lines out.

    <CAL ID="CALIB_START_PT" PT="1" CALX="0.50000" CALY="0.50000" />   a target appears
    <CAL ID="CALIB_RESULT_PT" PT="1" CALX="0.50000" CALY="0.50000" />  its samples are complete
    <CAL ID="CALIB_RESULT" CALX1="0.50000" CALY1=... LX1=... LY1=... LV1="1" RX1=... RV1="1" CALX2=... />

Points are numbered in the order in which they are shown. LX, LY, RX and RY are the held-out prediction of the target,
the same for both eyes; a target without usable samples has V 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.outputs.open_gaze.commands import CalibrationSettings
from server.outputs.open_gaze.protocol import NOWHERE, encode

Place = tuple[float, float]


class CalibrationProgress:
    """Of the current calibration; the settings' summary is of the last one."""

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
        """Empty when no target is shown."""
        target_id, self._current = self._current, None
        return [] if target_id is None else [self._point("CALIB_RESULT_PT", target_id)]

    def take(self, message: Mapping[str, Any]) -> list[str]:
        """A message of a calibration that the page shows."""
        match message.get("state"):
            case "started" | "again" as state:
                listed = message.get("targets", ())
                targets = {int(target["id"]): (float(target["x"]), float(target["y"])) for target in listed}
                if state == "started":
                    self.begin(targets)
                else:
                    self._places |= targets
            case "collecting" if message["target_id"] != self._current and message["target_id"] in self._places:
                return [*self.end_point(), self.start_point(int(message["target_id"]))]
            case "done":
                return [*self.end_point(), self.result(message["report"])]
            case "failed":
                return [*self.end_point(), self.failed()]
            case "cancelled":
                self._settings.running = False
            case "loaded":
                self._summarize(message["report"])
        return []

    def result(self, report: Mapping[str, Any]) -> str:
        self._summarize(report)
        used = {int(target["target_id"]): target for target in report["targets"]}
        fields: dict[str, Any] = {}
        for number, target_id in enumerate(self._shown, start=1):
            x, y = self._places[target_id]
            target = used.get(target_id)
            predicted = (NOWHERE, NOWHERE) if target is None else (target["predicted_x"], target["predicted_y"])
            fields |= {f"CALX{number}": float(x), f"CALY{number}": float(y)}
            for eye in "LR":
                fields |= {f"{eye}X{number}": float(predicted[0]), f"{eye}Y{number}": float(predicted[1])}
                fields |= {f"{eye}V{number}": target is not None}
        return encode("CAL", {"ID": "CALIB_RESULT", **fields})

    def failed(self) -> str:
        """A result without a valid point: clients wait for one."""
        return self.result({"targets": (), "mean_error_px": 0.0})

    def _summarize(self, report: Mapping[str, Any]) -> None:
        self._settings.running = False
        self._settings.average_error_px = float(report["mean_error_px"])
        self._settings.n_valid_points = len(report["targets"])

    def _point(self, command_id: str, target_id: int) -> str:
        x, y = self._places[target_id]
        number = self._shown.index(target_id) + 1
        return encode("CAL", {"ID": command_id, "PT": number, "CALX": float(x), "CALY": float(y)})
