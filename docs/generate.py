"""Write the reference pages from the declaration: `python -m docs.generate [DIRECTORY]`.

Without a directory they go to `reference/` beside this file. The pages depend on the tables only, those of
the conformance cases among them, so that the same tables give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from card_os.spec.loader import load
from docs.command_pages import commands_page
from docs.conformance_pages import conformance_page
from docs.profile_pages import certificates_page, index_page, profiles_page
from docs.table_pages import codes_page, files_page, items_page, keys_page
from docs.words import LANGUAGES

PROFILES = ("health_card", "sam")
HOME = Path(__file__).parent / "reference"
PAGES = {
    "index": index_page,
    "files": files_page,
    "items": items_page,
    "keys": keys_page,
    "codes": codes_page,
    "commands": commands_page,
    "profiles": profiles_page,
    "certificates": certificates_page,
    "conformance": conformance_page,
}


def page_texts() -> dict[str, str]:
    """Every page by its path below the directory: `en/files.md`."""
    profiles = tuple(load(name) for name in PROFILES)
    return {
        f"{language}/{name}.md": build(profiles, language)
        for language in LANGUAGES
        for name, build in PAGES.items()
    }


def write(directory: Path) -> None:
    """Write all pages below a directory; raises OSError."""
    for path, text in page_texts().items():
        page = directory / path
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HOME)
