"""The calibration commands of the Open Gaze API: settings, start and stop. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.outputs.open_gaze.protocol import BadCommand, OpenGazeCommand

MAX_POINTS = 32  # of a calibration; the longest pattern in use has 16
MAX_SECONDS = 60.0  # of a calibration point; a longer time is a mistake

DEFAULT_POINTS = ((0.5, 0.5), *((x, y) for y in (0.1, 0.5, 0.9) for x in (0.1, 0.5, 0.9) if (x, y) != (0.5, 0.5)))


@dataclass(slots=True)
class CalibrationSettings:
    """The settings of a calibration, and the summary of the last one. All clients of a server share them."""

    shown_by_us: bool = False
    running: bool = False
    delay_s: float = 0.75  # the time of the target's animation, in which the eyes arrive
    timeout_s: float = 1.25
    points: list[tuple[float, float]] = field(default_factory=lambda: list(DEFAULT_POINTS))
    average_error_px: float = 0.0
    n_valid_points: int = 0


@dataclass(frozen=True, slots=True)
class StartCalibration:
    pass


@dataclass(frozen=True, slots=True)
class StopCalibration:
    pass


def calibrate(
    command: OpenGazeCommand, settings: CalibrationSettings, *, camera: bool
) -> tuple[Mapping[str, Any], StartCalibration | StopCalibration | None]:
    """The fields of the answer, and the work to do. camera: whether one is connected. Raises BadCommand."""
    setting = command.verb == "SET"
    match command.id:
        case "CALIBRATE_START":
            if not setting:
                return {"STATE": settings.running}, None
            start = command.flag()
            if start and not camera:
                raise BadCommand("no camera is connected", command.id)
            if start and not settings.points and not settings.shown_by_us:
                raise BadCommand("there are no points to calibrate at", command.id)
            return {"STATE": start}, StartCalibration() if start else StopCalibration()
        case "CALIBRATE_SHOW":
            before = settings.shown_by_us
            if setting:
                settings.shown_by_us = command.flag()
            # Some clients start before they show: the calibration then starts again with the display.
            again = settings.shown_by_us and not before and settings.running
            return {"STATE": settings.shown_by_us}, StartCalibration() if again else None
        case "CALIBRATE_TIMEOUT":
            if setting:
                settings.timeout_s = command.number("VALUE", 0.1, MAX_SECONDS)
            return {"VALUE": settings.timeout_s}, None
        case "CALIBRATE_DELAY":
            if setting:
                settings.delay_s = command.number("VALUE", 0.0, MAX_SECONDS)
            return {"VALUE": settings.delay_s}, None
        case "CALIBRATE_RESULT_SUMMARY" if not setting:
            return {"AVE_ERROR": settings.average_error_px, "VALID_POINTS": settings.n_valid_points}, None
        case "CALIBRATE_CLEAR" if setting:
            settings.points = []
        case "CALIBRATE_RESET" if setting:
            settings.points = list(DEFAULT_POINTS)
        case "CALIBRATE_ADDPOINT":
            if setting:
                _add_point(command, settings)
            return {"PTS": len(settings.points), **_points(settings.points)}, None
        case "CALIBRATE_CLEAR" | "CALIBRATE_RESET":
            pass  # GET: the number of points
        case _:
            raise BadCommand("no such command", command.id)
    return {"PTS": len(settings.points)}, None


def _add_point(command: OpenGazeCommand, settings: CalibrationSettings) -> None:
    point = (command.number("X", 0.0, 1.0), command.number("Y", 0.0, 1.0))
    if len(settings.points) >= MAX_POINTS:
        raise BadCommand(f"at most {MAX_POINTS} points", command.id)
    settings.points.append(point)


def _points(points: list[tuple[float, float]]) -> Mapping[str, float]:
    numbered: dict[str, float] = {}
    for number, (x, y) in enumerate(points, start=1):
        numbered |= {f"X{number}": float(x), f"Y{number}": float(y)}
    return numbered
