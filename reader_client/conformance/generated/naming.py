"""Files and keys as generated cases name them."""

from __future__ import annotations

from card_os.spec.model import FileKind, FileSpec, KeySpec, LifeCycle, Profile
from reader_client.rights import keys_needed


def efs(profile: Profile) -> list[FileSpec]:
    """Every EF of a profile."""
    return [file for file in profile.files.values() if file.kind.is_ef]


def dfs(profile: Profile) -> list[FileSpec]:
    """The MF and every DF."""
    return [file for file in profile.files.values() if not file.kind.is_ef]


def of_kind(profile: Profile, kind: FileKind) -> list[FileSpec]:
    """The EFs of one kind."""
    return [file for file in profile.files.values() if file.kind is kind]


def winnable(profile: Profile) -> list[KeySpec]:
    """The keys that EXTERNAL AUTHENTICATE takes on an issued card."""
    return [key for key in profile.keys.values() if key.tries and key.held != "maker"]


def updatable(file: FileSpec) -> bool:
    """Whether some keys open a file for updates on an issued card."""
    return keys_needed(file.update, LifeCycle.ISSUED) is not None


def short(file: FileSpec) -> str:
    """A file in the id of a case: `DF02.EF06`, for one right in DDF1 `DDF1.EF06`."""
    return ".".join(file.path.split("/")[-2:])


def down(df: FileSpec) -> str:
    """The step that reaches a DF from anywhere."""
    return f"select {df.label}"


def home(key: KeySpec) -> str:
    """The step that reaches the DF of a key from anywhere."""
    return f"select {key.df.removeprefix('MF/')}"


def anew(file: FileSpec, use: str) -> tuple[str, str]:
    """The steps that open a file for one use and nothing else: the rights of before are gone."""
    return "reset", f"open {file.label} {use}"
