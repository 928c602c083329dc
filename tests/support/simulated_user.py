"""A person for the page: rendered webcam pictures with known gaze points, shown as the camera of a real browser.

1. `load_person` reads a session folder: which picture looks at which point of the screen.
2. `sit_down` puts the person before a page: getUserMedia gives a canvas stream instead of a webcam.
3. The person looks at the calibration dot when there is one, otherwise where `look_at` said, always with the picture
   whose gaze point is nearest, and after the reaction time of an eye.
4. The person blinks only if `sit_down` says how often, for about 0.2 s, after intervals from a seeded generator;
   `drawn_eyelids` has the colours and shapes of the eyelids.
5. The page's gaze dot is written down as it moves (`gaze_seen`), and so are the dots that were shown (`dots_shown`) and
   the blinks (`blinks_made`).

Dots are the game's own, also inside the plugin's shadow tree on a foreign page, and those of jsPsych.

Nothing here uses the page's own demo source: a mistake there must not hide one here.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

from tests.support.drawn_eyelids import eyelid_columns

PICTURES = "/simulated-user"  # answered by the test, never by the server
RANDOM_SEED = 1
Interval = tuple[float, float]  # least and most


@dataclass(frozen=True, slots=True)
class Picture:
    """One webcam picture; x and y in 0..1 of the screen."""

    path: Path
    x: float
    y: float
    phase: str


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    width_px: int
    height_px: int
    pictures: tuple[Picture, ...]

    def held_out(self) -> list[Picture]:
        """Points that the calibration does not show."""
        return [picture for picture in self.pictures if picture.phase == "test"]


def load_person(folder: Path) -> Person:
    screen = json.loads((folder / "session.json").read_text())["screen"]
    with (folder / "frames.csv").open(newline="") as lines:
        pictures = tuple(
            Picture(
                path=folder / "frames" / row["frame"],
                x=float(row["target_x_px"]) / screen["width_px"],
                y=float(row["target_y_px"]) / screen["height_px"],
                phase=row["phase"],
            )
            for row in csv.DictReader(lines)
            if row["target_x_px"]
        )
    return Person(folder.name, screen["width_px"], screen["height_px"], pictures)


def sit_down(
    context: BrowserContext,
    person: Person,
    friend: Person | None = None,
    *,
    blink_between_ms: Interval | None = None,
) -> None:
    """Before the page is opened. friend: a bystander, see `bring_friend`. blink_between_ms: None never blinks."""
    pictures = [picture.path for picture in (*person.pictures, *(friend.pictures[:1] if friend else ()))]

    def serve(route: Route) -> None:
        index = int(route.request.url.rsplit("/", 1)[1])
        route.fulfill(body=pictures[index].read_bytes(), content_type="image/jpeg")

    context.route(f"**{PICTURES}/*", serve)
    points = [[picture.x, picture.y] for picture in person.pictures]
    eyelids = eyelid_columns(tuple(picture.path for picture in person.pictures)) if blink_between_ms else []
    script = _SCRIPT.replace("POINTS", json.dumps(points)).replace("EYELIDS", json.dumps(eyelids))
    script = script.replace("BLINK_EVERY", json.dumps(blink_between_ms)).replace("SEED", str(RANDOM_SEED))
    context.add_init_script(script.replace("FOLDER", PICTURES).replace("N_PICTURES", str(len(pictures))))


def look_at(page: Page, x: float, y: float) -> None:
    page.evaluate("([x, y]) => { window.simulatedUser.point = { x, y } }", [x, y])


def eyes_arrived(page: Page) -> float:
    """Waits until the camera shows the eyes at the place that they are to look at; since when, unix ms."""
    arrived = page.wait_for_function(
        """() => {
          const [{ arrived }, { x, y }] = [window.simulatedUser, window.simulatedUser.wanted()];
          return arrived.x === x && arrived.y === y && arrived.at_ms;
        }"""
    )
    return float(arrived.json_value())


def leave_picture(page: Page, *, away: bool) -> None:
    """Moves the person out of the picture, or back."""
    page.evaluate("(away) => { window.simulatedUser.away = away }", away)


def freeze_camera(page: Page, *, frozen: bool) -> None:
    """Makes the camera's picture stand still, or move again."""
    page.evaluate("(frozen) => { window.simulatedUser.frozen = frozen }", frozen)


