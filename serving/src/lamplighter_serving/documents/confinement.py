"""What a child process does to itself before it touches a document: limits it cannot lift, and dying with its parent.

No limit on the number of processes: the kernel counts it over all processes of the user, Ray's hundreds included, so no number
is right. That nothing may be written to any file, that memory and time are bounded and that the whole process group is killed
afterwards bound what a hijacked child could start.
"""

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
#: Python, PDFium, the pipes, and what Tesseract opens: its programs, its models.
MOST_OPEN_FILES = 64
#: The clock of the parent ends a reading; this ends one whose parent is stopped.
CPU_SPARE_SECONDS = 5

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """From now on this process is killed when the process that started it ends, however that ends. Survives exec."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def confine(*, memory_bytes: int, seconds: float) -> None:
    """Sets the limits of this process and of all it starts."""
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    cpu_seconds = int(seconds) + CPU_SPARE_SECONDS
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MOST_OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (limit, limit))


def orphaned(parent: int) -> bool:
    """Whether the process that started this one ended before `die_with_parent` could take effect."""
    return os.getppid() != parent
