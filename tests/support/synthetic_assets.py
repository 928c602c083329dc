"""Clones as the assets are built from, made up out of a head: in the formats and under the names of the real ones.

MakeHuman's body is the same head, bent: so it is known where every vertex must end up.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.synthetic.building.sources import (
    BODY_TARGETS,
    BROWS,
    EXPRESSIONS,
    HAIR,
    IDENTITIES,
    IRISES,
    SKINS,
)

Array = npt.NDArray[Any]
MATERIALS = {
    "skin": "M_Face",
    "socket": "M_Face",
    "teeth": "M_Teeth",
    "gums": "M_GumsTongue",
    "lash": "M_EyeLashes",
    "eyeL": "M_ScleraLeft",
    "eyeR": "M_ScleraRight",
}


def bent(points: Array) -> Array:
    """From the head's centimetres to a body's decimetres: wider, longer, and standing on the floor."""
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([0.105 * x, 0.098 * y + 7.0 + 0.003 * z, 0.1 * z + 0.0004 * x**2 + 0.3], axis=-1)


def write_clones(assets: Mapping[str, Array], folder: Path) -> tuple[Path, list[Path], Path]:
    """-> ICT-FaceKit's clone, MakeHuman's two, a folder of environment maps."""
    ict, program, files, maps = (folder / name for name in ("ict", "makehuman", "makehuman-assets", "maps"))
    _write_ict(assets, ict / "FaceXModel")
    _write_body(assets, program / "makehuman" / "data")
    _write_brows(assets, files / "base" / "eyebrows")
    _write_hair(assets, files / "base" / "hair")
    _write_skins(assets, files / "base" / "skins" / "textures")
    for i, name in enumerate(IRISES):
        write_png(files / "base" / "eyes" / "materials" / f"{name}_eye.png", eye_picture(assets["iris"][i]))
    maps.mkdir()
    for i, picture in enumerate(assets["env"].astype(np.float32)):
        assert cv2.imwrite(str(maps / f"map{i:02d}.hdr"), picture[..., ::-1])
    return ict, [program, files], maps


def write_obj(path: Path, points: Array, groups: list[tuple[str, Array, Array]]) -> None:
    """groups: a statement such as `usemtl M_Face`, (F, 3) triangles, and (F, 3, 2) texture places."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [_numbers("v", points)]
    count = 1
    for statement, triangles, uv in groups:
        lines += [_numbers("vt", uv.reshape(-1, 2)), statement]
        for face in triangles + 1:
            lines.append("f " + " ".join(f"{corner}/{count + k}" for k, corner in enumerate(face)))
            count += 3
    path.write_text("\n".join(lines) + "\n")


def write_png(path: Path, picture: Array) -> None:
    """RGB or RGBA, row 0 on top."""
    path.parent.mkdir(parents=True, exist_ok=True)
    code = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    assert cv2.imwrite(str(path), cv2.cvtColor(np.ascontiguousarray(picture), code))


