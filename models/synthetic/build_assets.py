"""Build assets.npz from clones of its source repositories (see build_assets.md).

    python -m models.synthetic.build_assets --ict ICT-FaceKit --makehuman makehuman makehuman-assets \\
        --environments three.js/examples/textures/equirectangular BLENDER/studiolights/world --out assets.npz

It needs no OpenGL and takes a few minutes. The same clones give the same file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.synthetic.building import environments, textures
from models.synthetic.building.clones import BuildError, ict_clone, makehuman_clones
from models.synthetic.building.hair import hair_arrays
from models.synthetic.building.ict import Topology, part_arrays, read_differences, read_head
from models.synthetic.building.makehuman import read_body, read_fitted
from models.synthetic.building.meshes import split_seams
from models.synthetic.building.registration import Find, pairs_of, skin_uv
from models.synthetic.building.sources import (
    BROWS,
    EXPRESSIONS,
    IDENTITIES,
    IRISES,
    REGISTERED_SKIN,
    SKINS,
    ict_files,
    makehuman_files,
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ict", type=Path, required=True, metavar="CLONE", help="clone of ICT-FaceKit")
    parser.add_argument(
        "--makehuman", type=Path, nargs="+", required=True, metavar="CLONE", help="makehuman and makehuman-assets"
    )
    parser.add_argument(
        "--environments", type=Path, nargs="+", required=True, metavar="DIR", help="folders of .hdr and .exr files"
    )
    parser.add_argument("--out", type=Path, default=Path("assets.npz"))
    args = parser.parse_args(arguments)
    try:
        arrays = build(args.ict, args.makehuman, args.environments, find_landmarks)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    write(args.out, arrays)
    print(f"{args.out}: {len(arrays)} arrays, {args.out.stat().st_size / 1e6:.0f} MB")
    return 0


def build(
    ict: Path,
    makehuman: Sequence[Path],
    environment_folders: Sequence[Path],
    find: Find,
    topology: Topology | None = None,
) -> dict[str, npt.NDArray[Any]]:
    """The arrays that `assets.py` describes. topology: None is ICT-FaceKit's. Raises BuildError."""
    shapes, human = ict_clone(ict), makehuman_clones(makehuman)
    maps = environments.environment_files(environment_folders)
    shapes.require(ict_files())
    human.require(makehuman_files())
    skin_files = [human.file(f"skins/textures/{name}.png") for name in SKINS]

    def progress(what: str) -> None:
        print(what, file=sys.stderr, flush=True)

    progress("meshes")
    head, body = read_head(shapes, topology or Topology()), read_body(human)
    progress("registration")
    skin = textures.whole_skin(human.file(f"skins/textures/{REGISTERED_SKIN}.png"))
    pairs = pairs_of(head, body, skin, find)
    corner_uv = textures.face_uv(skin_uv(head, body, pairs.to_body()))
    corner_uv[..., 0] = np.clip(corner_uv[..., 0], 0, 1)
    skin_part = split_seams(head.skin, corner_uv)
    arrays: dict[str, Any] = {"v": head.mesh.points.astype(np.float32), "skinF": head.skin.astype(np.int32)}
    for name, part in {"skin": skin_part, **head.parts}.items():
        arrays |= part_arrays(name, part)
    progress(f"{len(IDENTITIES)} identities, {len(EXPRESSIONS)} expressions")
    arrays["ids"] = read_differences(shapes, head.mesh.points, IDENTITIES)
    arrays["ex"] = read_differences(shapes, head.mesh.points, EXPRESSIONS)
    arrays["exn"] = np.array(EXPRESSIONS)
    progress("skins, brows, irises")
    arrays["skins"] = np.array([textures.face_skin(path) for path in skin_files])
    arrays["skin_names"] = np.array([path.name for path in skin_files])
    arrays["brows"] = np.array(
        [
            textures.brow_mask(
                read_fitted(human, "eyebrows", name, body.mesh.points),
                human.file(f"eyebrows/{name}/{name}.png"),
                body.mesh,
                body.head,
            )
            for name in BROWS
        ]
    )
    arrays["iris"] = np.array([textures.iris_picture(human.file(f"eyes/materials/{name}_eye.png")) for name in IRISES])
    progress("hair")
    arrays |= hair_arrays(human, body.mesh.points, head, skin_part.vertices, pairs.to_head())
    progress("environment maps")
    arrays["env"] = np.array([environments.read_environment(path) for path in maps])
    return arrays


def find_landmarks(picture: textures.Picture) -> npt.NDArray[np.float32] | None:
    """FaceMesh's landmarks, at a low threshold: these heads have no hair, and one of them has no skin."""
    from models.face.mediapipe_graph import MediaPipeLandmarks
    from models.face.tracking import find_alone

    found = find_alone(MediaPipeLandmarks(min_confidence=0.2), picture)
    return None if found is None else found.points_px


def write(out: Path, arrays: dict[str, Any]) -> None:
    """Write the file completely or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(out.name + ".partial")
    with partial.open("wb") as file:
        np.savez(file, **arrays)
    partial.rename(out)


if __name__ == "__main__":
    raise SystemExit(main())
