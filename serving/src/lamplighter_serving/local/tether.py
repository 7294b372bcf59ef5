"""Becomes a program that ends when its starter ends, however that ends: `python -m … STARTER USER PROGRAM [ARGUMENT…]`.

STARTER is a process id, USER a name or `-` for no change, PROGRAM `gateway`, `worker` or the path of an executable. Why not
`preexec_fn`: the starter has gRPC's threads, and between fork and exec of a threaded process nearly nothing is safe to run.
"""

import importlib
import os
import pwd
import sys

from ..documents.confinement import die_with_parent, orphaned

#: Our own programs run in this very process: a second interpreter would only lengthen the wake.
PROGRAMS = {
    "gateway": "lamplighter_serving.gateway.main",
    "worker": "lamplighter_serving.worker.main",
}
NO_USER = "-"


def command(program: str, *arguments: str, user: str | None = None) -> list[str]:
    """The command line that starts a program tied to this process."""
    # -P: what lies in the working folder is not imported.
    return [sys.executable, "-P", "-m", __name__, str(os.getpid()), user or NO_USER, program, *arguments]


def main() -> int:
    """Ties this process to its starter, then becomes the program."""
    starter, user, program, *arguments = sys.argv[1:]
    if user != NO_USER:
        _become(user)
    die_with_parent()  # after the change of user, which would undo it
    if orphaned(int(starter)):
        return 1
    if program not in PROGRAMS:
        os.execv(program, [program, *arguments])  # noqa: S606 (there is no shell, and the caller is our own package)
    sys.argv = [f"lamplighter-{program}", *arguments]
    return int(importlib.import_module(PROGRAMS[program]).main())


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ["HOME"] = entry.pw_dir


if __name__ == "__main__":
    sys.exit(main())
