"""`python -m language.missing`: texts that lack a Chinese one, one a line; exit code 1 where there are any.

A text for people is the literal in `_("…")` or `Phrase("…")`, the `template` of a class, the literal in
`_("…")` of a page's template (`*.html`), or what the operating system says of an error in `SYSTEM`. Read from
the sources, so that nothing has to be imported.
"""

from __future__ import annotations

import ast
import errno
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
ROOMS = ("card_os", "command_line", "issuer", "reader_client", "lab", "language", "standard_interface")
# what files and sockets of ours can meet
SYSTEM = (
    errno.EACCES, errno.EADDRINUSE, errno.ECONNREFUSED, errno.ECONNRESET, errno.EEXIST, errno.EIO,
    errno.EISDIR, errno.ELOOP, errno.EMFILE, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOSPC, errno.ENOTDIR,
    errno.EPERM, errno.EPIPE, errno.EROFS, errno.ETIMEDOUT, errno.EXDEV,
)  # fmt: skip

# both quotation marks of Jinja; a text with a backslash is not written there
_IN_TEMPLATE = re.compile(r"""\b_\((?:"([^"\\]+)"|'([^'\\]+)')\)""")


def texts(root: Path = ROOT) -> dict[str, set[str]]:
    """Every English text that a person may read, with the files (below `root`) that have it."""
    found: dict[str, set[str]] = {os.strerror(number): {"errno"} for number in SYSTEM}
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            for text in _texts_of(ast.parse(file.read_text("utf-8"))):
                found.setdefault(text, set()).add(str(file.relative_to(root)))
        for file in sorted((root / room).rglob("*.html")):
            for either in _IN_TEMPLATE.findall(file.read_text("utf-8")):
                found.setdefault("".join(either), set()).add(str(file.relative_to(root)))
    return found


def translated() -> set[str]:
    """The texts with a Chinese one that counts: not empty, not fuzzy."""
    with (ROOT / "language" / "zh.po").open("rb") as stream:
        return {str(m.id) for m in read_po(stream, locale="zh") if m.id and m.string and not m.fuzzy}


def main() -> int:
    """Print what is missing; 1 where there is any."""
    known = translated()
    lacking = {text: files for text, files in texts().items() if text not in known}
    for text, files in sorted(lacking.items()):
        print(f"{min(files)}: {text!r}")
    return 1 if lacking else 0


def _texts_of(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="_" | "Phrase"), args=[ast.Constant(value=str(text)), *_others]):
                yield text
            case ast.ClassDef(body=body):
                yield from _templates(body)


def _templates(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="template")], value=ast.Constant(value=str(text)))
                | ast.AnnAssign(target=ast.Name(id="template"), value=ast.Constant(value=str(text)))
            ):
                yield text


if __name__ == "__main__":
    sys.exit(main())
