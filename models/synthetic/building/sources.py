"""The files of the clones from which the assets are built.

Their order is part of the format: `people.py` draws textures by number. With another order, the same seed gives
another face.
"""

from __future__ import annotations

NEUTRAL = "generic_neutral_mesh"

SKINS = (
    "middleage_darkskinned_male_diffuse",
    "middleage_lightskinned_female_diffuse2",
    "middleage_lightskinned_male_diffuse",
    "middleage_lightskinned_male_diffuse2",
    "old_darkskinned_male_diffuse",
    "young_darkskinned_male_diffuse",
    "young_lightskinned_female_diffuse2",
    "young_lightskinned_female_diffuse3",
    "young_lightskinned_male_diffuse",
    "young_lightskinned_male_diffuse2",
    "young_lightskinned_male_diffuse3",
)
BROWS = tuple(f"eyebrow{number:03d}" for number in range(1, 13))
HAIR = ("short01", "short02", "short03", "short04", "bob02", "braid01")
IRISES = ("blue", "bluegreen", "brownlight", "deepblue", "green", "grey", "ice", "lightblue")
# MakeHuman's base mesh is no particular person. Half of each of these targets makes it an adult.
BODY_TARGETS = (
    "caucasian-male-young",
    "caucasian-female-young",
    "universal-male-young-averagemuscle-averageweight",
    "universal-female-young-averagemuscle-averageweight",
)
BODY_WEIGHT = 0.5
REGISTERED_SKIN = "young_lightskinned_male_diffuse"  # FaceMesh finds MakeHuman's head with it

IDENTITIES = tuple(f"identity{number:03d}" for number in range(100))
_BOTH_SIDES = (
    ("brow", ("Down", "InnerUp", "OuterUp")),
    ("cheek", ("Puff", "Raiser", "Squint")),
    ("eye", ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")),
    ("mouth", ("Dimple", "Frown", "LowerDown", "Press", "Smile", "Stretch", "UpperUp")),
    ("nose", ("Sneer",)),
    ("Pupil", ("Dilate",)),
)
_MIDDLE = (
    ("jaw", ("Forward", "Left", "Open", "Right")),
    ("mouth", ("Close", "Funnel", "Left", "Pucker", "Right", "RollLower", "RollUpper", "ShrugLower", "ShrugUpper")),
)
EXPRESSIONS = tuple(
    sorted(
        [f"{of}{does}_{side}" for of, moves in _BOTH_SIDES for does in moves for side in "LR"]
        + [f"{of}{does}" for of, moves in _MIDDLE for does in moves]
    )
)


def ict_files() -> list[str]:
    """Paths in ICT-FaceKit's FaceXModel/."""
    return [f"{name}.obj" for name in (NEUTRAL, *IDENTITIES, *EXPRESSIONS)]


def makehuman_files() -> list[str]:
    """Paths in makehuman's makehuman/data/ or makehuman-assets' base/."""
    files = ["3dobjs/base.obj"]
    files += [f"targets/macrodetails/{name}.target" for name in BODY_TARGETS]
    files += [f"skins/textures/{name}.png" for name in SKINS]
    files += [f"eyebrows/{name}/{name}.{kind}" for name in BROWS for kind in ("mhclo", "obj", "png")]
    files += [f"hair/{name}/{name}{kind}" for name in HAIR for kind in (".mhclo", ".obj", "_diffuse.png")]
    files += [f"eyes/materials/{name}_eye.png" for name in IRISES]
    return files
