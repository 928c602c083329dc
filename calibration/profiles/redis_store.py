"""Profiles in Redis, so that several servers share them.

A profile is a hash: its two files by their names, and `saved_ms`. A set has the names of all profiles. `ProfileStore`
reads and writes the files in a temporary folder, so each rule about a profile stands in one place. A save replaces the
profile only if no other server has changed it meanwhile; else it begins again with the newer one.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, WatchError
from redis.retry import Retry

from calibration.calibration import Calibration
from calibration.errors import ProfileError, ProfileNotFound, ProfileUnavailable
from calibration.profiles.exported import SCREEN_PATTERN
from calibration.profiles.files import no_profile
from calibration.profiles.names import NAME_FILE, folder_of, is_encoded, is_user_name, normalised
from calibration.profiles.store import ProfileInfo, ProfileStore, check_names, unpacked
from calibration.samples.past import PastSession

TIMEOUT_S = 2.0  # a profile has about 100 KiB
ATTEMPTS = 20  # of a save, while other servers save the same profile
NAMES = "sightline:profiles"  # the set; one profile is at "sightline:profile:USER/KEY"
SAVED_MS = b"saved_ms"
PROBE = "sightline:probe"  # written to learn whether Redis can write: its memory or disk may be full


def connected(url: str) -> Redis:
    """A client that connects at its first command, and again after a loss. Raises ValueError for a wrong address."""
    return Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 1))


class RedisProfileStore:
    """`Profiles` in Redis. features_id, remedies: see `ProfileStore`. All methods block for TIMEOUT_S at most twice for
    each command, and raise ProfileUnavailable when Redis does not answer."""

    def __init__(
        self, client: Redis, *, features_id: str = "", remedies: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._client = client
        self._features_id = features_id
        self._remedies = remedies

    def check(self) -> None:
        """Raises ProfileUnavailable when Redis does not answer, or refuses to write."""
        with _answering():
            self._client.set(PROBE, b"1", ex=60)

    def save(self, user: str, screen_key: str, calibration: Calibration) -> None:
        """Returns after Redis has written the profile."""
        check_names(user, screen_key)
        key = _key(user, screen_key)
        for _ in range(ATTEMPTS):
            with _answering(), self._client.pipeline() as pipe, contextlib.suppress(WatchError):
                pipe.watch(key)  # type: ignore[no-untyped-call]
                before: Mapping[bytes, bytes] = pipe.hgetall(key)  # type: ignore[assignment]
                with self._folder(user, {screen_key: before}) as (place, store):
                    store.save(user, screen_key, calibration)
                    fields = _fields(place, screen_key)
                pipe.multi()
                pipe.delete(key)
                pipe.hset(key, mapping=fields)
                pipe.sadd(NAMES, _name(user, screen_key))
                pipe.execute()
                return
        raise ProfileUnavailable("other servers are saving this calibration: try again")

    def sessions(self, user: str, screen_key: str) -> tuple[PastSession, ...]:
        with contextlib.suppress(ProfileError):
            check_names(user, screen_key)
            with self._stored(user, screen_key) as store:
                return store.sessions(user, screen_key)
        return ()

    def load(self, user: str, screen_key: str, older_key: str | None = None) -> Calibration:
        keys = [screen_key] if older_key is None else [screen_key, older_key]
        for key in keys:
            check_names(user, key)
        plain = [key.partition("_")[0] for key in keys]  # older profiles have no camera in their name
        with self._stored(user, *keys, *plain) as store:
            return store.load(user, screen_key, older_key)

    def list(self) -> list[ProfileInfo]:
        with _answering():
            names = [name.decode("utf-8", "replace") for name in self._client.sscan_iter(NAMES)]
        infos = []
        for user, _, screen_key in (name.rpartition("/") for name in names):
            if is_user_name(user) and SCREEN_PATTERN.fullmatch(screen_key):
                with self._stored(user, screen_key) as store:
                    infos += store.list()
        return sorted(infos, key=lambda info: (info.user, info.screen_key))

    def delete(self, user: str, screen_key: str) -> None:
        check_names(user, screen_key)
        with _answering(), self._client.pipeline() as pipe:
            pipe.delete(_key(user, screen_key))
            pipe.srem(NAMES, _name(user, screen_key))
            found, _ = pipe.execute()
        if not found:
            raise ProfileNotFound(no_profile(user, screen_key))

    def pack(self, user: str, screen_key: str) -> bytes:
        check_names(user, screen_key)
        with self._stored(user, screen_key) as store:
            return store.pack(user, screen_key)

    def unpack(self, data: bytes) -> tuple[str, str]:
        user, screen_key, calibration = unpacked(data, features_id=self._features_id, remedies=self._remedies)
        self.save(user, screen_key, calibration)
        return user, screen_key

    @contextlib.contextmanager
    def _stored(self, user: str, *screen_keys: str) -> Iterator[ProfileStore]:
        """A store with these profiles of the user. Each is whole."""
        keys = list(dict.fromkeys(screen_keys))
        # Not in a transaction: a Redis whose memory is full refuses any command in one, also those that read.
        with _answering(), self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hgetall(_key(user, key))
            hashes: Sequence[Mapping[bytes, bytes]] = pipe.execute()
        with self._folder(user, dict(zip(keys, hashes, strict=True))) as (_, store):
            yield store

    @contextlib.contextmanager
    def _folder(self, user: str, profiles: Mapping[str, Mapping[bytes, bytes]]) -> Iterator[tuple[Path, ProfileStore]]:
        """The user's folder, in a temporary one, with the files of the profiles. Errors don't name it."""
        with tempfile.TemporaryDirectory() as folder:
            place = folder_of(Path(folder), user)
            if any(profiles.values()):
                place.mkdir(mode=0o700)
                if is_encoded(place):
                    (place / NAME_FILE).write_text(normalised(user), encoding="utf-8")
            for screen_key, fields in profiles.items():
                _write(place, screen_key, fields)
            try:
                yield place, ProfileStore(folder, features_id=self._features_id, remedies=self._remedies)
            except ProfileError as error:
                raise type(error)(str(error).replace(f"{place}{os.sep}", "")) from error


def _write(place: Path, screen_key: str, fields: Mapping[bytes, bytes]) -> None:
    """Writes only files that a profile has: a name must not leave the folder."""
    for field, content in fields.items():
        name = field.decode("ascii", "replace")
        if re.fullmatch(rf"{screen_key}\.(?:json|c_[0-9a-f]{{1,64}}\.npz)", name):
            (place / name).write_bytes(content)
    document = place / f"{screen_key}.json"
    if document.is_file():
        with contextlib.suppress(ValueError, OverflowError, OSError):
            saved_s = float(fields.get(SAVED_MS, b"")) / 1000.0
            os.utime(document, (saved_s, saved_s))


def _fields(place: Path, screen_key: str) -> dict[Any, Any]:
    document = place / f"{screen_key}.json"
    files = (document, *place.glob(f"{screen_key}.*.npz"))
    return {**{path.name: path.read_bytes() for path in files}, SAVED_MS: repr(document.stat().st_mtime * 1000.0)}


def _name(user: str, screen_key: str) -> str:
    return f"{normalised(user)}/{screen_key}"


def _key(user: str, screen_key: str) -> str:
    return f"sightline:profile:{_name(user, screen_key)}"


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Converts the errors of Redis. WatchError is none: it asks for another attempt."""
    try:
        yield
    except WatchError:
        raise
    except RedisError as error:
        raise ProfileUnavailable(
            "Redis, which has the saved calibrations, does not answer or can't write: try again in some seconds"
        ) from error
