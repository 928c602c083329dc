"""One thread for each pool of the numerical libraries. Each package imports this module before it imports NumPy.

The server computes small things many times a second: 16 x 16 systems, pictures of 640 x 480. A second thread of BLAS or
OpenCV gains nothing there. It spins while it waits for work, which cost more CPU time than the work itself.
Parallel work uses processes. `models.train --threads` overrides the limit for PyTorch.
The libraries read these variables when they are loaded. Child processes inherit them.
"""

import os

POOLS = (
    "OMP_NUM_THREADS",  # OpenMP: PyTorch, scikit-learn
    "OPENBLAS_NUM_THREADS",  # NumPy and SciPy on Linux and Windows
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",  # NumPy on macOS
    "OPENCV_FOR_THREADS_NUM",
)

os.environ.update(dict.fromkeys(POOLS, "1"))
