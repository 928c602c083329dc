"""Typed access to the members of one JSON object of a client; every refusal names the member."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from server.errors import ProtocolError

MAX_PX = 100_000.0  # CSS px: far beyond a wall of monitors
MAX_NAME_CHARS = 64  # users and labels are read by people and become part of file names
MAX_TIME_MS = 8.64e15  # the last instant of a JavaScript Date


class Fields:
    """Typed access to one JSON object; each refusal names the field."""

    def __init__(self, name: str, values: dict[str, Any]) -> None:
        self._name = name
        self._values = values

    def bad(self, key: str, wanted: str) -> ProtocolError:
        got = shown(self._values.get(key))
        return ProtocolError("bad_message", f"{self._name}: {key} must be {wanted}, got {got}")

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def number(self, key: str, low: float, high: float) -> float:
        value = self._values.get(key)
        # bool is an int in Python; a comparison with NaN is False; 10**400 fits no float, but fails the range first
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.bad(key, f"a number from {low:g} to {high:g}")
        return float(value)

    def optional_number(self, key: str, low: float, high: float) -> float | None:
        return self.number(key, low, high) if self.has(key) else None

    def whole(self, key: str, low: int, high: int) -> int:
        value = self.number(key, low, high)
        if not value.is_integer():
            raise self.bad(key, "a whole number")
        return int(value)

    def text(self, key: str) -> str:
        value = self._values.get(key)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS or not value.isprintable():
            raise self.bad(key, f"a text of 1 to {MAX_NAME_CHARS} printable characters")
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str:
        value = self._values.get(key)
        if not isinstance(value, str) or value not in allowed:
            raise self.bad(key, f"one of {', '.join(sorted(allowed))}")
        return value

    def choices(self, key: str, allowed: Collection[str]) -> frozenset[str]:
        value = self._values.get(key)
        if not isinstance(value, list):
            raise self.bad(key, f"a list of some of {', '.join(sorted(allowed))}")
        unknown = [item for item in value if not isinstance(item, str) or item not in allowed]
        if unknown:
            raise ProtocolError(
                "bad_message",
                f"{self._name}: {key} has {shown(unknown[0])}, which is none of {', '.join(sorted(allowed))}",
            )
        return frozenset(value)

    def objects(self, key: str, most: int) -> list[Fields]:
        value = self._values.get(key)
        if not isinstance(value, list) or len(value) > most or not all(isinstance(item, dict) for item in value):
            raise self.bad(key, f"a list of at most {most} objects")
        return [Fields(f"{self._name}.{key}[{i}]", item) for i, item in enumerate(value)]

    def flag(self, key: str) -> bool:
        """False when it is missing."""
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            raise self.bad(key, "true or false")
        return value

    def rows(self, key: str, *, columns: int, most: int) -> list[list[float]]:
        """A list of 1 to `most` lists of `columns` numbers each."""
        rows = self._values.get(key)
        wanted = self.bad(key, f"a list of 1 to {most} lists of {columns} numbers")
        if not isinstance(rows, list) or not 1 <= len(rows) <= most:
            raise wanted
        for row in rows:
            if not isinstance(row, list) or len(row) != columns:
                raise wanted
            # bool is an int in Python; a comparison with NaN is False
            if not all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) <= MAX_TIME_MS for v in row):
                raise wanted
        return [[float(value) for value in row] for row in rows]

    def object(self, key: str) -> Fields:
        value = self._values.get(key)
        if not isinstance(value, dict):
            raise self.bad(key, "an object")
        return Fields(f"{self._name}.{key}", value)


def shown(value: Any) -> str:
    """For a refusal, cut short."""
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "..."
