"""The command study: serves a study for participants one after the other, or checks its file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from server.settings import default_web_folder
from server.study.plan import about
from server.study.reader import StudyError, read_study

OK, FAILED = 0, 1
EXAMPLE = "study/example"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command. Those of serve follow."""
    parser.description = (
        "Show a study to participants one after the other, and record each. web/study/README.md explains study.yaml. "
        "All options of serve are accepted, too."
    )
    parser.add_argument(
        "study",
        nargs="?",
        type=Path,
        default=default_web_folder() / EXAMPLE,
        metavar="FOLDER",
        help="folder with study.yaml and the stimuli; without it, the example study",
    )
    parser.add_argument("--check", action="store_true", help="say what the study has, or its first mistake, and end")


def run(options: argparse.Namespace, serve: Callable[[argparse.Namespace], int]) -> int:
    """serve: runs the server. Exit status 1 when the study has a mistake."""
    options.study = options.study.expanduser()
    try:
        study = read_study(options.study).study
    except StudyError as problem:
        print(f"sightline: {options.study}: {problem}", file=sys.stderr)
        return FAILED
    if not options.check:
        return serve(options)
    what = about(study)
    minutes = what["duration_ms"] / 60_000.0
    print(f"{study.title} ({study.name}): {what['n_stimuli']} stimuli, order {study.order}, {minutes:.1f} minutes")
    return OK
