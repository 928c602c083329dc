"""The assets' builder, on small clones that the tests write, and on one of full size if the assets are available."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.synthetic import build_assets
from models.synthetic.assets import load_assets
from models.synthetic.building import environments, textures
from models.synthetic.building.clones import BuildError, Clone, ict_clone, makehuman_clones
from models.synthetic.building.ict import Topology, read_differences
from models.synthetic.building.makehuman import read_fitted
from models.synthetic.building.meshes import read_obj, read_points, read_target, split_seams
from models.synthetic.building.portraits import SIDE_PX
from models.synthetic.building.sources import SKINS
from models.synthetic.building.surfaces import nearest_on_surface, rasterise
from tests.support.synthetic_assets import bent, eye_picture, small_head, write_clones, write_png
from tests.support.synthetic_faces import needs_assets
from tests.support.times import seconds

Array = npt.NDArray[Any]
QUAD = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def folder_of(path: Path) -> Clone:
    return Clone("the test's clone", (path,))


class Front:
    """Finds as landmarks the vertices of the egg's front: first on the head's picture, then on the body's."""

    def __init__(self, head: dict[str, Array]) -> None:
        points = head["v"][np.unique(head["skinF"])].astype(float)
        front = points[(points[:, 2] > 3) & (np.abs(points[:, 1]) < 9)]
        shown = [(front, 16.0, np.array([0, 3.0]), False), (bent(front), 1.6, np.array([0, 0.3]), True)]
        self._answers: Iterator[Array] = iter([self._pixels(head, *one) for one in shown])

    @staticmethod
    def _pixels(head: dict[str, Array], points: Array, half_width: float, below: Array, body: bool) -> Array:
        balls = [head["v"][np.unique(head[f"{eye}_v"])].astype(float) for eye in ("eyeL", "eyeR")]
        eyes = np.mean([(bent(ball) if body else ball).mean(axis=0) for ball in balls], axis=0)
        middle = eyes[:2] - below
        pixels = (points[:, :2] - middle) / half_width * [0.5, -0.5] * SIDE_PX + (SIDE_PX - 1) / 2
        return np.resize(pixels, (478, 2)).astype(np.float32)

    def __call__(self, picture: Array) -> Array:
        assert picture.shape == (SIDE_PX, SIDE_PX, 3)
        return next(self._answers)


@pytest.fixture(scope="module")
def head() -> dict[str, Array]:
    return small_head()


@pytest.fixture(scope="module")
def clones(head: dict[str, Array], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path], Path]:
    return write_clones(head, tmp_path_factory.mktemp("clones"))


@pytest.fixture(scope="module")
def built(head: dict[str, Array], clones: tuple[Path, list[Path], Path]) -> dict[str, Array]:
    ict, makehuman, maps = clones
    return build_assets.build(ict, makehuman, [maps], Front(head), small_topology(head))


def small_topology(head: dict[str, Array]) -> Topology:
    skin = len(np.unique(head["skinF"]))
    return Topology(vertices=len(head["v"]), skin=skin, sockets=skin + 3)


# Meshes


def test_polygons_are_cut_into_triangles_that_keep_their_label(tmp_path: Path) -> None:
    path = written(tmp_path / "a.obj", QUAD + "usemtl Red\nf 1/1 2/2 3/3 4/4\nusemtl Blue\nf 1/1/1 2/2/1 3/3/1\n")
    mesh = read_obj(path, "usemtl")
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2]]
    assert mesh.labelled("Red").tolist() == [True, True, False]
    np.testing.assert_array_equal(mesh.corner_uv[1], [[0, 0], [1, 1], [0, 1]])
    with pytest.raises(BuildError, match="no Green; it has Red, Blue"):
        mesh.labelled("Green")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(QUAD + "f 1 2 3\n", id="no texture places"),
        pytest.param(QUAD + "f 1/1 2/2 9/3\n", id="a vertex that is not there"),
        pytest.param(QUAD, id="no faces"),
        pytest.param("v 1 x 2\nvt 0 0\nf 1/1 1/1 1/1\n", id="not a number"),
    ],
)
def test_a_broken_mesh_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(BuildError, match=r"a\.obj"):
        read_obj(written(tmp_path / "a.obj", text), "g")


