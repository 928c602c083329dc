"""Addresses a session's messages: answers for their sender, copies for subscribers and for the recording. No I/O."""

from __future__ import annotations

from dataclasses import replace

from server.protocol.calibration import CalibrationActive, ValidationDone
from server.protocol.session import RecordEnded, RecordStarted
from server.protocol.types import FollowedAnswer
from server.session.actions import (
    Action,
    FitCalibration,
    LoadProfile,
    Origin,
    Publish,
    Reply,
    ResumeCalibration,
    SaveProfile,
    ToPage,
)
from server.session.calibration import CalibrationController
from server.session.frames import FrameProcessor
from server.session.recording import RecordingController
from server.session.scene import Scene


class Routing:
    def __init__(
        self,
        *,
        scene: Scene,
        frames: FrameProcessor,
        recording: RecordingController,
        calibration: CalibrationController,
    ) -> None:
        """They are only read, except for the recording, which notes answers."""
        self._scene = scene
        self._frames = frames
        self._recording = recording
        self._calibration = calibration

    def answer(self, actions: list[Action], origin: Origin, now_ms: float) -> list[Action]:
        """Adds the origin to replies and jobs, and passes the replies to subscribers and to the recording."""
        addressed: list[Action] = []
        for action in actions:
            match action:
                case Reply(message):
                    if isinstance(message, FollowedAnswer):
                        lasting = isinstance(message, CalibrationActive | ValidationDone)
                        addressed.append(Publish(message, lasting, self._scene.layout))
                        addressed += self._recording.note(message, self._frames.client_ms(now_ms))
                    addressed.append(Reply(message, origin.sender, origin.request_id))
                    if isinstance(message, RecordStarted | RecordEnded) and origin.sender is not None:
                        addressed.append(ToPage(message))  # the person sees that another program records
                case FitCalibration():
                    addressed.append(
                        replace(
                            action,
                            origin=origin,
                            camera_px=self._frames.camera_px,
                            user=action.user or self._calibration.profile_user,
                            camera=self._scene.camera,
                        )
                    )
                case SaveProfile() | LoadProfile() | ResumeCalibration():
                    addressed.append(replace(action, origin=origin))
                case _:
                    addressed.append(action)
        return addressed
