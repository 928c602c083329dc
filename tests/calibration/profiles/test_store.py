import contextlib
import io
import json
import math
import os
import pickle
import re
import stat
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.calibration import Calibration
from calibration.errors import ProfileError, ProfileNameError, ProfileNotFound
from calibration.fit import fit_calibration
from calibration.mapping.geometry import GeometricStage
from calibration.mapping.two_stage import TwoStageModel
from calibration.profiles.lock import locked
from calibration.profiles.store import ProfileStore, older_profile_key, profile_key
from calibration.samples.head_poses import HeadPoses
from calibration.samples.past import MAX_SESSIONS
from tests.support.calibration_eye import SCREEN, LinearEye, game
from tests.support.paths import ROOT
from tests.support.times import LONG_WAIT_S

EYE = LinearEye(noise=0.1)
CALIBRATION = fit_calibration(game(EYE), SCREEN)
OTHER = fit_calibration(game(EYE)[40:], SCREEN)
KEY = "1920x1080"


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    store = ProfileStore(tmp_path)
    store.save("ada", KEY, CALIBRATION)
    return store


def same(a: Calibration, b: Calibration) -> bool:
    blocks = EYE.blocks(0.2, 0.9)
    return (a.predict(blocks), a.report, a.screen, a.calibration_id) == (
        b.predict(blocks),
        b.report,
        b.screen,
        b.calibration_id,
    )


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def with_stage(stage: GeometricStage) -> Calibration:
    """The calibration with another geometric stage in its staged ridge."""
    first, *others = CALIBRATION.model.members
    assert isinstance(first.model, TwoStageModel)
    members = (replace(first, model=replace(first.model, stage=stage)), *others)
    return replace(CALIBRATION, model=replace(CALIBRATION.model, members=members))


def one_map(document: dict[str, Any], version: int) -> None:
    """Turn a profile into one older than version 5, which has the staged ridge only."""
    ridge = document.pop("members")[0]
    document |= {name: ridge[name] for name in ("weights", "lambda", "stage")}
    del document["sessions"]
    document |= {"version": version, "spread": [7.0, *ridge["spread"]]}
    document["report"] |= {"method": "ridge"}
    del document["report"]["members"]


def test_a_profile_comes_back_as_it_was_saved(store: ProfileStore) -> None:
    assert same(store.load("ada", KEY), CALIBRATION)


def test_a_profile_keeps_the_size_of_the_cameras_frames(store: ProfileStore, tmp_path: Path) -> None:
    assert store.load("ada", KEY).camera_px is None
    store.save("ben", KEY, replace(CALIBRATION, camera_px=(640, 480)))
    assert store.load("ben", KEY).camera_px == (640, 480)
    (document,) = (path for path in tmp_path.rglob("*.json") if "ben" in str(path))
    for broken in ([640], [640, 0], [640, 480.5], ["a", "b"], 7):
        edit(document, lambda content, broken=broken: content.update(camera_px=broken))  # type: ignore[misc]
        with pytest.raises(ProfileError):
            store.load("ben", KEY)


def test_a_profile_keeps_how_far_the_eyes_were_open(store: ProfileStore, tmp_path: Path) -> None:
    assert CALIBRATION.openness is not None
    assert store.load("ada", KEY).openness == pytest.approx(CALIBRATION.openness)
    (document,) = tmp_path.rglob("*.json")
    edit(document, lambda content: content.pop("openness"))
    assert store.load("ada", KEY).openness is None, "an older profile"
    for broken in ([0.3], [-0.1, 0.3], ["a", "b"], 7):
        edit(document, lambda content, broken=broken: content.update(openness=broken))  # type: ignore[misc]
        with pytest.raises(ProfileError):
            store.load("ada", KEY)


def test_the_list_has_user_screen_and_error(store: ProfileStore) -> None:
    store.save("Zoë B.2", "2560x1440", CALIBRATION)
    infos = store.list()
    assert [(info.user, info.screen_key) for info in infos] == [("Zoë B.2", "2560x1440"), ("ada", KEY)]
    assert infos[1].median_error_px == CALIBRATION.report.median_error_px
    assert infos[1].problem is None


