"""All messages that the server sends, and their conversion to JSON. Pure.

The types are in the modules of their topic: `gaze`, `events`, `calibration`, `session`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from server.protocol import calibration, events, gaze, session
from server.protocol.types import ServerMessage

SERVER_MESSAGES: tuple[type[ServerMessage], ...] = (
    session.Hello,
    gaze.Gaze,
    *get_args(events.Event),
    session.GeometryReply,
    session.Subscribed,
    session.AreasSet,
    session.TimeSynced,
    session.ErrorReply,
    session.Accepted,
    session.Dropped,
    session.Pace,
    session.Stopping,
    session.OverviewReply,
    calibration.CalibrationStarted,
    calibration.CalibrationCollecting,
    calibration.CalibrationAgain,
    calibration.CalibrationStep,
    calibration.CalibrationActive,
    calibration.CalibrationSaved,
    calibration.CalibrationFailed,
    calibration.CalibrationRequested,
    calibration.CalibrationRefused,
    calibration.ValidationStarted,
    calibration.ValidationCollecting,
    calibration.ValidationDone,
    calibration.ValidationCancelled,
    calibration.ValidationRequested,
    calibration.ValidationRefused,
    calibration.DriftStarted,
    calibration.DriftCollecting,
    calibration.DriftDone,
    calibration.DriftFailed,
    calibration.DriftStep,
    calibration.ClickUsed,
    calibration.ClickIgnored,
    calibration.Looked,
    session.RecordStarted,
    session.RecordEnded,
    session.FilterReply,
    session.FilterChosen,
    session.HeatmapReply,
    session.Paused,
    session.Resumed,
)


_JSON = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def type_of(message: ServerMessage) -> str:
    return str(message.__struct_config__.tag)


def to_wire(message: ServerMessage, **beside: str | int | None) -> dict[str, Any]:
    """Plain JSON values, in the order of the wire, without UNSET members. beside: `request_id` or `session`."""
    values: dict[str, Any] = msgspec.to_builtins(message, enc_hook=float)  # float: of numpy's numbers
    for name, value in beside.items():
        if value is not None:
            values[name] = value
    return values


def encode(values: Mapping[str, Any]) -> str:
    """JSON text. Raises ValueError on NaN and infinity, which are a bug and not JSON; msgspec would write null."""
    return _JSON.encode(values)
