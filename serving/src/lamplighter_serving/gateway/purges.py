"""When this process last deleted what retention lets go: the value of one metric. Late means personal data kept too long."""

import time


class Purges:
    """The time of the last deletion that worked, in Unix seconds; before the first one, that of the start."""

    def __init__(self) -> None:
        self.last_at = time.time()

    def note(self) -> None:
        """A deletion has worked."""
        self.last_at = time.time()