def test_an_empty_or_missing_folder_lists_nothing(tmp_path: Path) -> None:
    assert ProfileStore(tmp_path / "nowhere").list() == []


def test_saving_again_replaces_and_leaves_no_old_files(store: ProfileStore, tmp_path: Path) -> None:
    store.save("ada", KEY, OTHER)
    assert store.load("ada", KEY).calibration_id == OTHER.calibration_id
    assert len(list((tmp_path / "ada").iterdir())) == 2


def test_deleting_removes_every_file(store: ProfileStore, tmp_path: Path) -> None:
    store.delete("ada", KEY)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ProfileNotFound, match="calibrate first"):
        store.load("ada", KEY)
    with pytest.raises(ProfileNotFound):
        store.delete("ada", KEY)


@pytest.mark.parametrize(
    "user",
    ["", "..", ".", "../ada", "a/b", "a\\b", "/etc", ".hidden", "a\0b", "a\nb", "C:x", "ada..", "x" * 65, " ada"],
)
def test_user_names_that_could_leave_the_folder_are_refused(store: ProfileStore, user: str) -> None:
    for action in (
        lambda: store.save(user, KEY, CALIBRATION),
        lambda: store.load(user, KEY),
        lambda: store.delete(user, KEY),
    ):
        with pytest.raises(ProfileNameError, match="cannot be a user name"):
            action()


@pytest.mark.parametrize("user", ["O'Brien", "José", "आर्या", "שָׂרָה", "Zoë", "𞤀" * 64, "con"])
def test_a_name_of_any_script_is_saved_listed_exported_and_deleted(tmp_path: Path, user: str) -> None:
    store = ProfileStore(tmp_path / "here")
    decomposed = unicodedata.normalize("NFD", user)
    store.save(decomposed, KEY, CALIBRATION)
    assert [info.user for info in store.list()] == [unicodedata.normalize("NFC", user)]
    assert same(store.load(user, KEY), CALIBRATION)
    there = ProfileStore(tmp_path / "there")
    assert there.unpack(store.pack(user, KEY)) == (unicodedata.normalize("NFC", user), KEY)
    assert same(there.load(decomposed, KEY), CALIBRATION)
    store.delete(user, KEY)
    assert list((tmp_path / "here").iterdir()) == []


def test_the_key_of_a_camera_has_no_serial_number_and_the_older_key_is_found(store: ProfileStore) -> None:
    camera = "Logitech BRIO 4F3A9B21"
    key, older = profile_key(KEY, camera), older_profile_key(KEY, camera)
    assert (key, older) == (f"{KEY}_logitech-brio", f"{KEY}_logitech-brio-4f3a9b21")
    store.save("ben", older, OTHER)
    assert store.load("ben", key, older).calibration_id == OTHER.calibration_id
    store.save("ben", key, CALIBRATION)
    assert store.load("ben", key, older).calibration_id == CALIBRATION.calibration_id


