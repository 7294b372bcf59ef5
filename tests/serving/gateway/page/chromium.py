"""The browser of the page's tests: Debian's Chromium, headless, quiet towards the network, with a fresh profile each time."""

import shutil

from playwright.sync_api import Browser, Playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Whatever the page does, it does it on this machine in far less.
DEADLINE_MILLISECONDS = 10_000


def open_browser(playwright: Playwright) -> Browser:
    """Starts Chromium. Raises `LookupError` naming what to install."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise LookupError("There is no chromium on PATH; Debian's package is called chromium.")
    return playwright.chromium.launch(executable_path=program, args=list(FLAGS))
