"""serve --video: a client of the server's own camera socket that sends pictures of a file as a page sends a webcam's.

1. At most MAX_UNANSWERED frames wait for their answer, and no more are sent than the server asks for (`pace`), as by a
   page. Each has the present time as its capture time.
2. With --profile, the person's saved calibration is loaded first, for the screen and the camera that it was made with.
3. When the pictures can't be read as fast as they are due, the video plays slower. No picture is sent late.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from calibration.errors import ProfileError
from calibration.profiles.disk import disk_problem
from calibration.profiles.interface import Profiles
from calibration.profiles.names import normalised
from calibration.profiles.store import ProfileInfo, profile_key
from calibration.screen import ScreenGeometry
from server.clock import Clock
from server.errors import SourceFailed, StartupError
from server.protocol.frames import NotAJpeg, encode_frame
from server.recordings.reader import Recording
from server.settings import MAX_UNANSWERED, VideoFrom
from server.sources import SourceParts
from server.sources.pictures import MAX_SIDE_PX, Picture, Pictures, open_pictures

BEHIND_S = 0.25  # by more, the video plays slower

Message = dict[str, Any]


class VideoCamera:
    """A video, and the calibration that it is played with. geometry: its `geometry` message, if that is known."""

    kind = "video"

    def __init__(
        self, name: str, pictures: Pictures, *, geometry: Message | None, user: str | None, loop: bool
    ) -> None:
        self._name = name
        self._pictures = pictures
        self._geometry = geometry
        self._user = user
        self._loop = loop

    @classmethod
    def open(cls, settings: VideoFrom, profiles: Profiles) -> VideoCamera:
        """Raises StartupError."""
        pictures = open_pictures(settings.path)
        recording, geometry = pictures.recording, None
        if recording is not None:
            geometry = _geometry(recording.screen, recording.camera, recording.hfov_deg)
        if settings.profile is not None:
            profile = _profile(settings.profile, profiles, recording)
            hfov_deg = recording.hfov_deg if recording is not None else None
            geometry = _geometry(*_made_with(profile, profiles), hfov_deg)
        name = settings.path.resolve().name
        return cls(name, pictures, geometry=geometry, user=settings.profile, loop=settings.loop)

    def describe(self) -> str:
        how = f"with the calibration of {self._user}" if self._user else "not calibrated (--profile NAME)"
        rate = "at its own times" if self._pictures.fps is None else f"{self._pictures.fps:g} frames/s"
        return f"Video: {self._name}, {rate}, {how}"

    async def run(self, parts: SourceParts) -> None:
        encryption = None
        if parts.camera_url.startswith("wss:"):  # this very server: its own certificate is signed by no authority
            encryption = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            encryption.check_hostname, encryption.verify_mode = False, ssl.CERT_NONE
        async with (
            connect(parts.camera_url, ssl=encryption, max_size=None, compression=None) as connection,
            _Page(connection, parts.clock).reading() as page,
        ):
            if self._geometry is not None:
                await page.say("geometry", **self._geometry)
            if self._user is not None:
                await page.say("profile_load", user=self._user)
                await page.loaded()
            with contextlib.suppress(ConnectionClosed):  # the server stops
                await page.play(self._pictures)
                while self._loop:
                    await page.play(self._pictures)
                await page.answered()


class _Page:
    """A camera's page without a browser."""

    def __init__(self, connection: ClientConnection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._seq = 0
        self._unanswered: set[int] = set()
        self._interval_s = self._next_s = 0.0  # of frames, while the server asks for fewer
        self._side_px = MAX_SIDE_PX
        self._loaded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changed = asyncio.Event()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[_Page]:
        reader = asyncio.create_task(self._read())
        try:
            yield self
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def say(self, kind: str, **members: Any) -> None:
        await self._connection.send(json.dumps(dict(members, type=kind)))

    async def loaded(self) -> None:
        """Raises SourceFailed when the server refuses the profile."""
        await self._loaded

    async def play(self, pictures: Pictures) -> None:
        """Sends all pictures, each when it is due."""
        clock, following = asyncio.get_running_loop(), pictures.open()
        begin_s = clock.time()
        try:
            while (picture := await asyncio.to_thread(_next, following)) is not None:
                ahead_s = begin_s + picture.due_s - clock.time()
                if ahead_s < -BEHIND_S:
                    begin_s -= ahead_s
                await asyncio.sleep(max(ahead_s, 0.0))
                if len(self._unanswered) < MAX_UNANSWERED and clock.time() >= self._next_s:
                    self._next_s = max(self._next_s, clock.time() - self._interval_s) + self._interval_s
                    await self._send(picture)
        finally:
            await asyncio.to_thread(following.close)  # type: ignore[attr-defined]  # they are generators

    async def answered(self) -> None:
        while self._unanswered:
            self._changed.clear()
            await self._changed.wait()

    async def _send(self, picture: Picture) -> None:
        now_ms, encoded = self._clock.now_ms(), await asyncio.to_thread(picture.encode, self._side_px)
        if encoded is None:
            return  # damaged, or gone: a camera also loses frames
        self._seq += 1
        try:
            data = encode_frame(self._seq, now_ms, encoded.jpeg, roi=encoded.roi, full_px=encoded.full_px)
        except NotAJpeg:
            return
        self._unanswered.add(self._seq)
        await self._connection.send(data)

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self._connection:
                self._take(json.loads(text))
        self._unanswered.clear()
        self._changed.set()
        if not self._loaded.done():
            self._loaded.cancel()

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "gaze" | "dropped" | "overview":
                self._unanswered.discard(message["frame"])
                self._changed.set()
            case "pace":
                self._interval_s = 1.0 / message["max_fps"] if message["max_fps"] else 0.0
                self._side_px = message["max_side_px"] or MAX_SIDE_PX
            case "calibration" if message["state"] == "loaded" and not self._loaded.done():
                self._loaded.set_result(None)
            case "error" if not self._loaded.done():
                self._loaded.set_exception(SourceFailed(f"--video: {message['message']}"))


def _next(pictures: Iterator[Picture]) -> Picture | None:
    return next(pictures, None)


def _geometry(screen: ScreenGeometry, camera: str | None, hfov_deg: float | None) -> Message:
    size = {"width_px": screen.width_px, "height_px": screen.height_px}
    size |= {name: mm for name in ("width_mm", "height_mm") if (mm := getattr(screen, name)) is not None}
    more = {"camera": camera, "hfov_deg": hfov_deg, "distance_mm": screen.distance_mm}
    return {"screen": size} | {name: value for name, value in more.items() if value is not None}


def _profile(user: str, profiles: Profiles, recording: Recording | None) -> ProfileInfo:
    """The person's newest profile, of the recording's screen and camera if there is one. Raises StartupError."""
    with _readable():
        of_user = [info for info in profiles.list() if info.user == normalised(user)]
    if recording is not None:
        key = profile_key(recording.screen.key, recording.camera)
        of_user = [info for info in of_user if info.screen_key == key]
    if not of_user:
        where = " for the recording's screen and camera" if recording is not None else ""
        raise StartupError(f"--profile: there is no saved calibration of {user!r}{where}; save one on the page first")
    return max(of_user, key=lambda info: info.saved_ms)


def _made_with(info: ProfileInfo, profiles: Profiles) -> tuple[ScreenGeometry, str | None]:
    """The screen of a profile, and the camera's name as its key has it. Raises StartupError."""
    with _readable():
        calibration = profiles.load(info.user, info.screen_key)
    return calibration.screen, info.screen_key.partition("_")[2] or None


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Converts the errors of the profiles. Raises StartupError."""
    try:
        yield
    except ProfileError as problem:
        raise StartupError(f"--profile: {problem}") from problem
    except OSError as problem:
        raise StartupError(f"--profile: {disk_problem(problem)}") from problem
