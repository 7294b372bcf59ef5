"""One visit to the page: a fresh browser profile, what it complained about, and gestures that Playwright has no word for."""

import base64
from collections.abc import Mapping
from typing import Protocol

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from serving.gateway.page.chromium import DEADLINE_MILLISECONDS
from serving.gateway.page.page_server import PageServer

WIDE = (1280, 800)
NARROW = (360, 740)

#: Told by Chromium itself for every answer with an error status and every connection refused; tests of those expect it.
NETWORK_COMPLAINT = "Failed to load resource"

_DROP = """files => {
  const transfer = new DataTransfer();
  for (const [name, text] of Object.entries(files)) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, {type: 'application/pdf'}));
  }
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    document.body.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: transfer}));
  }
}"""


class Visit:
    """A page that is open. `complaints` has what the console, uncaught errors and the content policy said."""

    def __init__(self, browser: Browser, server: PageServer, *, size: tuple[int, int] = WIDE, scheme: str = "dark") -> None:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="light" if scheme == "light" else "dark",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(DEADLINE_MILLISECONDS)
        self.server = server
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.failures_are_meant = False  # then Chromium's own word on a failed request is no complaint
        self.requests: list[str] = []
        self.page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) => console.error('policy', event.violatedDirective))"
        )
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(f"{request.method} {request.url}"))

    def open(self, key: str | None = None) -> Page:
        """Opens the page with a key in the fragment, and waits until it is live."""
        self.page.goto(f"{self.server.address}#key={key or self.server.key}")
        self.expect_live()
        return self.page

    def expect_live(self) -> None:
        """Waits for the stream of events, and for the extractors, which are asked for once it is there."""
        expect(self.page.locator("#connection")).to_have_attribute("data-state", "live")
        expect(self.page.locator("#task-select option")).not_to_have_count(0)

    def drop(self, files: Mapping[str, bytes]) -> None:
        """Drops files on the page."""
        self.page.evaluate(_DROP, {name: base64.b64encode(content).decode() for name, content in files.items()})

    def close(self) -> None:
        """Ends the visit; nothing of it is kept."""
        self.page.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if self.failures_are_meant and message.text.startswith(NETWORK_COMPLAINT):
            return
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


class NewVisit(Protocol):
    """What the fixture `new_visit` gives: opens a browser for a visit, at the test's own gateway unless told."""

    def __call__(self, at: PageServer = ..., *, size: tuple[int, int] = ..., scheme: str = ...) -> Visit: ...