def test_points_alone_are_those_of_the_mesh(tmp_path: Path) -> None:
    path = written(tmp_path / "a.obj", QUAD + "f 1/1 2/2 3/3\n")
    np.testing.assert_array_equal(read_points(path), read_obj(path, "g").points)
    with pytest.raises(BuildError, match="not a mesh"):
        read_points(written(tmp_path / "b.obj", "v 1 2\nv 1 2 3\n"))


def test_a_target_moves_some_vertices_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    index, moved = read_target(written(tmp_path / "a.target", "# by hand\n3 .1 0 -2\n\n7 0 1 0\n"))
    assert index.tolist() == [3, 7]
    np.testing.assert_array_equal(moved, [[0.1, 0, -2], [0, 1, 0]])
    with pytest.raises(BuildError, match="not a target"):
        read_target(written(tmp_path / "b.target", "3 a b c\n"))


def test_a_vertex_on_a_seam_becomes_two() -> None:
    uv = np.array([[[0, 0], [1, 0], [1, 1]], [[0.5, 0], [1, 1], [0, 1]]])
    part = split_seams(np.array([[0, 1, 2], [0, 2, 3]]), uv)
    assert part.vertices.tolist() == [0, 0, 1, 2, 3]
    np.testing.assert_array_equal(part.uv[part.triangles], uv)


# What is fitted to MakeHuman's body

BODY = np.array([[0.0, 0, 0], [2, 0, 0], [0, 4, 0], [0, 0, 1]])


def fitted(tmp_path: Path, bindings: str) -> Array:
    written(tmp_path / "hair" / "a" / "a.obj", QUAD + "f 1/1 2/2 3/3 4/4\n")
    written(tmp_path / "hair" / "a" / "a.mhclo", bindings)
    return read_fitted(folder_of(tmp_path), "hair", "a", BODY).points


def test_vertices_follow_one_of_the_body_s_or_three_with_an_offset_that_scales(tmp_path: Path) -> None:
    points = fitted(
        tmp_path,
        "# made up\nname a\nx_scale 0 1 4.0\n"
        "verts 0\n 1\n 0 1 2 0.5 0.25 0.25 1 1 1\n 3\n0 1 2 0 0 1\ndelete_verts\n5 - 9\n",
    )
    # The body is half as wide as the one it was made for; other axes have no scale.
    np.testing.assert_allclose(points, [[2, 0, 0], [0.5 + 0.5, 1 + 1, 1], [0, 0, 1], [0, 4, 0]])


def test_bindings_for_another_mesh_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"a\.mhclo binds 2 vertices, its mesh has 4"):
        fitted(tmp_path, "verts 0\n1\n2\n")


# Clones


