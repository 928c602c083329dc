"""Weights of ICT-FaceKit's expressions: mouth, brows, and eyelids that follow the gaze."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

Expression = dict[str, float]

# Degrees at which the shapes of the gaze have their full weight.
_UP_DEG, _DOWN_DEG, _SIDE_DEG = 32.0, 40.0, 32.0
LID_SHAPES = ("eyeLook", "eyeBlink", "eyeWide")  # the shapes that change with the gaze while the head is still


def random_expression(rng: Generator) -> Expression:
    """Random weights of mouth, cheeks and brows. The mouth of four faces in ten is neutral."""
    shapes: Expression = {}
    kind, strength = rng.random(), rng.uniform(0, 0.7)
    if kind < 0.3:
        other = strength * rng.uniform(0.8, 1)
        shapes.update(mouthSmile_L=strength, mouthSmile_R=other)
        shapes.update(cheekSquint_L=strength * 0.4, cheekSquint_R=strength * 0.4)
    elif kind < 0.42:
        shapes.update(jawOpen=strength * 0.43)
    elif kind < 0.5:
        shapes.update(mouthPucker=strength * 0.86)
    elif kind < 0.6:
        shapes.update(mouthFrown_L=strength * 0.86, mouthFrown_R=strength * 0.86)
    brows = float(rng.normal(0, 0.35))
    for side in "LR":
        if brows > 0:
            shapes.update({f"browInnerUp_{side}": brows, f"browOuterUp_{side}": brows * 0.8})
        else:
            shapes.update({f"browDown_{side}": -brows * 0.9})
    return shapes


def lids(
    eye_yaw_deg: float, eye_pitch_deg: float, *, droop: float, wide: float, squint: float, blink: float, gain: float
) -> Expression:
    """Weights of the eyelids for a gaze relative to the head, in degrees. A blink shuts both eyes.

    gain: how far the upper eyelids follow the gaze up and down; 1 is usual. A gaze to the head's left (positive yaw) is
    outwards for the left eye and inwards for the right eye.
    """
    shapes: Expression = {}
    pitch = eye_pitch_deg * gain / (_UP_DEG if eye_pitch_deg > 0 else _DOWN_DEG)
    lowered = min(max(0.0, -pitch), 1.0)
    for side, outwards in (("L", 1), ("R", -1)):
        shapes[f"eyeLookUp_{side}" if pitch > 0 else f"eyeLookDown_{side}"] = min(abs(pitch), 1.1)
        yaw = eye_yaw_deg * outwards / _SIDE_DEG
        shapes[f"eyeLookOut_{side}" if yaw > 0 else f"eyeLookIn_{side}"] = min(abs(yaw), 1.0)
        # Eyelids that are already lowered have a shorter way to shut.
        shapes[f"eyeBlink_{side}"] = float(np.clip((droop + blink) * (1 - 0.55 * lowered), 0, 0.92))
        shapes[f"eyeWide_{side}"] = wide * (1 - min(blink * 3, 1))
        shapes[f"eyeSquint_{side}"] = squint
    return shapes
