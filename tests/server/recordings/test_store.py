"""What is kept beside a recording, when several requests change it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from server.analysis.timeline import timeline
from server.recordings.about import AboutChange
from server.recordings.opened import open_recording
from server.recordings.pictures import picture_files
from server.recordings.store import RecordingStore
from tests.support.hand_made import write_recording

NAME = "r_20261124_160000_0a1b2c"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>'


def test_pictures_that_are_sent_at_once_are_all_kept(tmp_path: Path) -> None:
    folder = write_recording(tmp_path / NAME, [(0.0, 200.0, 0.5, 0.5)])
    store = RecordingStore(tmp_path)
    names = [f"picture {number}" for number in range(24)]
    with ThreadPoolExecutor(8) as requests:
        kept = [requests.submit(store.keep_picture, NAME, name, SVG, "image/svg+xml") for name in names]
    assert [request.exception() for request in kept] == [None] * len(names)
    assert sorted(picture_files(folder)) == sorted(names)


def test_a_recording_without_its_session_is_listed_as_interrupted_and_other_folders_are_not(tmp_path: Path) -> None:
    folder = write_recording(tmp_path / NAME, [(0.0, 200.0, 0.5, 0.5)])
    (folder / "session.json").unlink()
    (tmp_path / "r_20261124_170000_0a1b2d" / "pictures").mkdir(parents=True)
    write_recording(tmp_path / "mine", [(0.0, 200.0, 0.5, 0.5)])
    (info,) = RecordingStore(tmp_path).list()
    assert (info.recording, info.person, info.duration_s) == (NAME, "", None)
    assert info.started_ms == 1_795_536_000_000.0, "as its name says"
    line = timeline(open_recording(folder))
    assert len(line.fixations) == 1
    assert any("session.json" in problem for problem in line.problems)


def test_a_note_and_a_tag_that_are_changed_at_once_are_both_kept(tmp_path: Path) -> None:
    write_recording(tmp_path / NAME, [(0.0, 200.0, 0.5, 0.5)])
    store = RecordingStore(tmp_path)
    for number in range(20):
        with ThreadPoolExecutor(2) as requests:
            requests.submit(store.change, NAME, AboutChange(note=f"note {number}"))
            requests.submit(store.change, NAME, AboutChange(tags=(f"tag {number}",)))
        about = store.about(NAME)
        assert (about.note, about.tags) == (f"note {number}", (f"tag {number}",))
