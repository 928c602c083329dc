"""Registers MakeHuman's head with ICT-FaceKit's, so that its skins, brows and hair fit.

1. FaceMesh finds its landmarks on a picture of each head. The two points in space that a landmark shows are a pair.
   Landmarks on steep parts (the nose's wings, the outline) are left out. Each pair is mirrored, as both heads are
   symmetric.
2. Skull, neck and ears have no landmarks. There, the outermost points at some heights are pairs.
3. Two thin-plate splines pass through the pairs, one in each direction. The one to MakeHuman is smoothed, because it
   only gives a start: each vertex then moves to the nearest point of MakeHuman's surface and takes the texture
   coordinates of that point.
4. A triangle across a seam of the texture would get corners at both ends of the picture. Corners far from the place of
   the triangle's middle are taken from the middle's triangle instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import RBFInterpolator

from models.arrays import Array, Ints
from models.synthetic.building.clones import BuildError
from models.synthetic.building.ict import SCLERAS, Head
from models.synthetic.building.makehuman import BODY, EYES, Body
from models.synthetic.building.portraits import SIDE_PX, Portrait, Surface, eye_colours, portrait
from models.synthetic.building.surfaces import barycentric, nearest_on_surface
from models.synthetic.building.textures import Picture
from models.synthetic.head import sphere_centre

Find = Callable[[Picture], npt.NDArray[np.float32] | None]
"""(S, S, 3) uint8 RGB -> (478, 2) landmarks, px; None: no face."""

_FACE_POINTS = 468  # without the irises: those lie on eyeballs, not on the skin
_HALF_WIDTH_CM, _HALF_WIDTH_DM = 16.0, 1.6
_STEEP_CM, _STEEP_DM = 0.9, 0.09  # range of depth within 5 x 5 pixels
_IRIS_DEG = {"ict": 23.0, "makehuman": 28.0}
_LEAST_PAIRS = 100
_HEIGHTS = (1.0, 0.75, 0.5, 0.25, 0.0, -0.25)  # of the skull above the eyes
_SEAM = 0.03  # of the texture plane
_TO_BODY_SMOOTHING, _TO_HEAD_SMOOTHING = 2.0, 0.0005


@dataclass(frozen=True, slots=True)
class Pairs:
    """The same n points on both heads: (n, 3) cm and (n, 3) dm."""

    head: Array
    body: Array

    def to_body(self) -> RBFInterpolator:
        return RBFInterpolator(self.head, self.body, kernel="thin_plate_spline", smoothing=_TO_BODY_SMOOTHING, degree=1)

    def to_head(self) -> RBFInterpolator:
        return RBFInterpolator(self.body, self.head, kernel="thin_plate_spline", smoothing=_TO_HEAD_SMOOTHING, degree=1)


def picture_head(head: Head) -> tuple[Portrait, Array]:
    """A picture of ICT-FaceKit's neutral head in one colour, and the middle between its eyes."""
    mesh = head.mesh
    eyeballs = []
    for material in SCLERAS:
        vertices = np.unique(mesh.triangles[mesh.labelled(material)])
        eyeballs.append((vertices, sphere_centre(mesh.points[vertices])))
    colours = eye_colours(mesh.points, eyeballs, _IRIS_DEG["ict"])
    eyes = np.mean([centre for _, centre in eyeballs], axis=0)
    surfaces = [
        Surface(head.skin, colours=colours),
        Surface(mesh.triangles[mesh.labelled(*SCLERAS)], colours=colours),
    ]
    return portrait(mesh.points, surfaces, eyes[:2] - [0, 3.0], _HALF_WIDTH_CM), eyes


def picture_body(body: Body, skin: Picture) -> Portrait:
    """A picture of MakeHuman's head. skin: the whole skin's picture, row 0 at v = 0."""
    mesh = body.mesh
    own = mesh.labelled(BODY)
    eyeballs = []
    for name in EYES:
        vertices = np.unique(mesh.triangles[mesh.labelled(name)])
        eyeballs.append((vertices, mesh.points[vertices].mean(axis=0)))
    surfaces = [
        Surface(mesh.triangles[own], corner_uv=mesh.corner_uv[own], picture=skin),
        Surface(
            mesh.triangles[mesh.labelled(*EYES)], colours=eye_colours(mesh.points, eyeballs, _IRIS_DEG["makehuman"])
        ),
    ]
    return portrait(mesh.points, surfaces, body.eyes[:2] - [0, 0.3], _HALF_WIDTH_DM)


