"""What the demo tells a person while it works: to stderr, one line at a time, silent about what is quick."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: What takes no longer than this needs no announcement.
QUICK_SECONDS = 2.0


def say(text: str) -> None:
    """One line for the person who watches. Nobody may be there to read it any more."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:  # the terminal is gone
        return


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Says what is waited for when it takes long, and how long it took."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    announcement = loop.call_later(QUICK_SECONDS, say, f"{what} …")
    try:
        yield
    finally:
        announcement.cancel()
        if loop.time() - begin >= QUICK_SECONDS:
            say(f"{what}: {loop.time() - begin:.1f} s")
