"""The language of documents, page texts, docstrings, comments and tests; and the links of the documents.

Run it alone with `python -m pytest tests/test_language.py`; `make check` does. server/README.md has the glossary.
"""

from __future__ import annotations

import io
import os
import re
import tokenize
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from tests.support.paths import ROOT

BETTER = {
    r"whoever": "the person, client or program that is meant",
    r"somebody( else)?": "a person; another person, client or program",
    r"nobody": "no client, no person",
    r"told": "reported, shown, sent",
    r"tells": "reports, shows, sends",
    r"goes on": "continues",
    r"in force": "active",
    r"(how|more|less|least|most|as|be) exact(ly)?": "accurate",
    r"of before": "older",
    r"kept calibrations?": "saved calibration",
    r"teach(es|ing)?|taught": "learn from, correct",
    r"honest(y|ly)?": "measured, held-out, coverage",
    r"looks on|looking on|onlookers?": "bystander",
    r"by itself|by themselves": "automatically, alone",
    r"mailbox(es)?": "slot, queue",
    r"upkeep": "correction",
    r"lids": "eyelids",
    r"rivals?": "compared methods",
    r"as ever": "(leave it out)",
    r"looks? after": "handle, check",
    r"stands? in the way": "prevents",
    r"goes? away": "is lost, ends",
    r"at most so many": "at most N",
}
"""Banned words (regular expressions), each with a better one: plain English and the field's terms."""

BANNED = re.compile(rf"(?<![\w-])(?:{'|'.join(BETTER)})(?![\w-])", re.IGNORECASE)
NOT_OURS = {"node_modules", "var", "build", "data"}
SHOWN_ATTRIBUTES = {"alt", "aria-label", "content", "placeholder", "title"}
FENCED = re.compile(r"^```.*?^```|^(?: {4}|\t).*?$", re.MULTILINE | re.DOTALL)
JS_TEXT = re.compile(r"//[^\n]*|/\*.*?\*/|\"[^\"\n]* [^\"\n]*\"|'[^'\n]* [^'\n]*'|`[^`]* [^`]*`", re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]+)\)")


def test_texts_use_plain_english_and_the_terms_of_the_glossary() -> None:
    found = [
        f"{name}:{line}: {word!r}, better: {better(word)}"
        for path in our_files(".md", ".html", ".js", ".ts", ".css", ".py")
        if (name := str(path.relative_to(ROOT))) != "tests/test_language.py"
        for line, word in banned_words(path)
    ]
    assert not found, "\n".join(["", *found])


def test_relative_links_and_anchors_of_documents_exist() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in our_files(".md")
        for target in LINK.findall(without_code(path.read_text(encoding="utf-8")))
        if not re.match(r"\w+:", target) and not link_works(path, target)
    ]
    assert not found, "\n".join(["", *found])


def test_a_banned_word_is_found_in_each_kind_of_file(tmp_path: Path) -> None:
    texts = {
        "a.md": "Fine.\nNobody is here, and `nobody` is code.\n\n    nobody\n",
        "a.html": "<p class='told'>Fine.</p>\n<img alt='Nobody'><script>told</script>",
        "a.js": "const told = 1;\nconst text = 'There is nobody here';",
        "a.py": '"""Fine."""\ntold = "told"  # told',
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.write_text(text)
        assert [line for line, _ in banned_words(path)] == [2], name


def test_a_broken_link_and_a_broken_anchor_are_found(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# One title: `code`, and more\n## Twice\n## Twice\n")
    assert link_works(page, "a.md#one-title-code-and-more")
    assert link_works(page, "#twice-1")
    assert not link_works(page, "#twice-2")
    assert not link_works(page, "b.md")


def our_files(*endings: str) -> Iterator[Path]:
    """All files of the checkout with one of these endings that we wrote."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(endings))


def better(word: str) -> str:
    return next(words for pattern, words in BETTER.items() if re.fullmatch(pattern, word, re.IGNORECASE))


def banned_words(path: Path) -> list[tuple[int, str]]:
    """Line and word, for each text in the file that people read."""
    source = path.read_text(encoding="utf-8")
    if not BANNED.search(source):  # nearly always; taking a file apart is slow
        return []
    texts = {".md": markdown_texts, ".html": html_texts, ".py": python_texts}.get(path.suffix, javascript_texts)
    return [
        (first + text.count("\n", 0, match.start()), match.group())
        for first, text in texts(source)
        for match in BANNED.finditer(text)
    ]


def markdown_texts(source: str) -> Iterator[tuple[int, str]]:
    yield 1, without_code(source)


def without_code(source: str) -> str:
    """Markdown without code; the line breaks stay."""
    blocks = FENCED.sub(lambda match: "\n" * match.group().count("\n"), source)
    return re.sub(r"`[^`\n]+`", "``", blocks)


def html_texts(source: str) -> Iterator[tuple[int, str]]:
    reader = HtmlReader()
    reader.feed(source)
    return iter(reader.texts)


class HtmlReader(HTMLParser):
    """Collects what a page shows and says: text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[int, str]] = []
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_code = tag in {"script", "style"}
        self.texts += [(self.getpos()[0], value or "") for name, value in attrs if name in SHOWN_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self._in_code = False

    def handle_data(self, data: str) -> None:
        if not self._in_code:
            self.texts.append((self.getpos()[0], data))


def javascript_texts(source: str) -> Iterator[tuple[int, str]]:
    """Comments, and literals with a blank in them: other literals are names."""
    for match in JS_TEXT.finditer(source):
        yield 1 + source.count("\n", 0, match.start()), match.group()


def python_texts(source: str) -> Iterator[tuple[int, str]]:
    """Comments, docstrings, and literals with a blank in them: other literals are names."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "COMMENT" or (kind in {"STRING", "FSTRING_MIDDLE"} and " " in token.string):
            yield token.start[0], token.string


def link_works(page: Path, target: str) -> bool:
    """Whether a link of this Markdown page leads to a file, and to a heading of it."""
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    return path.exists() and (not anchor or anchor in anchors(path.read_text(encoding="utf-8")))


def anchors(source: str) -> set[str]:
    """The anchors that GitHub gives the headings of a Markdown page."""
    found: set[str] = set()
    blocks = FENCED.sub("", source)
    for heading in re.findall(r"^#+ +(.+?) *$", blocks, flags=re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        same = sum(anchor == slug or re.fullmatch(rf"{re.escape(slug)}-\d+", anchor) is not None for anchor in found)
        found.add(f"{slug}-{same}" if same else slug)
    return found