def reflect_light(page: Page, eyes: list[list[float]]) -> None:
    """Lays a reflection, as of a lamp in glasses, over these places of the picture, 0..1 of it; none: takes it off."""
    page.evaluate("(eyes) => { window.simulatedUser.reflections = eyes }", eyes)


def bring_friend(page: Page, scale: float) -> None:
    """Puts a bystander beside the person, `scale` times as large; 0 removes them."""
    page.evaluate("(scale) => { window.simulatedUser.friend = scale }", scale)


def look_away(page: Page, at: tuple[float, float] | None) -> None:
    """Makes the person look at this place, also while targets are shown; None: at the targets again."""
    page.evaluate("(at) => { window.simulatedUser.stare = at && { x: at[0], y: at[1] } }", at)


def move_head(page: Page, *, roll_deg: float = 0.0, shift: float = 0.0) -> None:
    """Tilts the head, or moves it sideways by a share of the picture."""
    page.evaluate("(pose) => { window.simulatedUser.pose = pose }", {"roll": roll_deg, "shift": shift})


def set_light(page: Page, share: float) -> None:
    """Sets the light: 1 is that of the pictures, 0 is dark."""
    page.evaluate("(light) => { window.simulatedUser.light = light }", share)


def blink_every(page: Page, least_ms: float, most_ms: float) -> None:
    """Changes the blink interval; for a person who blinks since `sit_down`."""
    page.evaluate("(between) => { window.simulatedUser.blinkEvery = between }", [least_ms, most_ms])


def blinks_made(page: Page) -> list[dict[str, float]]:
    """{from_ms, to_ms} of each blink so far, unix ms; shut in between for at least half of it."""
    return list(page.evaluate("window.simulatedUser.blinks"))


def gaze_seen(page: Page) -> list[dict[str, Any]]:
    """The gaze dot's positions: {seq, x, y, at_ms}."""
    return list(page.evaluate("window.simulatedUser.gaze"))


def dots_shown(page: Page) -> list[dict[str, Any]]:
    """The targets with their times at rest: {id, x, y, from_ms, to_ms}; the place as drawn."""
    return list(page.evaluate("window.simulatedUser.dots"))


