"""What to do: about an agency that has no profile, and about an error that no part of Homeward foresaw (the operating
system's, or a library's).
"""

import difflib
import errno
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from deploy.agency_profile import PROFILE
from deploy.home import Home
from deploy.joining import REQUEST


def no_profile(home: Home, named: str, file: Path) -> str:
    """What to say of an agency without a profile: not let in yet, mistyped, or elsewhere."""
    if (home.agencies / named / REQUEST).exists():
        return (
            f"{named} has asked to join the hub in {home.folder} and is not let in yet; "
            f"two people approve it: homeward agency approve {named} --by NAME"
        )
    here = sorted(each.parent.name for each in home.agencies.glob(f"*/{PROFILE}"))
    near = difflib.get_close_matches(named, here, n=1)
    hint = f"did you mean {near[0]}?" if near else f"let it join: homeward agency add {named}"
    return f"there is no profile {named}: neither in {home.agencies} nor at {file}; {hint}"


def unforeseen(error: Exception, homes: Sequence[Path]) -> str:
    """What was said, and what to do about it; `homes` are the folders that `--home` may mean."""
    if not isinstance(error, OSError):
        said = f"{type(error).__name__}: {error}"
        return f"{said}\nThis was not foreseen: it is a fault of the program, or of a file that it reads; report it"
    if not isinstance(error.filename, str | Path):
        return f"{type(error).__name__}: {error}\n{_REMEDIES.get(error.errno or 0, _ANY_REMEDY)}"
    file = Path(error.filename)
    is_home = any(file.is_relative_to(home) or home.is_relative_to(file) for home in homes)
    remedy = "give a folder that can be written: --home" if is_home else _REMEDIES.get(error.errno or 0, _ANY_REMEDY)
    return f"{file}: {error.strerror}; {remedy}"


_ANY_REMEDY: Final = "set right what the operating system says, and give the command again"
_REMEDIES: Final[Mapping[int, str]] = {
    errno.ENOENT: "there is none; look at the path",
    errno.EEXIST: "something else is there; give another path",
    errno.ENOTDIR: "a file stands where a folder is meant; give another path",
    errno.EISDIR: "a folder stands where a file is meant; give the path of a file",
    errno.EACCES: "this user may not; look at its permissions: ls -l",
    errno.EPERM: "this user may not; look at its permissions: ls -l",
    errno.EROFS: "that disk takes nothing; give a path on another one",
    errno.ENOSPC: "the disk is full; make room",
    errno.EDQUOT: "your share of the disk is used up; make room",
    errno.EADDRINUSE: "another program has that port; set another one, or 0 for a free one",
    errno.EMFILE: "too many files are open; raise the limit: ulimit -n 4096",
}
