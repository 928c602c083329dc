"""What every store of profiles does: the folder, and Redis."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from calibration.errors import ProfileError, ProfileNameError, ProfileNotFound, ProfileUnavailable
from calibration.fit import fit_calibration
from calibration.profiles.interface import Profiles
from calibration.profiles.redis_store import RedisProfileStore, connected
from calibration.profiles.store import ProfileStore
from tests.support.calibration_eye import SCREEN, LinearEye, game
from tests.support.redis_server import RedisServer, redis_server

EYE = LinearEye(noise=0.1)
CALIBRATION = fit_calibration(game(EYE), SCREEN)
OTHER = fit_calibration(game(EYE)[40:], SCREEN)
KEY = "1920x1080"
MakeStore = Callable[[str], Profiles]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["folder", "redis"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    """make_store(features_id): another server's view of the same profiles, which are none at first."""
    if request.param == "folder":
        yield lambda features_id: ProfileStore(tmp_path, features_id=features_id)
        return
    with contextlib.closing(connected(request.getfixturevalue("redis").url)) as client:
        client.flushall()
        yield lambda features_id: RedisProfileStore(client, features_id=features_id)


def test_a_profile_saved_by_one_server_is_loaded_and_listed_by_another(make_store: MakeStore) -> None:
    here, there = make_store("a"), make_store("a")
    assert there.list() == []
    for user in ("zoë", "Ada"):
        here.save(user, KEY, CALIBRATION)
    assert there.load("zoë", KEY).report == CALIBRATION.report
    assert [(one.user, one.calibration_id, one.problem) for one in there.list()] == [
        (user, CALIBRATION.calibration_id, None) for user in ("Ada", "zoë")
    ]
    assert [one.saved_ms for one in there.list()] == [one.saved_ms for one in here.list()]


def test_saving_again_replaces_and_keeps_the_sessions(make_store: MakeStore) -> None:
    store = make_store("a")
    store.save("ada", KEY, CALIBRATION)
    earlier = store.sessions("ada", KEY)
    store.save("ada", KEY, replace(OTHER, sessions=()))
    assert store.load("ada", KEY).calibration_id == OTHER.calibration_id
    assert [one.captured_ms for one in store.sessions("ada", KEY)] == [one.captured_ms for one in earlier]
    assert len(store.list()) == 1


def test_a_profile_without_camera_or_with_the_older_name_is_found(make_store: MakeStore) -> None:
    store = make_store("a")
    store.save("ada", KEY, CALIBRATION)
    assert store.load("ada", f"{KEY}_cam").calibration_id == CALIBRATION.calibration_id
    store.save("ada", f"{KEY}_older", OTHER)
    assert store.load("ada", f"{KEY}_cam", f"{KEY}_older").calibration_id == OTHER.calibration_id


def test_a_deleted_profile_is_gone_and_a_missing_one_is_refused(make_store: MakeStore) -> None:
    store = make_store("a")
    store.save("ada", KEY, CALIBRATION)
    store.delete("ada", KEY)
    assert store.list() == []
    assert store.sessions("ada", KEY) == ()
    for call in (store.load, store.delete, store.pack):
        with pytest.raises(ProfileNotFound, match="calibrate first"):
            call("ada", KEY)


@pytest.mark.parametrize(("user", "key"), [("../ada", KEY), ("", KEY), ("ada", "../x"), ("ada", "1x1/2")])
def test_names_that_could_mean_another_profile_are_refused(make_store: MakeStore, user: str, key: str) -> None:
    store = make_store("a")
    for call in (store.load, store.delete, store.pack, lambda *names: store.save(*names, CALIBRATION)):
        with pytest.raises(ProfileNameError):
            call(user, key)
    assert store.sessions(user, key) == ()


def test_a_profile_of_other_networks_is_listed_with_its_problem(make_store: MakeStore) -> None:
    make_store("a").save("ada", KEY, CALIBRATION)
    other = make_store("b")
    with pytest.raises(ProfileError, match="made with other networks"):
        other.load("ada", KEY)
    (listed,) = other.list()
    assert "other networks" in str(listed.problem)


def test_an_exported_profile_is_imported_and_a_wrong_file_is_refused(make_store: MakeStore) -> None:
    store = make_store("a")
    store.save("zoë", KEY, CALIBRATION)
    packed = store.pack("zoë", KEY)
    store.delete("zoë", KEY)
    assert store.unpack(packed) == ("zoë", KEY)
    assert store.load("zoë", KEY).calibration_id == CALIBRATION.calibration_id
    with pytest.raises(ProfileError, match="not an exported calibration"):
        store.unpack(b"PK")


def test_servers_that_save_at_the_same_time_leave_a_whole_profile(make_store: MakeStore) -> None:
    stores = [make_store("a") for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda store: store.save("ada", KEY, CALIBRATION), stores))
    assert stores[0].load("ada", KEY).calibration_id == CALIBRATION.calibration_id
    assert len(stores[0].list()) == 1


def test_redis_keeps_a_saved_profile_when_it_is_killed_and_refuses_until_it_is_back(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server, contextlib.closing(connected(server.url)) as client:
        store = RedisProfileStore(client)
        store.save("ada", KEY, CALIBRATION)
        server.kill()
        calls = (store.check, store.list, lambda: store.load("ada", KEY), lambda: store.save("ada", KEY, OTHER))
        for call in calls:
            with pytest.raises(ProfileUnavailable, match="try again"):
                call()
        assert store.sessions("ada", KEY) == ()
        server.start()
        assert store.load("ada", KEY).calibration_id == CALIBRATION.calibration_id
        store.save("ada", KEY, OTHER)
        assert store.load("ada", KEY).calibration_id == OTHER.calibration_id


def test_files_in_redis_with_names_that_leave_the_folder_are_not_written(redis: RedisServer) -> None:
    with contextlib.closing(connected(redis.url)) as client:
        client.flushall()
        store = RedisProfileStore(client)
        store.save("ada", KEY, CALIBRATION)
        client.hset(f"sightline:profile:ada/{KEY}", mapping={"../../leaves.json": "{}", f"{KEY}.json": "{}"})
        with pytest.raises(ProfileError, match="not a saved calibration"):
            store.load("ada", KEY)
        client.sadd("sightline:profiles", "../x/1x1", "no key")
        assert [one.user for one in store.list()] == ["ada"]


def test_a_redis_that_can_read_but_not_write_is_not_available(redis: RedisServer) -> None:
    with contextlib.closing(connected(redis.url)) as client:
        client.flushall()
        store = RedisProfileStore(client)
        store.save("ada", KEY, CALIBRATION)
        client.config_set("maxmemory", 1)
        try:
            for call in (store.check, lambda: store.save("ada", KEY, OTHER)):
                with pytest.raises(ProfileUnavailable, match="can't write"):
                    call()
            assert store.load("ada", KEY).calibration_id == CALIBRATION.calibration_id
        finally:
            client.config_set("maxmemory", 0)
        store.check()
