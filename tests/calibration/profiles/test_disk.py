from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from calibration.profiles.disk import disk_advice, disk_problem, file_problem, unwritable
from tests.support.full_disk import full_disk


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_no_error_of_the_disk_has_the_words_of_the_system(number: int) -> None:
    error = OSError(number, os.strerror(number), "a.json")
    text = f"{disk_problem(error)}. {disk_advice(error, '--profiles')}"
    assert "Errno" not in text
    assert os.strerror(number) not in text
    assert file_problem(error).startswith("a.json: ")


@pytest.mark.parametrize(
    ("number", "problem", "advice"),
    [
        (errno.ENOSPC, "full", "Free some space"),
        (errno.EACCES, "no right", "--profiles DIR"),
        (errno.EROFS, "read-only", "--profiles DIR"),
        (errno.EMFILE, "too many files", "start Sightline again"),
    ],
)
def test_each_kind_has_its_reason_and_its_remedy(number: int, problem: str, advice: str) -> None:
    error = OSError(number, "words of the system")
    assert problem in disk_problem(error)
    assert advice in disk_advice(error, "--profiles")


def test_a_folder_that_can_be_made_is_writable_and_is_not_made(tmp_path: Path) -> None:
    assert unwritable(tmp_path / "a" / "b") is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_below_a_file_and_one_on_a_full_disk_are_not_writable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    problem = unwritable(tmp_path / "file" / "profiles")
    assert problem is not None
    assert "there is a file" in disk_problem(problem)
    with full_disk(max_file_bytes=0):
        full = unwritable(tmp_path)
    assert full is not None
    assert "full" in disk_problem(full)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs the file system of Linux that takes no new files")
def test_a_folder_that_not_even_the_superuser_can_make_is_not_writable() -> None:
    for folder in (Path("/proc/nope"), Path("/proc/nope/below"), Path("/proc")):
        problem = unwritable(folder)
        assert problem is not None
        assert "no right" in disk_problem(problem)


def test_a_link_to_nowhere_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert isinstance(unwritable(tmp_path / "link"), NotADirectoryError)
