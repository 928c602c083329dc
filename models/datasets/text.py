"""Reads text files in the encodings that programs write: UTF-8, and the UTF-16 and UTF-32 of Windows.

The first bytes show the encoding (`json.detect_encoding`): a byte order mark, or the zero bytes of an ASCII character
in UTF-16 or UTF-32. JSON and CSV begin with an ASCII character.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 1 << 20


def read_text(path: Path) -> str:
    """The whole file, without byte order mark, with the line ends as written. Raises OSError and UnicodeDecodeError."""
    content = path.read_bytes()
    return content.decode(json.detect_encoding(content[:4]))


def text_lines(path: Path, *, max_chars: int) -> Iterator[str]:
    """The lines with their line ends. A character that the end of the file cuts off is left out.

    A line of more than `max_chars` characters is not collected to its end: its first part counts as a line. Raises
    OSError and UnicodeDecodeError.
    """
    with path.open("rb") as file:
        chunk = file.read(CHUNK_BYTES)
        decoder = codecs.getincrementaldecoder(json.detect_encoding(chunk[:4]))()
        text = ""
        while chunk:
            *whole, text = (text + decoder.decode(chunk)).split("\n")
            for line in whole:
                yield line + "\n"
            if len(text) > max_chars:
                yield text
                text = ""
            chunk = file.read(CHUNK_BYTES)
        if text:
            yield text


def table(text: str) -> csv.DictReader[str]:
    """The rows of a CSV file by column, with empty text for missing cells. The header shows the separator.

    Spreadsheets write semicolons where the comma is the decimal sign, and tabs as "Unicode text".
    """
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    return csv.DictReader(io.StringIO(text, newline=""), restval="", delimiter=separator)
