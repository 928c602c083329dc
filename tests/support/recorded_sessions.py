"""Session folders made of tiny pictures that a fake analyzer can read: red is x, green is y, blue is what to find."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.analysis import NO_FACE, AnalyzedPicture, FaceAnalysis, GazeFeatures
from models.face.landmarks import N_LANDMARKS
from models.face.tracking import Picture
from tests.support.calibration_eye import LinearEye

OK, WINK, NO_FACE_HERE, EYES_SHUT = 0, 50, 100, 200  # the blue channel
Row = tuple[str, float, tuple[float, float] | None, int | None, str]  # image, ms, target 0..1, id, phase


class PictureReader:
    """A fake analyzer that reads the gaze point from the colour, and remembers how it was called."""

    def __init__(self, noise: float = 0.1) -> None:
        self._eye = LinearEye(noise=noise)
        self.pictures: list[Picture] = []

    def analyze(self, pictures: Sequence[Picture]) -> list[AnalyzedPicture]:
        self.pictures.extend(pictures)
        return [self._look(picture) for picture in pictures]

    def _look(self, picture: Picture) -> AnalyzedPicture:
        red, green, blue = (int(value) for value in picture.image[0, 0])
        if blue == NO_FACE_HERE:
            return AnalyzedPicture(NO_FACE)
        features = self.features(red / 255, green / 255)
        if blue == WINK:
            features = replace(features, openness=features.openness * np.array([0.4, 1.0], np.float32))
        found = FaceAnalysis(status="eyes_closed" if blue == EYES_SHUT else "ok", features=features)
        return AnalyzedPicture(found, picture.track(np.zeros((N_LANDMARKS, 2), np.float32)))

    def features(self, x: float, y: float) -> GazeFeatures:
        b = self._eye.blocks(x, y)
        (pitch, yaw), (eye_pitch, eye_yaw) = b["gaze_angles"].tolist(), b["eye_angles"].tolist()
        return GazeFeatures(
            pitch_rad=pitch,
            yaw_rad=yaw,
            eye_pitch_rad=eye_pitch,
            eye_yaw_rad=eye_yaw,
            embedding=b["embedding"],
            eye_embedding=b["eye_embedding"],
            eye_patches=b["eye_patches"],
            iris=b["iris"],
            openness=b["openness"],
            head_rotation_rad=b["head_rotation"],
            head_translation_mm=b["head_translation"],
        )


def write_picture(path: Path, gaze: tuple[float, float], kind: int = OK) -> None:
    """A 16 x 8 picture in the format that the name says."""
    colour = (round(gaze[0] * 255), round(gaze[1] * 255), kind)
    cv2.imwrite(str(path), np.full((8, 16, 3), colour[::-1], np.uint8))


def write_session(folder: Path, rows: Iterable[Row], **members: Any) -> Path:
    """session.json and frames.csv; the pictures are the caller's."""
    screen = {"width_px": 1920, "height_px": 1080, "width_mm": None, "height_mm": None}
    document = {"version": 1, "person": "p01", "screen": screen, "camera": {"hfov_deg": None}, **members}
    (folder / "frames").mkdir(parents=True, exist_ok=True)
    (folder / "session.json").write_text(json.dumps(document))
    lines = ["frame,captured_ms,target_x_px,target_y_px,target_id,phase"]
    for name, captured_ms, target, target_id, phase in rows:
        x, y = (target[0] * 1920, target[1] * 1080) if target is not None else ("", "")
        lines.append(f"frames/{name},{captured_ms},{x},{y},{'' if target_id is None else target_id},{phase}")
    (folder / "frames.csv").write_text("\n".join(lines) + "\n")
    return folder


def dots_session(folder: Path, calibrate: list[tuple[float, float]], test: list[tuple[float, float]]) -> Path:
    """One frame for each target, two seconds apart, as in some public recordings."""
    (folder / "frames").mkdir(parents=True)
    rows: list[Row] = []
    for number, (place, phase) in enumerate([(p, "calibrate") for p in calibrate] + [(p, "test") for p in test]):
        write_picture(folder / "frames" / f"{number:03}.png", place)
        rows.append((f"{number:03}.png", 2000.0 * number, place, number, phase))
    return write_session(folder, rows)