def eye_picture(iris: Array, row: int = 250, column: int = 520, side: int = 240) -> Array:
    """Two eyes above each other on a white ground; `iris` with its margin becomes `side` px wide."""
    picture = np.full((1024, 1024, 3), 235, np.uint8)
    small = cv2.resize(iris, (side, side), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[0:side, 0:side] - (side - 1) / 2
    inside = np.hypot(x, y) < side / 2 / 1.15
    for top in (row, row + 512):
        window = picture[top - side // 2 : top + side // 2, column - side // 2 : column + side // 2]
        window[inside] = small[inside]
    return picture


def _numbers(kind: str, rows: Array) -> str:
    form = f"{kind} " + " ".join(["%.6f"] * rows.shape[1]) + "\n"
    return (form * len(rows) % tuple(rows.ravel().tolist())).rstrip("\n")


def _uv(assets: Mapping[str, Array], part: str) -> Array:
    found: Array = assets[f"{part}_uv"][assets[f"{part}_F"]].astype(float)
    return found


def _write_ict(assets: Mapping[str, Array], folder: Path) -> None:
    points = assets["v"].astype(float)
    groups = [
        (f"usemtl {material}", assets[f"{part}_v"][assets[f"{part}_F"]], _uv(assets, part))
        for part, material in MATERIALS.items()
    ]
    face, skin, uv = groups[0]
    half = len(skin) // 2
    two = [(face, skin[:half], uv[:half]), ("usemtl M_BackHead", skin[half:], uv[half:])]
    write_obj(folder / "generic_neutral_mesh.obj", points, [*two, *groups[1:]])
    for names, shapes in ((IDENTITIES, assets["ids"]), (EXPRESSIONS, assets["ex"])):
        for name, shape in zip(names, shapes, strict=True):
            (folder / f"{name}.obj").write_text(_numbers("v", points + shape) + "\n")


def _write_body(assets: Mapping[str, Array], data: Path) -> None:
    """The base mesh lacks what the targets, each taken half, add to it."""
    points = bent(assets["v"].astype(float))
    moved = np.zeros_like(points)
    moved[:, 1] = 0.02
    whole = _uv(assets, "skin")
    whole[..., 0] = 0.58 + 0.42 * whole[..., 0]
    groups = [("g body", assets["skin_v"][assets["skin_F"]], whole)]
    for part, name in (("eyeL", "helper-l-eye"), ("eyeR", "helper-r-eye")):
        groups.append((f"g {name}", assets[f"{part}_v"][assets[f"{part}_F"]], _uv(assets, part)))
    write_obj(data / "3dobjs" / "base.obj", points - moved * len(BODY_TARGETS) / 2, groups)
    rows = "\n".join(f"{i} 0.0 0.02 0.0" for i in range(len(points)))
    for name in BODY_TARGETS:
        path = data / "targets" / "macrodetails" / f"{name}.target"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# made up\n" + rows + "\n")


def _write_skins(assets: Mapping[str, Array], folder: Path) -> None:
    for name, skin in zip(SKINS, assets["skins"], strict=True):
        whole = np.zeros((len(skin), len(skin), 3), np.uint8)
        whole[:, -skin.shape[1] :] = skin[::-1]
        write_png(folder / f"{name}.png", whole)


def _write_brows(assets: Mapping[str, Array], folder: Path) -> None:
    """The skin's own triangles under the brow, each vertex bound to one of the body's."""
    uv = _uv(assets, "skin")
    height, width = assets["brows"].shape[1:]
    for name, mask in zip(BROWS, assets["brows"], strict=True):
        reach = cv2.dilate(mask, np.ones((25, 25)))
        columns, rows = (np.clip((uv[..., k] * side).astype(int), 0, side - 1) for k, side in ((0, width), (1, height)))
        own = (reach[rows, columns] > 0).any(axis=1)
        faces = assets["skin_v"][assets["skin_F"]][own]
        used, local = np.unique(faces, return_inverse=True)
        at = folder / name
        write_obj(at / f"{name}.obj", bent(assets["v"][used]), [(f"g {name}", local.reshape(-1, 3), uv[own])])
        (at / f"{name}.mhclo").write_text(
            "# made up\nbasemesh hm08\nverts 0\n" + "\n".join(f" {i}" for i in used) + "\n\ndelete_verts\n1 - 2\n"
        )
        write_png(at / f"{name}.png", np.dstack([np.zeros((height, width, 3), np.uint8), mask])[::-1])


def _write_hair(assets: Mapping[str, Array], folder: Path) -> None:
    """Each vertex is bound to three of the body's by offsets, written for a body half as wide."""
    body = bent(assets["v"].astype(float))
    widest = [int(body[:, 0].argmin()), int(body[:, 0].argmax())]
    made_for = np.ptp(body[:, 0]) / 2
    for number, name in enumerate(HAIR):
        points, bound = bent(assets[f"hair{number}_p"].astype(float)), assets[f"hair{number}_bi"][:, :3]
        offset = points - body[bound].mean(axis=1)
        offset[:, 0] /= 2
        third = [1 / 3] * 3
        rows = [
            " ".join([*map(str, three.tolist()), *(f"{value:.6f}" for value in [*third, *move.tolist()])])
            for three, move in zip(bound, offset, strict=True)
        ]
        at = folder / name
        uv = assets[f"hair{number}_uv"].astype(float)[assets[f"hair{number}_F"]]
        write_obj(at / f"{name}.obj", points, [(f"g {name}", assets[f"hair{number}_F"], uv)])
        scale = f"x_scale {widest[0]} {widest[1]} {made_for:.6f}\n"
        (at / f"{name}.mhclo").write_text("# made up\n" + scale + "verts 0\n" + "\n".join(rows) + "\n")
        write_png(at / f"{name}_diffuse.png", assets[f"hair{number}_tex"][::-1])


def small_head(around: int = 40, down: int = 30) -> dict[str, Array]:
    """Arrays as in assets.npz of an egg with eyes: small enough to be written and read within a second."""
    points, corners, uv = _egg(around, down)
    socket = points[:3] * 0.9
    left, eye_faces, eye_uv = _ball(np.array([3.2, 3.6, 7.2]), 1.3)
    parts: dict[str, tuple[Array, Array, Array]] = {"skin": (points, corners, uv)}
    patch = (np.array([[0, 1, 2]]), np.array([[[0.1, 0.1], [0.2, 0.1], [0.1, 0.2]]]))
    parts["socket"] = (socket, patch[0], np.zeros((1, 3, 2)))
    for name in ("teeth", "gums", "lash"):
        parts[name] = (socket + 0.1, *patch)
    parts["eyeL"] = (left, eye_faces, eye_uv)
    parts["eyeR"] = (left * [-1, 1, 1], eye_faces[:, ::-1], eye_uv[:, ::-1])
    found: dict[str, Array] = {}
    first = 0
    for name, (own, faces, places) in parts.items():
        found |= {f"{name}_v": faces.ravel() + first, f"{name}_uv": places.reshape(-1, 2)}
        found[f"{name}_F"] = np.arange(faces.size).reshape(-1, 3)
        first += len(own)
    rng = np.random.default_rng(0)
    v = np.concatenate([own for own, _, _ in parts.values()])
    found |= {"v": v.astype(np.float32), "skinF": corners, "exn": np.array(EXPRESSIONS)}
    found["ids"] = rng.normal(0, 0.1, (len(IDENTITIES), *v.shape)).astype(np.float16)
    found["ex"] = rng.normal(0, 0.1, (len(EXPRESSIONS), *v.shape)).astype(np.float16)
    found["skins"] = rng.integers(0, 255, (len(SKINS), 64, 27, 3)).astype(np.uint8)
    brow = np.zeros((64, 27), np.uint8)
    brow[40:44, 13:18] = 200
    found["brows"] = np.array([brow] * len(BROWS))
    iris = np.full((64, 64, 3), 120, np.uint8)
    cv2.circle(iris, (32, 32), 9, (5, 5, 5), -1)
    found["iris"] = np.array([iris] * len(IRISES))
    found["env"] = rng.uniform(0.5, 1.5, (2, 256, 512, 3)).astype(np.float32)
    for number in range(len(HAIR)):
        found[f"hair{number}_p"] = points[:30] * 1.05
        found[f"hair{number}_uv"] = rng.random((30, 2))
        found[f"hair{number}_F"] = np.arange(30).reshape(10, 3)
        found[f"hair{number}_bi"] = np.stack([np.arange(30), np.arange(30) + 1, np.arange(30) + around], axis=1)
        found[f"hair{number}_tex"] = rng.integers(0, 255, (16, 16, 4)).astype(np.uint8)
    return found


def _egg(around: int, down: int) -> tuple[Array, Array, Array]:
    """Points, triangles seen from outside, texture places of their corners. The texture's seam is at the back."""
    turn, fall = np.meshgrid(np.arange(around) / around, np.linspace(0.02, 0.98, down))
    turned, fallen = (turn - 0.5) * 2 * np.pi, fall * np.pi
    points = np.stack(
        [
            7.5 * np.sin(turned) * np.sin(fallen),
            11 * np.cos(fallen) + 0.5,
            9 * np.cos(turned) * np.sin(fallen),
        ],
        axis=-1,
    ).reshape(-1, 3)
    triangles, uv = [], []
    for row in range(down - 1):
        for column in range(around):
            quad = [(row, column), (row + 1, column), (row + 1, column + 1), (row, column + 1)]
            places = [(c / around, 1 - fall[r, 0]) for r, c in quad]
            numbers = [r * around + c % around for r, c in quad]
            for three in ((0, 1, 2), (0, 2, 3)):
                triangles.append([numbers[k] for k in three])
                uv.append([places[k] for k in three])
    return points, np.array(triangles), np.array(uv)


def _ball(centre: Array, radius: float) -> tuple[Array, Array, Array]:
    points, triangles, uv = _egg(12, 10)
    unit = (points - [0, 0.5, 0]) / [7.5, 11, 9]
    return centre + radius * unit, triangles, uv
