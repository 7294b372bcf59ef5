"""Behind everybody else: the lowest priority for processor and disk, for a node on which others work."""

import ctypes
import os
import platform

#: ioprio_set's number, by processor (Linux, arch/x86/entry/syscalls and include/uapi/asm-generic/unistd.h).
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
WHO_PROCESS = 1
#: Best effort, the last of its eight levels. The idle class gets nothing on a busy disk, and would then measure nothing.
LAST_OF_BEST_EFFORT = (2 << 13) | 7
LOWEST_NICE = 19


def be_last() -> str:
    """Lowers this process' priorities; says which, for the conditions of a measurement."""
    os.nice(LOWEST_NICE)
    number = IOPRIO_SET.get(platform.machine())
    if number is None:
        return "nice 19"
    refused = ctypes.CDLL(None).syscall(number, WHO_PROCESS, 0, LAST_OF_BEST_EFFORT)
    return "nice 19" if refused else "nice 19, ionice best-effort 7"
