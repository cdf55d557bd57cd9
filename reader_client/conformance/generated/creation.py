"""The tree of files, created on a bare chip one by one.  # spec: commands_and_crypto 1.2 [REL FMCOS] [DC]"""

from __future__ import annotations

from collections.abc import Iterator

from card_os.spec.file_header import file_header
from card_os.spec.model import FileSpec, Meaning, Profile
from reader_client.conformance.generated.naming import dfs, down
from reader_client.conformance.model import Case, Need
from reader_client.conformance.notation import steps_of

_SOURCE = "commands_and_crypto 1.2 [REL FMCOS] [DC]"


def cases(profile: Profile) -> Iterator[Case]:
    """All cases about CREATE FILE that the declaration gives."""
    if "create_file" in profile.commands:
        yield _whole_tree(profile)
        for df in dfs(profile):
            if df.parent:
                yield _once(profile, df)


def create(profile: Profile, file: FileSpec, expected: str = "9000") -> str:
    """The step that creates a declared file below the current DF."""
    header = file_header(profile, file)
    return f"send 80E0{file.fid:04X} {len(header):02X}{header.hex().upper()} -> {expected}"


def _children(profile: Profile, df: FileSpec) -> list[FileSpec]:
    return [file for file in profile.files.values() if file.parent == df.path]


def _whole_tree(profile: Profile) -> Case:
    lines = ["select MF"]
    for file in profile.files.values():
        if file.parent:
            lines += [down(profile.files[file.parent]), create(profile, file)]
    for df in dfs(profile):
        for file in _children(profile, df):
            lines += [down(df), f"select {file.fid:04X}"]
    return Case(
        id="P1-tree",
        title=Meaning(
            "逐个建立声明的全部文件，然后均可选择",
            "all declared files are created one by one and can be selected",
        ),
        source=_SOURCE,
        steps=steps_of("\n".join(lines)),
        needs=frozenset({Need.BARE}),
    )


def _once(profile: Profile, df: FileSpec) -> Case:
    """Each file once, with its own header, below its own DF."""
    above, first = profile.files[df.parent], _children(profile, df)[0]
    header = file_header(profile, df).hex().upper()
    lines = [f"let x = {header}", "select MF"]
    for level in dfs(profile):
        if level.parent and (above.path == level.path or above.path.startswith(f"{level.path}/")):
            lines += [down(profile.files[level.parent]), create(profile, level)]
    lines += [
        f"send 80E0{df.fid:04X} {{#x}}{{x^0:10}} -> 6A80",
        f"send 80E0{df.fid ^ 0x0800:04X} {{#x}}{{x}} -> 6A82",
        create(profile, df),
        down(above),
        create(profile, df, "6A84"),
        down(df),
        create(profile, first),
        create(profile, first, "6A84"),
    ]
    return Case(
        id=f"P6-{df.path[-4:]}",
        title=Meaning(
            f"{df.label} 及其文件只能在其上级目录中、以声明的文件头建立一次",
            f"{df.label} and its files are created once, below their own DF and with their declared header",
        ),
        source=_SOURCE,
        steps=steps_of("\n".join(lines)),
        needs=frozenset({Need.BARE}),
    )
