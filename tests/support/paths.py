"""Where the files that tests read are."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PEOPLE = ROOT / "tests" / "data" / "people"  # rendered people, as session folders
DEMO_PERSON = ROOT / "web" / "demo" / "person"