def pairs_of(head: Head, body: Body, skin: Picture, find: Find) -> Pairs:
    """Pairs of both heads. Raises BuildError when FaceMesh finds no face, or too few landmarks are usable."""
    head_picture, head_eyes = picture_head(head)
    body_picture = picture_body(body, skin)
    places, usable = [], np.ones(_FACE_POINTS, bool)
    for name, shown, steep in (
        ("ICT-FaceKit's head", head_picture, _STEEP_CM),
        ("MakeHuman's head", body_picture, _STEEP_DM),
    ):
        found = find(shown.picture)
        if found is None:
            raise BuildError(f"FaceMesh finds no face in the picture of {name}")
        at, good = _shown(shown, found[:_FACE_POINTS], steep)
        places.append(at)
        usable &= good
    if usable.sum() < _LEAST_PAIRS:
        raise BuildError(f"only {usable.sum()} landmarks lie on both heads; at least {_LEAST_PAIRS} are needed")
    on_head, on_body = (_with_mirrored(at[usable]) for at in places)
    more_head, more_body = _outermost(head.skin_points, head_eyes[1], _body_points(body), body.eyes[1])
    return Pairs(np.vstack([on_head, more_head]), np.vstack([on_body, more_body]))


def _shown(shown: Portrait, landmarks: npt.NDArray[np.float32], steep: float) -> tuple[Array, npt.NDArray[np.bool_]]:
    """The surface points at the landmarks, (n, 3), and whether each is reliable, (n,)."""
    pixels = np.clip(np.round(landmarks).astype(int), 2, SIDE_PX - 3)
    good = np.zeros(len(pixels), bool)
    for k, (x, y) in enumerate(pixels):
        window = np.s_[y - 2 : y + 3, x - 2 : x + 3]
        good[k] = shown.hit[window].all() and np.ptp(shown.places[window][..., 2]) <= steep
    return shown.places[pixels[:, 1], pixels[:, 0]], good


def _with_mirrored(points: Array) -> Array:
    mirrored: Array = np.vstack([points, points * [-1, 1, 1]])
    return mirrored


def _body_points(body: Body) -> Array:
    points: Array = body.mesh.points[np.unique(body.mesh.triangles[body.mesh.labelled(BODY)])]
    return points


def _outermost(head: Array, head_eyes_y: float, body: Array, body_eyes_y: float) -> tuple[Array, Array]:
    """Pairs of outermost points, (n, 3): skull, neck, ears. One head is in cm, the other in dm: hence the tens."""
    tops = [
        points[np.abs(points[:, 0]) < middle, 1].max() - eyes
        for points, middle, eyes in ((head, 0.5, head_eyes_y), (body, 0.06, body_eyes_y))
    ]
    back, front, left, right = (2, -1), (2, 1), (0, 1), (0, -1)
    pairs = []
    for height in _HEIGHTS:
        for axis, sign in (back, front, left, right) if height >= 0.5 else (back,):
            both = [
                _extreme(points, eyes + height * top, unit * 8, axis, sign)
                for points, eyes, top, unit in (
                    (head, head_eyes_y, tops[0], 0.1),
                    (body, body_eyes_y, tops[1], 0.01),
                )
            ]
            if both[0] is not None and both[1] is not None:
                pairs.append(both)
    for sign in (1, -1):
        ears = [
            points[near][np.argmax(sign * points[near, 0])]
            for points, near in (
                (head, (head[:, 1] > -2) & (head[:, 1] < 5)),
                (body, (body[:, 1] > body_eyes_y - 0.55) & (body[:, 1] < body_eyes_y + 0.15)),
            )
        ]
        pairs.append(ears)
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


def _extreme(points: Array, y: float, reach: float, axis: int, sign: int) -> Array | None:
    """The outermost point along an axis at about this height. Front and back points lie near the middle."""
    near = np.abs(points[:, 1] - y) < reach
    if axis == 2:
        near &= np.abs(points[:, 0]) < reach
    if not near.any():
        return None
    furthest: Array = points[near][np.argmax(sign * points[near, axis])]
    return furthest


def skin_uv(head: Head, body: Body, to_body: RBFInterpolator) -> Array:
    """(F, 3, 2): the corners of the head's skin on the pictures of MakeHuman's skins."""
    mesh = body.mesh
    corners, corner_uv = mesh.points[mesh.triangles[body.head]], mesh.corner_uv[body.head]
    warped = to_body(head.skin_points)
    triangle, weights = nearest_on_surface(corners, warped)
    of_vertex = (corner_uv[triangle] * weights[..., None]).sum(axis=1)
    uv: Array = of_vertex[head.skin]
    middle_triangle, weights = nearest_on_surface(corners, warped[head.skin].mean(axis=1))
    of_middle = (corner_uv[middle_triangle] * weights[..., None]).sum(axis=1)
    far = np.abs(uv - of_middle[:, None]).max(axis=2) > _SEAM
    for k in range(3):
        face: Ints = np.flatnonzero(far[:, k])
        own = middle_triangle[face]
        w = barycentric(corners[own], warped[head.skin[face, k]])
        continued = (corner_uv[own] * w[..., None]).sum(axis=1)
        uv[face, k] = np.clip(continued, of_middle[face] - _SEAM, of_middle[face] + _SEAM)
    return uv
