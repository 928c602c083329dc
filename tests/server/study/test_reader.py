"""study.yaml: each mistake is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import cli
from server.settings import default_web_folder
from server.study import plan
from server.study.reader import StudyError, read_study

GOOD = """\
name: pilot
title: A pilot
order: latin
stimuli:
  - picture: cat.svg
  - text: Read this.
    name: words
    until: enter
  - page: https://example.org/shop
    duration_s: 30
  - video: clip.mp4
    question:
      ask: Did you like it?
      keys: {y: yes, n: no}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("cat.svg", "dog.png", "clip.mp4"):
        (tmp_path / name).write_text("content")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_study_of_all_kinds_is_read(folder: Path) -> None:
    opened = read_study(write(folder, GOOD))
    assert [opened.study.name_of(number) for number in range(4)] == ["cat", "words", "page 3", "clip"]
    assert {number: path.name for number, path in opened.files.items()} == {0: "cat.svg", 3: "clip.mp4"}
    assert opened.study.origins() == {"https://example.org"}
    question = opened.study.stimuli[3].question
    assert question is not None
    assert question.keys == {"y": "yes", "n": "no"}  # not true and false


def test_the_example_is_a_study_with_its_six_pictures() -> None:
    opened = read_study(default_web_folder() / "study" / "example")
    assert len(opened.files) == 6
    assert plan.about(opened.study)["n_stimuli"] == 6


MISTAKES = {
    "a picture that is missing": (
        "cat.svg",
        "caat.svg",
        5,
        "there is no picture 'caat.svg' in the study's folder; ",
    ),
    "a picture outside": ("cat.svg", "../cat.svg", 5, "is outside of the study's folder"),
    "a file of another kind": ("cat.svg", "cat.txt", 5, "must end with one of"),
    "a folder that is missing": ("order: latin", "files: pictures", 3, "there is no folder pictures"),
    "an unknown member": ("order: latin", "oder: latin", 3, "a study has no member oder; did you mean order?"),
    "an unknown member of a stimulus": ("until: enter", "untill: enter", 8, "a stimulus has no member untill; did"),
    "an unknown member of a question": ("ask: Did", "aks: Did", 13, "a question has no member aks; did you mean ask?"),
    "a bad order": ("latin", "shuffled", 3, "order must be one of fixed, latin, random, got"),
    "a bad duration": (
        "duration_s: 30",
        "duration_s: 0",
        10,
        "duration_s must be a number from 0.1 to 3600",
    ),
    "a duration that is a text": ("duration_s: 30", "duration_s: long", 10, 'got "long"'),
    "a duration that is no number": ("duration_s: 30", "duration_s: .nan", 10, ".nan is not a number here"),
    "two kinds in one": (
        "name: words",
        "picture: dog.png",
        6,
        "one of picture, text, video, page; found picture",
    ),
    "no kind": ("- text: Read this.\n    name", "- name", 6, "found none of them"),
    "a bad key": ("until: enter", "until: return", 6, "until must be one character, or space or enter or any"),
    "a bad address": ("https://example.org/shop", "file:///etc/passwd", 9, "page must be an address"),
    "an address with a policy": ("https://example.org", "https://a;b", 9, "page must be an address"),
    "two of one name": ("name: words", "name: cat", 7, "two stimuli have the name 'cat': this one and that in line 5"),
    "a name with a line end": ("name: words", 'name: "a\\nb"', 6, "printable"),
    "a member that is missing": ("title: A pilot\n", "", 1, "title must be a text"),
    "a member given twice": ("order: latin", "name: again", 3, "name is given twice"),
    "no YAML": ("order: latin", "order: [latin", 4, "this is not YAML"),
    "an anchor": ("order: latin", "order: &a latin", 3, "anchors"),
    "no stimuli": (GOOD[GOOD.index("stimuli:") :], "stimuli: []\n", 4, "stimuli must be a list of 1 to 500 objects"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_each_mistake_is_named_with_its_line(folder: Path, what: str) -> None:
    old, new, line, says = MISTAKES[what]
    assert GOOD.count(old) >= 1
    with pytest.raises(StudyError) as refused:
        read_study(write(folder, GOOD.replace(old, new, 1)))
    assert str(refused.value).startswith(f"study.yaml:{line}: "), str(refused.value)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "a study has members such as name"),
        (b"- a list\n", "a study has members such as name"),
        (b"\xff\xfe\x00", "the text is not UTF-8"),
        (b"a: " + b"x" * 300_000, "it may have 262144 bytes"),
        (b"[" * 5_000, "nested too deeply|not YAML"),
        (b"a: \x07", "this is not YAML"),
        (b"? [a]\n: b\n", "a name must be a text"),
    ],
)
def test_what_is_no_study_is_refused(folder: Path, content: bytes, says: str) -> None:
    (folder / "study.yaml").write_bytes(content)
    with pytest.raises(StudyError) as refused:
        read_study(folder)
    assert any(part in str(refused.value) for part in says.split("|")), str(refused.value)


def test_the_command_names_the_mistake_and_starts_no_server(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["study", str(write(folder, GOOD)), "--check"]) == 0
    assert "A pilot (pilot): 4 stimuli, order latin" in capsys.readouterr().out
    write(folder, GOOD.replace("latin", "shuffled"))
    assert cli.main(["study", str(folder)]) == 1
    assert "study.yaml:3: order must be" in capsys.readouterr().err
    assert cli.main(["study", str(folder / "none")]) == 1
    assert "no such folder" in capsys.readouterr().err