def test_names_that_differ_only_in_case_are_different_people(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.save("Ada", KEY, CALIBRATION)
    store.save("ada", KEY, OTHER)
    assert store.load("Ada", KEY).calibration_id == CALIBRATION.calibration_id
    assert store.load("ada", KEY).calibration_id == OTHER.calibration_id
    assert len({path.name.casefold() for path in tmp_path.iterdir()}) == 2


def test_only_this_user_can_read_profiles(tmp_path: Path) -> None:
    (tmp_path / "profiles" / "ada").mkdir(parents=True, mode=0o755)
    store = ProfileStore(tmp_path / "profiles")
    for user in ("ada", "Zoë"):
        store.save(user, KEY, CALIBRATION)
    for path in (tmp_path / "profiles").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    ProfileStore(tmp_path / "new" / "profiles").save("ada", KEY, CALIBRATION)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new", tmp_path / "new" / "profiles")} == {0o700}


def test_what_a_killed_save_has_left_is_removed(store: ProfileStore, tmp_path: Path) -> None:
    (tmp_path / "ada" / ".tmp-0a1b").write_bytes(b"half of a calibration")
    (tmp_path / "ben").mkdir()
    (tmp_path / "ben" / f"{KEY}.c_0a.npz").write_bytes(b"a calibration without its JSON")
    (tmp_path / "ben" / ".tmp-2c3d").write_bytes(b"half of a JSON")
    (tmp_path / "not profiles!").mkdir()
    (tmp_path / "not profiles!" / ".tmp-x").write_bytes(b"of another program")
    assert [info.user for info in store.list()] == ["ada"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ada", "not profiles!"]
    assert len(list((tmp_path / "ada").iterdir())) == 2
    assert (tmp_path / "not profiles!" / ".tmp-x").exists()


SAVE_OFTEN = """
import sys
from calibration.fit import fit_calibration
from calibration.profiles.store import ProfileStore
from tests.support.calibration_eye import SCREEN, LinearEye, game
frames = game(LinearEye(noise=0.1))
calibrations = fit_calibration(frames, SCREEN), fit_calibration(frames[40:], SCREEN)
store = ProfileStore(sys.argv[1])
for i in range(int(sys.argv[2])):
    store.save("ada", "1920x1080", calibrations[i % 2])
    store.load("ada", "1920x1080")
"""


@pytest.mark.slow
def test_two_servers_that_save_at_the_same_time_leave_a_whole_profile(store: ProfileStore, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SAVE_OFTEN, str(tmp_path), "60"]
    saving = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [process.wait(LONG_WAIT_S) for process in saving] == [0, 0]
    assert store.list()[0].problem is None
    assert len(list((tmp_path / "ada").iterdir())) == 2


def test_a_folder_that_another_server_does_not_free_is_reported(
    store: ProfileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calibration.profiles.lock.WAIT_S", 0.05)
    with locked(tmp_path), pytest.raises(ProfileError, match="another Sightline is using"):
        store.load("ada", KEY)
    store.load("ada", KEY)


def test_a_folder_without_locks_is_used_without(store: ProfileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_descriptor: int, _operation: int) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    assert same(store.load("ada", KEY), CALIBRATION)


@pytest.mark.parametrize("calibration_id", ["", "c_", "\\ud800", 7, "c_0a/../x"])
def test_an_id_that_no_calibration_has_makes_a_profile_broken(
    store: ProfileStore, tmp_path: Path, calibration_id: object
) -> None:
    edit(tmp_path / "ada" / f"{KEY}.json", lambda document: document.update(calibration_id=calibration_id))
    with pytest.raises(ProfileError, match="broken"):
        store.load("ada", KEY)


def test_a_text_that_cannot_be_sent_makes_a_profile_broken(store: ProfileStore, tmp_path: Path) -> None:
    edit(tmp_path / "ada" / f"{KEY}.json", lambda document: document.update(note="\ud800"))
    with pytest.raises(ProfileError, match="broken"):
        store.load("ada", KEY)


@pytest.mark.parametrize("key", ["", "../1x1", "1920", "1920x1080/..", "0x0", "1920X1080", "1920x1080\n", "999999x1"])
def test_screen_names_that_are_not_sizes_are_refused(store: ProfileStore, key: str) -> None:
    with pytest.raises(ProfileNameError, match="not a screen size"):
        store.load("ada", key)


def test_a_profile_of_version_1_is_read_and_has_no_geometric_stage(store: ProfileStore, tmp_path: Path) -> None:
    def older(document: dict[str, Any]) -> None:
        one_map(document, 1)
        del document["stage"], document["spread"], document["poses"]

    edit(tmp_path / "ada" / f"{KEY}.json", older)
    loaded = store.load("ada", KEY)
    assert loaded.model.staged.stage is None
    assert loaded.model.staged.ridge.lam == CALIBRATION.model.staged.ridge.lam


@pytest.mark.parametrize(
    "broken", [{"reference_mm": [0.0, 0.0, 0.0]}, {"size_mm": [0.0, 1.0]}, {"head_gain": None}, {"size_mm": "ab"}]
)
def test_a_profile_with_a_broken_geometric_stage_is_refused(
    store: ProfileStore, tmp_path: Path, broken: dict[str, object]
) -> None:
    stage = GeometricStage((500.0, 280.0), (0.0, 50.0, 600.0))
    store.save("ada", KEY, with_stage(stage))
    assert store.load("ada", KEY).model.staged.stage == stage
    edit(tmp_path / "ada" / f"{KEY}.json", lambda document: document["members"][0]["stage"].update(broken))
    with pytest.raises(ProfileError, match="calibrate again"):
        store.load("ada", KEY)


def test_a_newer_version_is_refused_and_left_alone(store: ProfileStore, tmp_path: Path) -> None:
    path = tmp_path / "ada" / f"{KEY}.json"
    edit(path, lambda document: document.update(version=7))
    before = path.read_bytes()
    with pytest.raises(ProfileError, match="newer Sightline"):
        store.load("ada", KEY)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version": "1"}', b'{"version": 0}', b"[" * 100_000]
)
def test_a_json_that_is_no_profile_is_refused_by_path_and_left_alone(
    store: ProfileStore, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "ada" / f"{KEY}.json"
    path.write_bytes(content)
    with pytest.raises(ProfileError, match=f"{KEY}.json is broken"):
        store.load("ada", KEY)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("report"),
        lambda d: d.update(report=[]),
        lambda d: d["report"].update(surprise=1),
        lambda d: d["report"].update(mean_error_px=float("nan")),
        lambda d: d.update(arrays="../../secret.npz"),
        lambda d: d.update(arrays=5),
        lambda d: d.update(members=[]),
        lambda d: d.update(members=d["members"] * 9),
        lambda d: d["members"][0].update(weights={"shoe_size": 3.0}),
        lambda d: d["members"][0].update(weights=[]),
        lambda d: d["members"][0].update(weight=-0.2),
        lambda d: d["members"][0].update(weight=0.999),
        lambda d: d["members"][1].update(prefix="../"),
        lambda d: d["members"][1].update(prefix=""),
        lambda d: d["screen"].update(width_px=-1),
        lambda d: d["members"][0].update({"lambda": "much"}),
    ],
)
def test_a_profile_with_wrong_members_is_refused(
    store: ProfileStore, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    edit(tmp_path / "ada" / f"{KEY}.json", change)
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)


def arrays_of(tmp_path: Path) -> Path:
    return next((tmp_path / "ada").glob("*.npz"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and then nothing", b"\x93NUMPY"])
def test_broken_arrays_are_refused(store: ProfileStore, tmp_path: Path, content: bytes) -> None:
    arrays_of(tmp_path).write_bytes(content)
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)


def test_missing_arrays_are_refused(store: ProfileStore, tmp_path: Path) -> None:
    arrays_of(tmp_path).unlink()
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("bomb-went-off",)


def test_pickled_arrays_are_never_unpickled(
    store: ProfileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez(arrays_of(tmp_path), origin=np.array([Bomb()], dtype=object))
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)
    arrays_of(tmp_path).write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)
    assert not (tmp_path / "bomb-went-off").exists()


def test_numbers_that_are_not_finite_are_refused(store: ProfileStore, tmp_path: Path) -> None:
    path = arrays_of(tmp_path)
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    arrays["origin"] = np.array([np.nan, 0.5])
    np.savez(path, **arrays)
    with pytest.raises(ProfileError, match="not finite"):
        store.load("ada", KEY)


def test_one_broken_profile_does_not_hide_the_others(store: ProfileStore, tmp_path: Path) -> None:
    store.save("bob", KEY, CALIBRATION)
    (tmp_path / "ada" / f"{KEY}.json").write_text("{")
    broken, fine = store.list()
    assert broken.problem is not None
    assert "is broken" in broken.problem
    assert fine.problem is None
    store.delete("ada", KEY)
    assert [info.user for info in store.list()] == ["bob"]


def test_a_profile_made_with_other_networks_is_refused(tmp_path: Path) -> None:
    ProfileStore(tmp_path, features_id="a").save("ada", KEY, CALIBRATION)
    assert same(ProfileStore(tmp_path, features_id="a").load("ada", KEY), CALIBRATION)
    with pytest.raises(ProfileError, match=r"other networks than the active ones: calibrate again$"):
        ProfileStore(tmp_path, features_id="b").load("ada", KEY)


def test_a_profile_of_known_networks_is_refused_with_the_way_to_use_it(tmp_path: Path) -> None:
    ProfileStore(tmp_path / "here", features_id="a").save("ada", KEY, CALIBRATION)
    here = ProfileStore(tmp_path / "here", features_id="b", remedies={"a": "turn the red knob"})
    there = ProfileStore(tmp_path / "there", features_id="b", remedies={"a": "turn the red knob"})
    refusal = r"was made with other networks than the active ones: calibrate again, or turn the red knob$"
    with pytest.raises(ProfileError, match=refusal):
        here.load("ada", KEY)
    (listed,) = here.list()
    assert listed.problem is not None
    assert re.search(refusal, listed.problem)
    with pytest.raises(ProfileError, match=f"the exported calibration {refusal}"):
        there.unpack(ProfileStore(tmp_path / "here", features_id="a").pack("ada", KEY))


@pytest.mark.parametrize("made_with", [None, 7, ["a"], {"a": "b"}])
def test_a_profile_whose_networks_have_no_name_is_refused(tmp_path: Path, made_with: object) -> None:
    ProfileStore(tmp_path, features_id="a").save("ada", KEY, CALIBRATION)
    path = tmp_path / "ada" / f"{KEY}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"features_id": made_with}))
    with pytest.raises(ProfileError, match="other networks"):
        ProfileStore(tmp_path, features_id="a", remedies={"b": "turn the red knob"}).load("ada", KEY)


def test_a_save_that_fails_keeps_the_old_profile_and_no_rubbish(
    store: ProfileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("calibration.profiles.store.json.dumps", full_disk)
    with pytest.raises(OSError, match="no space"):
        store.save("ada", KEY, OTHER)
    monkeypatch.undo()
    assert same(store.load("ada", KEY), CALIBRATION)
    assert not list((tmp_path / "ada").glob(".tmp*"))


def test_a_profile_keeps_the_expected_error(store: ProfileStore) -> None:
    blocks = EYE.blocks(0.2, 0.9)
    loaded = store.load("ada", KEY)
    assert loaded.error_px(0.2, 0.9, blocks) == pytest.approx(CALIBRATION.error_px(0.2, 0.9, blocks))
    assert loaded.error_px(0.2, 0.9, blocks) != loaded.error_px(0.2, 0.9)


def test_a_profile_of_version_2_is_read_and_expects_the_same_error_everywhere(
    store: ProfileStore, tmp_path: Path
) -> None:
    def as_version_2(document: dict[str, Any]) -> None:
        one_map(document, 2)
        del document["spread"], document["report"]["expected"], document["poses"]
        for target in document["report"]["targets"]:
            del target["relative_error"]

    edit(tmp_path / "ada" / f"{KEY}.json", as_version_2)
    loaded, blocks = store.load("ada", KEY), EYE.blocks(0.2, 0.9)
    point = loaded.predict(blocks)
    assert (point.x, point.y) == CALIBRATION.model.staged.predict(blocks)
    assert loaded.error_px(0.2, 0.9, blocks) == pytest.approx(CALIBRATION.report.mean_error_px)


def test_a_profile_of_version_3_is_read_without_poses_and_without_the_face_s_share(
    store: ProfileStore, tmp_path: Path
) -> None:
    stage = GeometricStage((500.0, 280.0), (0.0, 50.0, 600.0))
    store.save("ada", KEY, with_stage(stage))

    def as_version_3(document: dict[str, Any]) -> None:
        one_map(document, 3)
        del document["poses"], document["stage"]["face_share"]

    edit(tmp_path / "ada" / f"{KEY}.json", as_version_3)
    loaded = store.load("ada", KEY)
    assert loaded.poses is None
    assert loaded.model.staged.stage == replace(stage, face_share=0.0)  # its ridge was fitted without


def test_a_profile_of_version_4_is_read_as_a_mixture_of_its_one_map(store: ProfileStore, tmp_path: Path) -> None:
    edit(tmp_path / "ada" / f"{KEY}.json", lambda document: one_map(document, 4))
    loaded, blocks = store.load("ada", KEY), EYE.blocks(0.2, 0.9)
    point = loaded.predict(blocks)
    assert (point.x, point.y) == CALIBRATION.model.staged.predict(blocks)
    assert loaded.report.members == loaded.model.weights == {"ridge": 1.0}
    assert loaded.error_px(0.2, 0.9, blocks) == pytest.approx(CALIBRATION.error_px(0.2, 0.9, blocks))


def test_a_profile_keeps_the_head_poses_of_all_rounds(store: ProfileStore, tmp_path: Path) -> None:
    poses = HeadPoses(np.array([[0.0, 0.0, 0.0], [0.0, 0.4, 0.0]]), np.array([[0.0, 0.0, 600.0], [9.0, 0.0, 600.0]]))
    store.save("ada", KEY, replace(CALIBRATION, poses=poses))
    loaded = store.load("ada", KEY).poses
    assert loaded is not None
    np.testing.assert_array_equal(loaded.rotation_rad, poses.rotation_rad)
    np.testing.assert_array_equal(loaded.translation_mm, poses.translation_mm)


@pytest.mark.parametrize("shape", [(0, 3), (3,), (2, 2), (99, 3)])
def test_a_profile_with_broken_poses_is_refused(store: ProfileStore, tmp_path: Path, shape: tuple[int, ...]) -> None:
    with np.load(arrays_of(tmp_path), allow_pickle=False) as stored:
        arrays = dict(stored)
    np.savez(arrays_of(tmp_path), **{**arrays, "poses/rotation": np.zeros(shape), "poses/translation": np.zeros(shape)})
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of each member of a JSON document."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from leaves(member, (*path, key))


def at(calibration: Calibration, *times_ms: float) -> Calibration:
    """The calibration with sessions of these times, each with its targets."""
    (mine,) = calibration.sessions
    return replace(calibration, sessions=tuple(replace(mine, captured_ms=ms) for ms in times_ms))


def test_a_profile_keeps_the_means_of_its_session(store: ProfileStore) -> None:
    (mine,), (kept,) = CALIBRATION.sessions, store.load("ada", KEY).sessions
    assert (kept.captured_ms, kept.screen) == (mine.captured_ms, SCREEN)
    for before, after in zip(mine.means, kept.means, strict=True):
        assert (before.target, before.target_id, before.n_used) == (after.target, after.target_id, after.n_used)
        assert set(after.blocks) == {
            "eye_patches",
            "eye_angles",
            "gaze_angles",
            "iris",
            "head_rotation",
            "head_translation",
        }
        assert all(np.array_equal(before.blocks[name], after.blocks[name]) for name in after.blocks)


def test_a_saved_calibration_joins_the_sessions_of_the_profile_that_it_replaces(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, features_id="a")
    for day in range(7):
        store.save("ada", f"{KEY}_front", at(CALIBRATION, 1e12 + day))
    sessions = store.sessions("ada", f"{KEY}_front")
    assert [session.captured_ms for session in sessions] == [1e12 + day for day in range(7 - MAX_SESSIONS, 7)]
    assert {(session.camera, session.features_id) for session in sessions} == {("front", "a")}
    store.save("ada", f"{KEY}_front", at(CALIBRATION, 1e12 + 6))  # the same session again
    assert len(store.sessions("ada", f"{KEY}_front")) == MAX_SESSIONS
    assert store.sessions("ben", f"{KEY}_front") == ()


def test_sessions_of_other_networks_are_kept_but_not_used(tmp_path: Path) -> None:
    ProfileStore(tmp_path, features_id="a").save("ada", KEY, at(CALIBRATION, 1.0))
    other = ProfileStore(tmp_path, features_id="b")
    assert other.sessions("ada", KEY) == ()
    other.save("ada", KEY, at(CALIBRATION, 2.0))
    assert [session.captured_ms for session in other.sessions("ada", KEY)] == [2.0]
    assert [session.features_id for session in other.load("ada", KEY).sessions] == ["a", "b"]


def test_a_broken_or_older_profile_gives_no_sessions_and_does_not_stop_a_save(
    store: ProfileStore, tmp_path: Path
) -> None:
    path = tmp_path / "ada" / f"{KEY}.json"
    edit(path, lambda document: one_map(document, 4))
    assert store.sessions("ada", KEY) == ()
    path.write_text("{")
    assert store.sessions("ada", KEY) == ()
    store.save("ada", KEY, CALIBRATION)
    assert len(store.sessions("ada", KEY)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(sessions=d["sessions"] * 9),
        lambda d: d["sessions"][0].update(prefix="../"),
        lambda d: d["sessions"][0].update(prefix="session7/"),
        lambda d: d["sessions"][0].update(captured_ms="yesterday"),
        lambda d: d["sessions"][0].update(camera=7),
        lambda d: d["sessions"][0]["screen"].update(width_px=0),
        lambda d: d.pop("sessions"),
    ],
)
def test_a_profile_with_broken_sessions_is_refused(
    store: ProfileStore, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    edit(tmp_path / "ada" / f"{KEY}.json", change)
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)


@pytest.mark.parametrize(("name", "shape"), [("targets", (9, 3)), ("targets", (99, 4)), ("block/iris", (8, 4))])
def test_sessions_with_arrays_of_another_shape_are_refused(
    store: ProfileStore, tmp_path: Path, name: str, shape: tuple[int, ...]
) -> None:
    with np.load(arrays_of(tmp_path), allow_pickle=False) as stored:
        arrays = dict(stored)
    np.savez(arrays_of(tmp_path), **{**arrays, f"session0/{name}": np.zeros(shape)})
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)


JUNK = (None, True, "x", -1.0, float("nan"), 1e308, [], {"x": 1}, 10**400)


def test_whatever_stands_in_a_profile_it_is_refused_or_gives_finite_answers(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save("ada", KEY, with_stage(GeometricStage((500.0, 280.0), (0.0, 50.0, 600.0))))
    path = tmp_path / "ada" / f"{KEY}.json"
    document = json.loads(path.read_text())
    document["report"]["targets"] = document["report"]["targets"][:1]
    refused = taken = 0
    for way in leaves(document):
        if not way:
            continue
        for junk in JUNK:
            changed = json.loads(json.dumps(document))
            place = changed
            for key in way[:-1]:
                place = place[key]
            place[way[-1]] = junk
            path.write_text(json.dumps(changed))
            try:
                loaded = store.load("ada", KEY)
            except ProfileError:
                refused += 1
                continue
            taken += 1
            point = loaded.predict(EYE.blocks(0.2, 0.9))
            radius_px = loaded.error_px(point.x, point.y, EYE.blocks(0.2, 0.9))
            assert all(map(math.isfinite, (point.x, point.y, radius_px))), (way, junk)
            json.dumps(loaded.report.to_json(), allow_nan=False)
    assert refused > 2 * taken > 0


def test_arrays_that_unpack_to_more_than_a_profile_needs_are_refused(store: ProfileStore, tmp_path: Path) -> None:
    path = arrays_of(tmp_path)
    np.savez_compressed(path, origin=np.zeros(40 << 20, np.uint8))  # a few KiB on the disk
    with pytest.raises(ProfileError, match="holds more than"):
        store.load("ada", KEY)


def test_a_header_that_claims_more_than_any_memory_is_refused(store: ProfileStore, tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 60,)})
    with zipfile.ZipFile(arrays_of(tmp_path), "w") as archive:
        archive.writestr("origin.npy", header.getvalue())
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)


