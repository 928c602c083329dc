"""A rendered person: everything that does not change during a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from models.arrays import Array
from models.synthetic.assets import Assets

Choice = TypeVar("Choice")

IDENTITY_MODES = 100
LUMINANCE = np.array([0.3, 0.59, 0.11])
# Inner and outer colour, linear RGB, and the share of the colour in the renders.
IRIS_COLOURS = (
    ((0.045, 0.022, 0.012), (0.14, 0.07, 0.035), 0.42),
    ((0.07, 0.035, 0.018), (0.20, 0.11, 0.05), 0.22),
    ((0.10, 0.06, 0.03), (0.30, 0.19, 0.09), 0.10),
    ((0.10, 0.10, 0.05), (0.28, 0.27, 0.14), 0.08),
    ((0.09, 0.14, 0.19), (0.30, 0.38, 0.44), 0.10),
    ((0.12, 0.14, 0.15), (0.36, 0.40, 0.42), 0.08),
)
HAIR_COLOURS = (
    ((0.012, 0.010, 0.009), 0.42),
    ((0.035, 0.02, 0.012), 0.25),
    ((0.09, 0.05, 0.028), 0.13),
    ((0.25, 0.16, 0.08), 0.08),
    ((0.22, 0.21, 0.20), 0.05),
    ((0.12, 0.035, 0.012), 0.04),
)
HAIR_STYLES = ((0, 0.34), (1, 0.30), (3, 0.28), (5, 0.08))  # 2 has gaps, 4 hides an eye
IRIS_TEXTURES = (0, 3, 4, 5, 6, 7)  # of the assets' eight
DARK_SKIN = 0.18  # luminance of the reflectance; below it, eyes are brown


@dataclass(frozen=True, slots=True)
class Eye:
    """Both eyeballs, in cm: two spheres that meet at the limbus (Gullstrand's simplified eye)."""

    sclera_radius: float
    cornea_radius: float
    limbus_radius: float
    pupil_radius: float
    iris_turn: float
    inner_colour: Array
    outer_colour: Array
    iris_texture: int
    contrast: float
    sclera_colour: Array
    redness: float
    conjunctiva: Array
    limbus_shade: float

    @property
    def limbus_depth(self) -> float:
        """Distance from the eyeball's centre to the plane of the limbus, cm."""
        return float(np.sqrt(self.sclera_radius**2 - self.limbus_radius**2))

    @property
    def cornea_offset(self) -> float:
        """Distance from the eyeball's centre to the cornea's centre, cm."""
        return float(self.limbus_depth - np.sqrt(self.cornea_radius**2 - self.limbus_radius**2))

    @property
    def iris_depth(self) -> float:
        return self.limbus_depth - 0.03


@dataclass(frozen=True, slots=True)
class Lenses:
    """Two lenses with power, coating, tint and dirt."""

    bends: Array  # (2,) curvature of the front and of the back surface, 1/cm; both bulge outwards
    power: float  # 1/cm; below 0 for short-sighted people
    wrap: float  # the tangent of the angle by which the lenses are turned outwards
    reflected: Array  # (3,) share of the light at each surface, straight on
    passed: Array  # (3,) transmitted share
    smudges: tuple[float, float]  # strength, and the place in the noise that draws them


@dataclass(frozen=True, slots=True)
class Spectacles:
    """Shape and finish of the glasses. width, height: half of a rim, cm."""

    width: float
    height: float
    squareness: float  # exponent of the superellipse
    thickness: float
    distance: float
    drop: float
    tilt: float
    rimless: bool
    colour: Array
    lens: Array  # reflection, tint, haze
    lenses: Lenses | None = None  # None: they neither refract nor reflect the screen


@dataclass(frozen=True, slots=True)
class Paint:
    """A layer on the picture of the skin: a beard, or make-up. where: a mask of `looks.masks_of`; colour: sRGB, 0 to 1;
    grain: 0 smooth, 1 hairs."""

    where: str
    strength: float
    colour: Array
    grain: float = 0.0


@dataclass(frozen=True, slots=True)
class Person:
    """kappa: (2, 2) rad, angle between optical and visual axis: left and right eye, outwards and upwards.

    lid_gain: how far the eyelids follow the gaze; 1 is usual. It varies, so that a network does not rely on it.
    """

    identity: npt.NDArray[np.float32]
    scale: float
    eye: Eye
    eye_forward: float
    kappa: Array
    skin: int
    skin_tint: Array  # (3, 3) on sRGB values
    skin_offset: Array
    albedo: float
    roughness: float
    gloss: float
    hair: int  # -1: none
    hair_colour: Array
    hair_offset: Array
    brow: int
    brow_colour: Array
    brow_strength: float
    lash_colour: Array
    lash_strength: float
    cloth: Array
    neckline: float
    spectacles: Spectacles | None
    droop: float
    wide: float
    lid_gain: float
    paint: tuple[Paint, ...] = ()


def random_person(rng: Generator, assets: Assets) -> Person:
    """A person with random looks. Skin is independent of identity; dark faces have no light eyes."""
    skin = int(rng.integers(len(assets["skins"])))
    tint, offset, albedo = _skin(rng, assets, skin)
    hair = _pick(rng, HAIR_STYLES) if rng.random() < 0.9 else -1
    hair_colour = np.array(_pick(rng, HAIR_COLOURS)) * rng.uniform(0.7, 1.4)
    kappa = np.radians([rng.normal(5, 1.2), rng.normal(-1, 1)])
    return Person(
        identity=(rng.normal(0, 0.85, IDENTITY_MODES)).clip(-2.2, 2.2).astype(np.float32),
        scale=float(rng.normal(0.985, 0.035)),
        eye=_eye(rng, dark=albedo < DARK_SKIN),
        eye_forward=0.34 + float(rng.normal(0, 0.02)),
        kappa=np.stack([kappa, kappa + np.radians(rng.normal(0, 0.6, 2))]),
        skin=skin,
        skin_tint=tint,
        skin_offset=offset,
        albedo=albedo,
        roughness=rng.uniform(0.38, 0.6),
        gloss=rng.uniform(0.3, 0.95),
        hair=hair,
        hair_colour=hair_colour * 1.6,
        hair_offset=np.array([0.0, rng.normal(0.1, 0.15), rng.normal(-0.1, 0.15)]),
        brow=int(rng.integers(len(assets["brows"]))),
        brow_colour=np.minimum(hair_colour * 0.6, 0.07) + 0.004,
        brow_strength=rng.uniform(0.7, 1.4),
        lash_colour=np.minimum(hair_colour * 0.5, 0.03),
        lash_strength=rng.uniform(0.25, 0.9),
        cloth=rng.uniform(0.02, 0.6) * rng.uniform(0.4, 1, 3),
        neckline=rng.uniform(-13.5, -10.5),
        spectacles=random_spectacles(rng) if rng.random() < 0.25 else None,
        droop=max(0.0, float(rng.normal(0.05, 0.09))),
        wide=max(0.0, float(rng.normal(-0.1, 0.25))),
        lid_gain=rng.uniform(0.65, 1.2),
    )


def _pick(rng: Generator, choices: Sequence[tuple[Choice, float]]) -> Choice:
    shares = np.array([share for _, share in choices])
    return choices[int(rng.choice(len(choices), p=shares / shares.sum()))][0]


def _eye(rng: Generator, *, dark: bool) -> Eye:
    shares = np.array([share for _, _, share in IRIS_COLOURS])
    colour = int(rng.random() < 0.2) if dark else int(rng.choice(len(IRIS_COLOURS), p=shares / shares.sum()))
    inner, outer, _ = IRIS_COLOURS[colour]
    shade = rng.uniform(0.75, 1.3) * rng.uniform(0.9, 1.1, 3)
    cornea = float(rng.normal(0.76, 0.02))
    return Eye(
        sclera_radius=float(rng.normal(1.19, 0.025)),
        cornea_radius=cornea,
        limbus_radius=min(float(rng.normal(0.585, 0.02)), cornea - 0.08),
        pupil_radius=rng.uniform(0.12, 0.30),
        iris_turn=rng.uniform(0, 2 * np.pi),
        inner_colour=np.array(inner) * shade * 0.8,
        outer_colour=np.array(outer) * shade * 0.72,
        iris_texture=int(rng.integers(len(IRIS_TEXTURES))),
        contrast=rng.uniform(0.3, 0.9),
        sclera_colour=np.array([0.45, 0.425, 0.41]) * rng.uniform(0.8, 1.1) * rng.uniform(0.97, 1.03, 3),
        redness=rng.uniform(0.1, 1.0),
        conjunctiva=np.array([0.42, 0.22, 0.19]) * rng.uniform(0.8, 1.2),
        limbus_shade=rng.uniform(0.4, 1.0),
    )


def _skin(rng: Generator, assets: Assets, skin: int) -> tuple[Array, Array, float]:
    """A change of gain and saturation of the picture `skin`, and the resulting luminance of the cheeks."""
    gain, saturation = rng.uniform(0.78, 1.22), rng.uniform(0.75, 1.2)
    tint: Array = np.eye(3) * saturation + (1 - saturation) * np.tile(LUMINANCE, (3, 1))
    tint = np.diag(gain * rng.uniform(0.96, 1.04, 3)) @ tint
    cheeks = assets["skins"][skin, 450:575:4, 200:320:4].reshape(-1, 3) / 255.0
    darkest = rng.uniform(0.07, 0.14)
    albedo = _luminance(cheeks @ tint.T)
    if albedo < darkest:
        tint = tint * (darkest / albedo) ** (1 / 2.2)
    offset: Array = np.full(3, rng.normal(0, 0.015))
    return tint, offset, max(_luminance(cheeks @ tint.T + offset), 0.01)


def _luminance(srgb: Array) -> float:
    return float(np.mean(np.clip(srgb, 0, 1) ** 2.2 @ LUMINANCE))


def random_spectacles(rng: Generator) -> Spectacles:
    return Spectacles(
        width=rng.uniform(2.45, 2.85),
        height=rng.uniform(1.6, 2.3),
        squareness=rng.uniform(2.2, 4.5),
        thickness=rng.uniform(0.06, 0.22),
        distance=rng.uniform(1.0, 1.5),
        drop=rng.uniform(-0.5, -0.1),
        tilt=rng.uniform(0.05, 0.18),
        rimless=bool(rng.random() < 0.15),
        colour=np.array([0.01, 0.01, 0.012]) if rng.random() < 0.6 else rng.uniform(0.02, 0.4, 3),
        lens=np.array([rng.uniform(0.3, 1.4), rng.uniform(0, 0.04), rng.uniform(0, 0.06)]),
    )
