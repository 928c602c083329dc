"""A generic rigid face in millimetres, for head pose and the face centre.

Each row is the position of one FaceMesh landmark in the head frame: origin midway between the eyeball
centres, x to the person's left, y down, z into the head. A head that faces the camera has the identity
rotation. This project fitted the model by least squares to FaceMesh's detections on 2,900 rendered people
with known pose (robust triangulation, then left and right made symmetric). Brows, cheeks and jaw are left
out, because expressions move them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# FaceMesh index -> (x, y, z) in mm
_POINTS_MM: dict[int, tuple[float, float, float]] = {
    # eye corners: right outer, right inner, left inner, left outer
    33: (-44.0, 2.7, -5.0),
    133: (-17.3, 4.2, -10.5),
    362: (17.3, 4.2, -10.5),
    263: (44.0, 2.7, -5.0),
    # nose: bridge to tip, base, wings
    168: (0.0, -1.8, -24.1),
    6: (0.0, 5.6, -29.0),
    197: (0.0, 12.2, -33.8),
    195: (0.0, 18.3, -38.2),
    5: (0.0, 24.7, -42.8),
    4: (0.0, 32.4, -46.4),
    1: (0.0, 38.5, -45.7),
    2: (0.0, 45.4, -36.7),
    98: (-16.6, 44.8, -27.9),
    327: (16.6, 44.8, -27.9),
    # forehead, upwards
    8: (0.0, -9.3, -23.8),
    9: (0.0, -17.5, -23.7),
    151: (0.0, -33.0, -20.4),
    10: (0.0, -48.2, -15.9),
    # temples and cheekbones at the ears
    127: (-71.5, 9.1, 34.7),
    356: (71.5, 9.1, 34.7),
    234: (-70.8, 24.1, 37.3),
    454: (70.8, 24.1, 37.3),
}
_MOUTH_CORNERS_MM = np.array([(-24.1, 69.5, -19.6), (24.1, 69.5, -19.6)])

RIGID_INDICES: npt.NDArray[np.intp] = np.array(list(_POINTS_MM), np.intp)
RIGID_POINTS_MM: npt.NDArray[np.float64] = np.array(list(_POINTS_MM.values()))  # (N, 3)

# right outer, right inner, left inner, left outer
EYE_CORNERS_MM: npt.NDArray[np.float64] = RIGID_POINTS_MM[:4]

# Face centre of Zhang et al. 2017, section 3: the mean of the four eye corners and the two mouth corners.
FACE_CENTRE_MM: npt.NDArray[np.float64] = np.concatenate([EYE_CORNERS_MM, _MOUTH_CORNERS_MM]).mean(axis=0)
