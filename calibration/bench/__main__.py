"""`python -m calibration.bench [compare|rounds|gains|coverage] ...`: measurements of calibration methods.

Without a command, it runs `compare`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from calibration.bench import compare, coverage, gains, rounds
from calibration.bench.feature_file import FeatureFileError

COMMANDS = {"compare": compare, "rounds": rounds, "gains": gains, "coverage": coverage}


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="python -m calibration.bench",
        description="Measure calibration methods on features of recorded sessions.",
        epilog="The default command is compare. `python -m server evaluate DIR... --features NPZ` writes the files.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        about = (module.__doc__ or "").split("\n\n")[0].partition(": ")[2].replace("\n", " ")
        command = commands.add_parser(name, help=about, description=about)
        module.add_options(command)
        command.set_defaults(run=module.run)
    if given and given[0] not in (*COMMANDS, "-h", "--help"):
        given.insert(0, "compare")
    options = parser.parse_args(given)
    try:
        options.run(options)
    except FeatureFileError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
