"""BIDS labels of people: letters and digits only, never the same for two names. Pure.

A name of small letters a to z and digits is its own label. Any other name gives its letters and digits, followed by
eight hex digits of the name's hash:

    ada -> ada      Ada -> Ada99a563ab      Zoë -> Zoec6a12698      李 -> c16667ca

So a label depends on the name only: it is the same in each export. Two labels also differ on file systems that ignore
case.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from calibration.profiles.names import normalised

MAX_READABLE_CHARS = 24  # of a label before the hash; names have 64, and file names hold the label


def label_of(name: str) -> str:
    """The label of a name. Letters that are composed in different ways count as the same name."""
    name = normalised(name).strip()
    if re.fullmatch("[0-9a-z]+", name):
        return name
    readable = re.sub("[^0-9a-zA-Z]", "", unicodedata.normalize("NFKD", name))[:MAX_READABLE_CHARS]
    return readable + hashlib.sha256(name.encode()).hexdigest()[:8]
