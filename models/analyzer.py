"""Pictures in, the analyses of their faces out.

picture -> landmarks -> head pose -> normalised face and eye crops -> networks -> `GazeFeatures`
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.analysis import CLOSED_OPENNESS, NO_FACE, AnalyzedPicture, FaceAnalysis, GazeFeatures
from models.arrays import Array, FloatArray, Grey
from models.face.camera import Box, CameraIntrinsics
from models.face.eyes import eye_crops, eye_openness, eye_patches, iris_centre, iris_distance_mm, iris_positions
from models.face.face_model import EYE_CORNERS_MM
from models.face.glare import glare
from models.face.landmarks import N_LANDMARKS, Landmarks
from models.face.mesh_landmarks import MeshLandmarks
from models.face.normalize import NormalizedFace, normalize_face
from models.face.pose import HeadPose, estimate_pose
from models.face.tracking import FaceTrack, LandmarkFinder, LandmarksName, Picture
from models.predictor import GazePredictor, NetworkOutput
from models.runtime import DeviceName

MEDIAPIPE_STREAMS = 8  # each has a graph, which takes 30 MB


@dataclass(frozen=True, slots=True)
class _PreparedFace:
    """A face before the network. grey: the whole picture; eyes: (2, 32, 64) uint8 crops."""

    picture: Picture
    track: FaceTrack
    pose: HeadPose
    grey: Grey
    normalized: NormalizedFace
    eyes: npt.NDArray[np.uint8]


class FaceAnalyzer:
    """Analyses pictures of any streams. It keeps nothing between calls. Not thread-safe."""

    def __init__(self, *, finder: LandmarkFinder, predictor: GazePredictor) -> None:
        self._finder = finder
        self._predictor = predictor

    def warm_up(self, count: int) -> None:
        """Run all networks on `count` pictures. So what is compiled for this size does not delay a frame.

        The pictures are grey, so they have a track that says where the mesh looks.
        """
        grey, camera = np.full((480, 640, 3), 128, np.uint8), CameraIntrinsics.from_field_of_view(640, 480)
        angles = np.linspace(0.0, 2.0 * np.pi, N_LANDMARKS, dtype=np.float32)
        points = np.array([320.0, 240.0], np.float32) + 80.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        before = Picture(grey, camera, captured_ms=0.0).track(points.astype(np.float32))
        self._finder.find([Picture(grey, camera, captured_ms=30.0, before=before)] * count)
        face = np.full((count, self._predictor.face_px, self._predictor.face_px, 3), 128, np.uint8)
        eyes = np.full((count, 2, 32, 64), 128, np.uint8)
        self._predictor.predict(face, eyes, np.zeros((count, 3), np.float32))

    def analyze(self, pictures: Sequence[Picture]) -> list[AnalyzedPicture]:
        """One result for each picture, in their order. The pictures are of different streams."""
        tracks = self._finder.find(pictures)
        greys = [np.asarray(cv2.cvtColor(picture.image, cv2.COLOR_RGB2GRAY), np.uint8) for picture in pictures]
        results = [AnalyzedPicture(NO_FACE, track, grey) for track, grey in zip(tracks, greys, strict=True)]
        faces: dict[int, _PreparedFace] = {}
        for index, (picture, track, grey) in enumerate(zip(pictures, tracks, greys, strict=True)):
            if track is not None and (pose := estimate_pose(track.landmarks, picture.intrinsics)) is not None:
                faces[index] = self._prepare(picture, grey, track, pose)
        if faces:
            output = self._predict(list(faces.values()))
            for row, (index, face) in enumerate(faces.items()):
                results[index] = AnalyzedPicture(_described(face, output, row), face.track, face.grey)
        return results

    def _prepare(self, picture: Picture, grey: Grey, track: FaceTrack, pose: HeadPose) -> _PreparedFace:
        normalized = normalize_face(picture.image, pose, picture.intrinsics, self._predictor.face_px)
        return _PreparedFace(picture, track, pose, grey, normalized, eye_crops(grey, track.landmarks))

    def _predict(self, faces: Sequence[_PreparedFace]) -> NetworkOutput:
        return self._predictor.predict(
            np.stack([face.normalized.patch for face in faces]),
            np.stack([face.eyes for face in faces]),
            np.stack([face.normalized.head_rotation_vector(face.pose) for face in faces]).astype(np.float32),
        )


def _described(face: _PreparedFace, output: NetworkOutput, row: int) -> FaceAnalysis:
    """The analysis of the face in this row of the batch."""
    landmarks, pose, grey, intrinsics = face.track.landmarks, face.pose, face.grey, face.picture.intrinsics
    # The network's direction is in the normalised camera. R^T rotates it back into the real camera.
    pitch_rad, yaw_rad = _rotated_back(output.face_angles[row], face.normalized.rotation)
    openness, iris = eye_openness(landmarks), iris_positions(landmarks)
    rigid_corners = pose.project(EYE_CORNERS_MM, intrinsics)
    features = GazeFeatures(
        pitch_rad=pitch_rad,
        yaw_rad=yaw_rad,
        eye_pitch_rad=float(output.eye_angles[row, 0]),
        eye_yaw_rad=float(output.eye_angles[row, 1]),
        embedding=output.face_embedding[row],
        eye_embedding=output.eye_embedding[row],
        eye_patches=eye_patches(grey, landmarks, rigid_corners),
        iris=iris,
        openness=openness,
        head_rotation_rad=pose.rotation_vector().astype(np.float32),
        head_translation_mm=pose.face_centre_mm().astype(np.float32),
    )
    box_px = landmarks.box_px()
    box, eyes = _places(landmarks, box_px, grey.shape[1], grey.shape[0])
    yaw, pitch, roll = pose.angles_deg()
    return FaceAnalysis(
        status="eyes_closed" if features.mean_openness < CLOSED_OPENNESS else "ok",
        features=features,
        face_box=box,
        eye_points=eyes,
        head_yaw_deg=yaw,
        head_pitch_deg=pitch,
        head_roll_deg=roll,
        brightness=_brightness(grey, box_px),
        iris_distance_mm=iris_distance_mm(landmarks, intrinsics),
        glare=float(glare(face.eyes, iris, openness).max()),
    )


def _rotated_back(angles: FloatArray, rotation: Array) -> tuple[float, float]:
    """(2,) pitch and yaw in a frame that is rotated by R -> pitch and yaw before, rad.

    `models.face.camera` has the formulas. Arrays of single numbers would take twenty times as long.
    """
    pitch, yaw = angles.tolist()
    x, y, z = math.cos(pitch) * math.sin(yaw), -math.sin(pitch), -math.cos(pitch) * math.cos(yaw)
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rotation.tolist()
    x, y, z = xx * x + yx * y + zx * z, xy * x + yy * y + zy * z, xz * x + yz * y + zz * z
    return math.atan2(-y, math.hypot(x, z)), math.atan2(x, -z)


def _places(
    landmarks: Landmarks, box_px: Box, width: int, height: int
) -> tuple[Box, tuple[tuple[float, float], tuple[float, float]]]:
    left, top, right, bottom = box_px
    left_eye, right_eye = (iris_centre(landmarks, is_left) for is_left in (True, False))
    return (
        (left / width, top / height, (right - left) / width, (bottom - top) / height),
        ((left_eye.real / width, left_eye.imag / height), (right_eye.real / width, right_eye.imag / height)),
    )


def _brightness(grey: Grey, box_px: Box) -> float:
    left, top, right, bottom = box_px
    face = grey[max(int(top), 0) : max(int(bottom), 0), max(int(left), 0) : max(int(right), 0)]
    return float(cv2.mean(face)[0]) if face.size else 0.0


def create_analyzer(
    predictor: GazePredictor, device: DeviceName = "cpu", landmarks: LandmarksName = "networks"
) -> FaceAnalyzer:
    """A new analyzer. device: where the face mesh runs. landmarks: from MediaPipe's networks, or from MediaPipe itself.

    Raises ValueError if MediaPipe is wanted and not installed; OSError if a network's file is missing.
    """
    if landmarks == "networks":
        return FaceAnalyzer(finder=MeshLandmarks(device), predictor=predictor)
    from models.face.mediapipe_graph import MediaPipeLandmarks

    try:
        finder = MediaPipeLandmarks(streams=MEDIAPIPE_STREAMS)
    except ModuleNotFoundError as error:
        raise ValueError(f"{error}, or leave out --landmarks mediapipe") from error
    return FaceAnalyzer(finder=finder, predictor=predictor)