def test_a_profile_with_a_byte_changed_anywhere_is_refused_or_gives_finite_answers(
    store: ProfileStore, tmp_path: Path
) -> None:
    path = arrays_of(tmp_path)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for place in rng.integers(0, len(whole), 150).tolist():
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with contextlib.suppress(ProfileError):
            loaded = store.load("ada", KEY)
            assert math.isfinite(loaded.error_px(0.5, 0.5, EYE.blocks(0.5, 0.5)))


@pytest.mark.parametrize("broken", [[1.0], ["x", 1.0], [float("inf"), 1.0], [-1.0, 1.0], 3])
def test_a_profile_with_a_broken_spread_is_refused(store: ProfileStore, tmp_path: Path, broken: object) -> None:
    edit(tmp_path / "ada" / f"{KEY}.json", lambda document: document["members"][0].update(spread=broken))
    with pytest.raises(ProfileError, match="is broken"):
        store.load("ada", KEY)


@pytest.mark.parametrize(
    ("camera", "key"),
    [
        (None, "1920x1080"),
        ("", "1920x1080"),
        ("../..", "1920x1080"),
        ("HD Webcam (1234:5678)", "1920x1080_hd-webcam-1234-5678"),
        ("x" * 64, f"1920x1080_{'x' * 40}"),
    ],
)
def test_a_profiles_key_has_the_screen_and_the_cameras_name(camera: str | None, key: str) -> None:
    assert profile_key("1920x1080", camera) == key


