"""The names of people and the folders that they get. tests/golden/user_names.json has the names themselves."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from calibration.profiles.names import NAME_FILE, folder_of, is_user_name, normalised, user_of
from tests.support.paths import ROOT

TAKEN = json.loads((ROOT / "tests/golden/user_names.json").read_text(encoding="utf-8"))["taken"]


def made(profiles: Path, user: str) -> Path:
    folder = folder_of(profiles, user)
    folder.mkdir(exist_ok=True)
    (folder / NAME_FILE).write_text(normalised(user), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", TAKEN)
def test_every_name_has_a_folder_that_any_file_system_takes(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path, name)
    assert folder.name.isascii()
    assert len(folder.name) <= 64
    assert folder.name[-1] not in " ."
    assert user_of(folder) == normalised(name)
    for form in ("NFC", "NFD"):
        assert folder_of(tmp_path, unicodedata.normalize(form, name)) == folder


def test_different_people_never_share_a_folder_though_the_file_system_ignores_case(tmp_path: Path) -> None:
    people = set(map(normalised, TAKEN)) | {"ada", "ADA", "Zoe"}
    folders = {made(tmp_path, name).name.casefold() for name in sorted(people)}
    assert len(folders) == len(people)


def test_a_name_keeps_its_folder_when_another_one_is_deleted(tmp_path: Path) -> None:
    upper, lower = made(tmp_path, "Ada"), made(tmp_path, "ada")
    (upper / NAME_FILE).unlink()
    upper.rmdir()
    assert folder_of(tmp_path, "ada") == lower


@pytest.mark.parametrize("name", ["Zoë", "李", "con"])
def test_the_folder_of_an_older_version_is_used_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert folder_of(tmp_path, name) == tmp_path / name
    assert user_of(tmp_path / name) == name


@pytest.mark.parametrize("name", ["con", "NUL", "com1", "aux.x"])
def test_the_devices_of_windows_are_no_folders(tmp_path: Path, name: str) -> None:
    assert folder_of(tmp_path, name).name != name


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"Ben", b"../x"])
def test_a_folder_whose_name_file_does_not_fit_belongs_to_no_user(tmp_path: Path, content: bytes) -> None:
    folder = made(tmp_path, "Zoë")
    (folder / NAME_FILE).write_bytes(content)
    assert user_of(folder) is None


def test_half_a_surrogate_pair_is_no_name() -> None:
    assert not is_user_name("a\ud800b")