def test_all_missing_files_are_named_at_once_with_where_they_come_from(
    clones: tuple[Path, list[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ict, (program, _), maps = clones
    arguments = ["--environments", str(maps), "--out", str(tmp_path / "a.npz"), "--ict", str(ict)]
    assert build_assets.main([*arguments, "--makehuman", str(program)]) == 1
    said = capsys.readouterr().err
    assert "makehuman-assets" in said
    assert f"skins/textures/{SKINS[0]}.png" in said
    assert "more (looked in" in said
    assert "base.obj" not in said
    assert not (tmp_path / "a.npz").exists()
    with pytest.raises(BuildError, match=r"ICT-FaceKit lacks generic_neutral_mesh\.obj"):
        ict_clone(tmp_path).require(["generic_neutral_mesh.obj"])
    with pytest.raises(BuildError, match="nowhere: no such folder"):
        makehuman_clones([tmp_path / "nowhere"])


def test_a_git_lfs_pointer_is_not_taken_for_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "base" / "a.png", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(BuildError, match="git lfs pull"):
        makehuman_clones([tmp_path]).file(path.name)
    with pytest.raises(BuildError, match="git lfs pull"):
        makehuman_clones([tmp_path]).require([path.name])


def test_assets_fetched_into_the_program_s_clone_are_found_there(tmp_path: Path) -> None:
    path = written(tmp_path / "makehuman" / "data" / "hair" / "a.obj", "")
    assert makehuman_clones([tmp_path]).file("hair/a.obj") == path


def test_a_shape_of_another_head_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "identity000.obj", "v 0 0 0\n")
    with pytest.raises(BuildError, match=r"identity000\.obj has 1 vertices, the neutral head 2"):
        read_differences(folder_of(tmp_path), np.zeros((2, 3)), ["identity000"])


# Surfaces


def test_the_nearer_of_two_triangles_is_seen_and_its_corners_are_mixed() -> None:
    pixels = np.array([[-1.0, -1], [20, -1], [-1, 20], [0, 0], [4, 0], [0, 4]])
    hits = rasterise(pixels, np.array([0.0, 0, 0, 1, 1, 1]), np.array([[0, 1, 2], [5, 4, 3]]), (10, 12))
    assert hits.triangle.shape == (10, 12)
    assert hits.triangle[1, 1] == 1
    assert hits.triangle[6, 6] == 0
    assert hits.triangle[9, 11] == -1
    places = hits.interpolate(pixels[np.array([[0, 1, 2], [5, 4, 3]])])
    np.testing.assert_allclose(places[1, 2], [2, 1], atol=1e-5)  # column, row
    np.testing.assert_array_equal(places[9, 11], 0)


def test_the_nearest_place_of_a_surface_is_inside_a_triangle_or_on_its_edge() -> None:
    rng = np.random.default_rng(2)
    corners, points = rng.normal(0, 1, (30, 3, 3)), rng.normal(0, 2, (20, 3))
    triangle, weights = nearest_on_surface(corners, points)
    places = (corners[triangle] * weights[..., None]).sum(axis=1)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    many = rng.dirichlet([0.6, 0.6, 0.6], 4000)
    everywhere = np.einsum("wc,fcx->fwx", many, corners).reshape(-1, 3)
    for point, place in zip(points, places, strict=True):
        least = np.linalg.norm(everywhere - point, axis=1).min()
        assert least - 0.05 < np.linalg.norm(place - point) <= least + 1e-9


# Pictures


def test_an_iris_is_cut_out_around_its_pupil(tmp_path: Path) -> None:
    iris = np.full((240, 240, 3), 130, np.uint8)
    cv2.circle(iris, (120, 120), 30, (4, 4, 4), -1)
    write_png(tmp_path / "eye.png", eye_picture(iris, row=300, column=610))
    cut = textures.iris_picture(tmp_path / "eye.png")
    assert cut.shape == (256, 256, 3)
    dark = np.argwhere(cut[..., 0] < 60)
    np.testing.assert_allclose(dark.mean(axis=0), 127.5, atol=2)
    white = np.hypot(*(np.argwhere(cut[..., 0] > 190) - 127.5).T)
    assert white.min() == pytest.approx(128 / 1.15, abs=6)


def test_an_eye_without_a_pupil_is_refused(tmp_path: Path) -> None:
    write_png(tmp_path / "eye.png", np.full((1024, 1024, 3), 200, np.uint8))
    with pytest.raises(BuildError, match="no dark pupil"):
        textures.iris_picture(tmp_path / "eye.png")


def test_the_face_s_part_of_a_skin_stands_upside_down(tmp_path: Path) -> None:
    whole = np.zeros((512, 512, 3), np.uint8)
    whole[:256, 300:] = (200, 100, 50)
    write_png(tmp_path / "skin.png", whole)
    face = textures.face_skin(tmp_path / "skin.png")
    assert face.shape == (1024, 430, 3)
    assert face[900, 200].tolist() == [200, 100, 50]
    assert face[100, 200].tolist() == [0, 0, 0]


def test_what_is_not_a_picture_or_has_no_alpha_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="not a picture"):
        textures.read_picture(written(tmp_path / "a.png", "no"))
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((4, 4), np.uint16))
    with pytest.raises(BuildError, match="uint16"):
        textures.read_picture(tmp_path / "b.png")
    write_png(tmp_path / "c.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(BuildError, match="no alpha"):
        textures.brow_mask(None, tmp_path / "c.png", None, None)  # type: ignore[arg-type]


def test_environment_maps_have_mean_one_and_hdr_comes_before_exr(tmp_path: Path) -> None:
    os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"
    light = np.full((64, 128, 3), 0.5, np.float32)
    light[10:14, 10:20] = (40, 20, 10)  # blue, green, red: OpenCV's order
    for name in ("b.hdr", "c.hdr", "a.exr"):
        assert cv2.imwrite(str(tmp_path / name), light)
    written(tmp_path / "notes.txt", "")
    files = environments.environment_files([tmp_path])
    assert [path.name for path in files] == ["b.hdr", "c.hdr", "a.exr"]
    for path in files:
        read = environments.read_environment(path).astype(float)
        assert read.shape == (256, 512, 3)
        assert read.mean() == pytest.approx(1, abs=0.01)
        assert read[48, 60, 2] / read[48, 60, 0] == pytest.approx(4, rel=0.02)


def test_what_is_no_environment_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no such folder"):
        environments.environment_files([tmp_path / "nowhere"])
    with pytest.raises(BuildError, match=r"no \.hdr and no \.exr"):
        environments.environment_files([tmp_path])
    with pytest.raises(BuildError, match="not an environment map"):
        environments.read_environment(written(tmp_path / "a.hdr", "no"))
    write_png(tmp_path / "b.png", np.zeros((4, 8, 3), np.uint8))
    (tmp_path / "b.png").rename(tmp_path / "b.hdr")
    with pytest.raises(BuildError, match="not an environment map"):
        environments.read_environment(tmp_path / "b.hdr")
    assert cv2.imwrite(str(tmp_path / "c.hdr"), np.zeros((4, 8, 3), np.float32))
    with pytest.raises(BuildError, match="black"):
        environments.read_environment(tmp_path / "c.hdr")


# The whole


@pytest.mark.slow
def test_a_body_s_texture_lands_on_the_head_where_it_belongs(head: dict[str, Array], built: dict[str, Array]) -> None:
    """The body is the same head, bent, so the head's skin must get the body's own texture places back."""
    expected = head["skin_uv"][head["skin_F"]]
    found = built["skin_uv"][built["skin_F"]]
    np.testing.assert_array_equal(built["skin_v"][built["skin_F"]], head["skinF"])
    error = np.abs(found - expected).max(axis=(1, 2))
    middle = expected.mean(axis=1)
    front = (np.abs(middle[:, 0] - 0.5) < 0.3) & (np.abs(middle[:, 1] - 0.5) < 0.35)
    assert np.median(error[front]) < 0.01
    assert np.percentile(error[front], 95) < 0.03
    spread = np.ptp(found, axis=1).max()
    assert spread < 0.15, "a triangle over the seam reaches across the picture"


@pytest.mark.slow
def test_hair_and_brows_land_where_they_were(head: dict[str, Array], built: dict[str, Array]) -> None:
    used = head["hair0_F"].ravel()
    np.testing.assert_allclose(built["hair0_p"][built["hair0_F"]].reshape(-1, 3), head["hair0_p"][used], atol=1.0)
    np.testing.assert_allclose(built["hair0_bw"].sum(axis=1), 1, atol=1e-5)
    assert np.isin(built["hair0_bi"], head["skinF"]).all()
    brow = cv2.resize(built["brows"][3], (27, 64), interpolation=cv2.INTER_AREA)
    there = np.argwhere(brow > 100)
    np.testing.assert_allclose(there.mean(axis=0), [41.5, 15], atol=1.5)


@pytest.mark.slow
def test_shapes_are_differences_to_the_neutral_head(head: dict[str, Array], built: dict[str, Array]) -> None:
    np.testing.assert_allclose(built["ids"].astype(float), head["ids"], atol=2e-3)
    np.testing.assert_allclose(built["ex"].astype(float), head["ex"], atol=2e-3)
    assert "eyeBlink_L" in built["exn"]


@pytest.mark.slow
def test_what_is_built_loads_as_assets(built: dict[str, Array], tmp_path: Path) -> None:
    build_assets.write(tmp_path / "deep" / "assets.npz", built)
    assets = load_assets(tmp_path / "deep")
    assert {name: (assets[name].shape, assets[name].dtype) for name in assets} == {
        name: (array.shape, array.dtype) for name, array in built.items()
    }
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["assets.npz"]


@pytest.mark.slow
def test_the_same_clones_give_the_same_arrays(
    head: dict[str, Array], clones: tuple[Path, list[Path], Path], built: dict[str, Array]
) -> None:
    ict, makehuman, maps = clones
    again = build_assets.build(ict, makehuman, [maps], Front(head), small_topology(head))
    for name, array in built.items():
        np.testing.assert_array_equal(again[name], array)


@pytest.mark.slow
def test_heads_on_which_too_little_is_found_are_refused(
    head: dict[str, Array], clones: tuple[Path, list[Path], Path]
) -> None:
    ict, makehuman, maps = clones
    with pytest.raises(BuildError, match="no face in the picture of ICT-FaceKit's head"):
        build_assets.build(ict, makehuman, [maps], lambda picture: None, small_topology(head))
    beside = np.full((478, 2), 5, np.float32)
    with pytest.raises(BuildError, match="only 0 landmarks lie on both heads"):
        build_assets.build(ict, makehuman, [maps], lambda picture: beside, small_topology(head))


def test_another_version_of_the_head_is_refused(head: dict[str, Array], clones: tuple[Path, list[Path], Path]) -> None:
    ict, makehuman, maps = clones
    with pytest.raises(BuildError, match=rf"{len(head['v'])} vertices instead of 26719"):
        build_assets.build(ict, makehuman, [maps], Front(head))


@needs_assets
@pytest.mark.slow
def test_clones_written_from_the_true_assets_give_them_back_and_can_be_rendered(tmp_path: Path) -> None:
    """The command itself, with FaceMesh, on meshes and pictures of true size; the body is the head, bent."""
    true = load_assets()
    ict, makehuman, maps = write_clones(true, tmp_path)
    out = tmp_path / "assets.npz"
    command = [sys.executable, "-m", "models.synthetic.build_assets", "--ict", str(ict), "--makehuman"]
    command += [*map(str, makehuman), "--environments", str(maps), "--out", str(out)]
    subprocess.run(command, check=True, timeout=seconds(900))
    made = load_assets(out)
    for name in made:
        assert made[name].dtype.kind == true[name].dtype.kind, name
        if made[name].dtype.kind != "U" and not name.startswith("skin_"):
            assert (made[name].shape, made[name].dtype) == (true[name].shape, true[name].dtype), name
    for name in ("v", "skinF", "teeth_v", "eyeL_F", "lash_uv", "hair1_F", "hair1_tex"):
        np.testing.assert_allclose(made[name], true[name], atol=2e-6)
    np.testing.assert_allclose(made["ids"].astype(float), true["ids"], atol=1e-4)
    np.testing.assert_array_equal(made["exn"], true["exn"])
    corners = [np.abs(made["skin_uv"][made["skin_F"]] - true["skin_uv"][true["skin_F"]]).max(axis=(1, 2))]
    assert np.median(corners) < 0.003
    assert np.abs(made["skins"].astype(float) - true["skins"]).mean() < 1.5
    both = [brows[0] > 60 for brows in (made["brows"], true["brows"])]
    assert (both[0] & both[1]).sum() / (both[0] | both[1]).sum() > 0.9
    render = [sys.executable, "-m", "models.synthetic", "sheet", "--out", str(tmp_path / "sheet.jpg"), "--people", "1"]
    subprocess.run([*render, "--size", "96", "--assets", str(out)], check=True, timeout=seconds(300))
    sheet = cv2.imread(str(tmp_path / "sheet.jpg"))
    assert sheet.shape == (96, 5 * 96, 3)
    assert sheet.std() > 5