def test_each_camera_has_its_own_profile_and_an_old_one_serves_for_all(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.save("ada", "1920x1080", CALIBRATION)
    assert store.load("ada", "1920x1080_front").calibration_id == CALIBRATION.calibration_id
    store.save("ada", "1920x1080_front", OTHER)
    assert store.load("ada", "1920x1080_front").calibration_id == OTHER.calibration_id
    assert store.load("ada", "1920x1080_side").calibration_id == CALIBRATION.calibration_id
    assert [info.screen_key for info in store.list()] == ["1920x1080", "1920x1080_front"]
    store.delete("ada", "1920x1080_front")
    assert store.load("ada", "1920x1080").calibration_id == CALIBRATION.calibration_id


def test_an_exported_profile_loads_on_another_machine(tmp_path: Path) -> None:
    here, there = ProfileStore(tmp_path / "here"), ProfileStore(tmp_path / "there")
    here.save("ada", "1920x1080_front", CALIBRATION)
    assert there.unpack(here.pack("ada", "1920x1080_front")) == ("ada", "1920x1080_front")
    blocks = EYE.blocks(0.3, 0.7)
    assert there.load("ada", "1920x1080_front").predict(blocks) == CALIBRATION.predict(blocks)


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK no zip at all",
        zipped(),
        zipped(("ada/1920x1080.json", b"{}")),
        zipped(("ada/1920x1080.json", b"{}"), ("ada/1920x1080.c_00.npz", b"")),
        zipped(("../1920x1080.json", b"{}"), ("../1920x1080.c_00.npz", b"")),
        zipped(("ada/1920x1080.json", b"{}"), ("eve/1920x1080.c_00.npz", b"")),
        zipped(("ada/1920x1080.json", b"{}"), ("ada/../../evil.npz", b"")),
        zipped(("ada/1920x1080.json", b"0" * (9 << 20)), ("ada/1920x1080.c_00.npz", b"")),
    ],
)
def test_what_is_no_exported_profile_is_refused_and_leaves_nothing(tmp_path: Path, data: bytes) -> None:
    store = ProfileStore(tmp_path / "store")
    with pytest.raises(ProfileError):
        store.unpack(data)
    assert not (tmp_path / "store").exists()


