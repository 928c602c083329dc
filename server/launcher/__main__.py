"""python -m sightline_gaze"""

from . import main

if __name__ == "__main__":
    raise SystemExit(main())