_SCRIPT = """
(() => {
  const points = POINTS;
  const eyelids = EYELIDS;
  const REACTION_MS = 200;
  const BLINK_MS = 240;
  const user = {
    point: { x: 0.5, y: 0.5 }, away: false, frozen: false, stare: null, pose: { roll: 0, shift: 0 }, light: 1,
    reflections: [], friend: 0, gaze: [], dots: [], blinkEvery: BLINK_EVERY, blinks: [],
    arrived: { x: 0.5, y: 0.5, at_ms: 0 },
  };
  window.simulatedUser = user;
  // mulberry32: the same person in every run.
  let state = SEED;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const unixMs = () => performance.timeOrigin + performance.now();

  const DOTS = "#target, #calibration-point, .validation-point";
  const dotShown = () => {
    const inPlugin = document.querySelector("[data-sightline]")?.shadowRoot?.querySelector(DOTS);
    return inPlugin ?? document.querySelector(DOTS);
  };

  // The window of the test covers its screen, so the middle of the dot as drawn is a place on the screen.
  const wanted = () => {
    if (user.stare) return user.stare;
    const dot = dotShown();
    const box = dot?.getBoundingClientRect();
    if (!box?.width) return user.point;
    return { x: (box.left + box.width / 2) / innerWidth, y: (box.top + box.height / 2) / innerHeight };
  };

  user.wanted = wanted;

  let blinkAt = -Infinity;
  // How far the eyelids are closed, 0 to 1: they close fast, stay closed for half of the time, and open more slowly.
  const closure = (now) => {
    if (!user.blinkEvery) return 0;
    if (now > blinkAt + BLINK_MS) {
      const [least, most] = user.blinkEvery;
      blinkAt = now + least + random() * (most - least);
    }
    if (now < blinkAt) return 0;
    const start = performance.timeOrigin + blinkAt;
    if (user.blinks.at(-1)?.from_ms !== start) user.blinks.push({ from_ms: start, to_ms: start + BLINK_MS });
    return Math.max(0, Math.min(1, (now - blinkAt + 20) / 60, (blinkAt + BLINK_MS - now) / 80));
  };
  const drawLids = (context, picture, columns, closed) => {
    for (const [x, skin, upper, lower] of columns) {
      const meet = upper + closed * (0.9 * (lower - upper) + 1);
      context.drawImage(picture, x, skin, 1, upper - 1 - skin, x, skin, 1, meet - skin);
      const edge = lower + 1.5;
      const rim = edge - closed * (edge - meet);
      const cheek = lower + 1.5 * (lower - upper) + 3;
      context.drawImage(picture, x, edge, 1, cheek - edge, x, rim, 1, cheek - rim);
    }
  };

  const getUserMedia = async () => {
    const pictures = await Promise.all(Array.from({ length: N_PICTURES }, async (_, i) => {
      const picture = new Image();
      picture.src = `FOLDER/${i}`;
      await picture.decode();
      return picture;
    }));
    const canvas = document.createElement("canvas");
    canvas.width = pictures[0].naturalWidth;
    canvas.height = pictures[0].naturalHeight;
    const context = canvas.getContext("2d");
    const past = [];
    let gaze = user.point;
    // The light of a lamp flickers, so no two pictures of a real camera are equal.
    const flicker = () => {
      const grey = Math.floor(256 * Math.random());
      context.fillStyle = `rgba(${grey}, ${grey}, ${grey}, 0.015)`;
      context.fillRect(0, 0, canvas.width, canvas.height);
    };
    setInterval(() => {
      if (user.frozen) return;
      draw();
      flicker();
    }, 50);
    const draw = () => {
      const now = performance.now();
      past.push({ at: now, point: wanted() });
      while (past.length && past[0].at <= now - REACTION_MS) gaze = past.shift().point;
      const { arrived } = user;
      if (arrived.x !== gaze.x || arrived.y !== gaze.y) user.arrived = { x: gaze.x, y: gaze.y, at_ms: unixMs() };
      if (user.away) {
        context.fillStyle = "grey";
        context.fillRect(0, 0, canvas.width, canvas.height);
        return;
      }
      const far = points.map(([x, y]) => Math.hypot(x - gaze.x, y - gaze.y));
      const least = Math.min(...far);
      const near = far.flatMap((distance, i) => (distance < least + 1e-6 ? [i] : []));
      const index = near[Math.floor(random() * near.length)];
      const picture = pictures[index];
      const [width, height] = [canvas.width, canvas.height];
      context.save();
      context.fillStyle = "#777";
      context.fillRect(0, 0, width, height);
      context.filter = user.light < 1 ? `brightness(${user.light})` : "none";
      context.translate(width / 2 + user.pose.shift * width, height / 2);
      context.rotate((user.pose.roll * Math.PI) / 180);
      context.translate(-width / 2, -height / 2);
      context.drawImage(picture, 0, 0);
      const closed = closure(now);
      if (closed > 0) drawLids(context, picture, eyelids[index], closed);
      context.restore();
      for (const [x, y] of user.reflections) {
        context.fillStyle = "rgba(250, 250, 255, 0.9)";
        context.fillRect((x - 0.02) * width, y * height - 0.015 * width, 0.04 * width, 0.03 * width);
      }
      if (!user.friend) return;
      const [across, high] = [(width / 2) * user.friend, height * user.friend];
      context.drawImage(pictures[points.length], width / 4, 0, width / 2, height, 0.64 * width, 40, across, high);
    };
    return canvas.captureStream(20);
  };
  Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: getUserMedia, configurable: true });

  document.addEventListener("DOMContentLoaded", () => {
    const gazeDot = document.querySelector("#gaze-dot");
    if (!gazeDot) return; // not our page
    new MutationObserver(() => {
      const { seq, x, y } = gazeDot.dataset;
      if (x === undefined || user.gaze.at(-1)?.seq === Number(seq)) return;
      user.gaze.push({ seq: Number(seq), x: Number(x), y: Number(y), at_ms: unixMs() });
    }).observe(gazeDot, { attributes: true, attributeFilter: ["data-seq"] });
    const target = document.querySelector("#target");
    new MutationObserver(() => {
      const { targetId, phase } = target.dataset;
      const last = user.dots.at(-1);
      if (phase === "moving" || target.hidden) {
        if (last?.to_ms === null) last.to_ms = unixMs();
      } else if (phase === "collecting" && last?.to_ms !== null) {
        user.dots.push({ id: Number(targetId), ...wanted(), from_ms: unixMs(), to_ms: null });
      }
    }).observe(target, { attributes: true, attributeFilter: ["data-phase", "hidden"] });
  });
})();
"""