def test_a_profile_of_other_networks_is_not_imported(tmp_path: Path) -> None:
    here, there = ProfileStore(tmp_path / "here", features_id="a"), ProfileStore(tmp_path / "there", features_id="b")
    here.save("ada", "1920x1080", CALIBRATION)
    with pytest.raises(ProfileError, match="the exported calibration was made with other networks"):
        there.unpack(here.pack("ada", "1920x1080"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"version": 99}, "^the exported calibration was written by a newer Sightline .*: update Sightline"),
        ({"version": "4"}, "^the exported calibration is broken"),
        ({"members": []}, "^the exported calibration is broken"),
        ({"arrays": "1920x1080.c_ff.npz"}, "^the exported calibration is broken"),
    ],
)
def test_an_exported_profile_that_cannot_be_used_is_refused_in_a_sentence_without_paths_and_the_old_one_stays(
    tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    here, there = ProfileStore(tmp_path / "here"), ProfileStore(tmp_path / "there")
    for store in (here, there):
        store.save("ada", "1920x1080", CALIBRATION)
    packed = here.pack("ada", "1920x1080")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        (json_name, document), (npz_name, arrays) = ((name, archive.read(name)) for name in archive.namelist())
    document = json.dumps(json.loads(document) | changed).encode()
    with pytest.raises(ProfileError, match=message) as refused:
        there.unpack(zipped((json_name, document), (npz_name, arrays)))
    assert tempfile.gettempdir() not in str(refused.value)
    assert there.load("ada", "1920x1080").calibration_id == CALIBRATION.calibration_id
