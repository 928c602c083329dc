"""Whether this machine has an NVIDIA GPU, without PyTorch. `python models/gpu.py` exits with 0 if it has one.

`make serve` runs it before anything is installed, so this module imports only the standard library.
"""

from __future__ import annotations

import os
import subprocess
import sys

DRIVER_DEVICE = "/dev/nvidiactl"  # in containers with a GPU it exists even if nvidia-smi is not on the PATH
LIMIT_S = 20  # nvidia-smi takes 2 s if the driver has to start


def nvidia_gpu_is_here() -> bool:
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return os.path.exists(DRIVER_DEVICE)
    return listed.returncode == 0 and listed.stdout.startswith("GPU ")


if __name__ == "__main__":
    sys.exit(0 if nvidia_gpu_is_here() else 1)
