"""What no page may do, whatever it shows: an error in the console, a broken rule of its policy, a request that fails.

A `Guard` listens to every context of a test; at the end of the test it must have heard nothing.
"""

from collections.abc import Iterator

from playwright.async_api import BrowserContext, ConsoleMessage, Request, Response, WebError

REPORT_VIOLATIONS = """
addEventListener('securitypolicyviolation', e =>
  console.error(`content security policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
"""
LEFT = ("net::ERR_ABORTED", "net::ERR_NETWORK_CHANGED")
"""A request that its page did not wait for."""
NOISE = ("Failed to load resource: the server responded with a status of 4",)
"""Said beside every answer of 400 and above, which are listened to as answers."""


class Guard:
    """Everything wrong that the pages of a test did."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.expected: set[int] = set()

    def expect(self, *statuses: int) -> None:
        """This test wants to be answered so (400 to 499)."""
        self.expected |= set(statuses)

    async def watch(self, context: BrowserContext, *, scripts: bool) -> None:
        """Listen to a context."""
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        if scripts:
            await context.add_init_script(REPORT_VIOLATIONS)

    def found(self) -> Iterator[str]:
        """What was heard, each once."""
        yield from dict.fromkeys(self.heard)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert") and not message.text.startswith(NOISE):
            self.heard.append(f"{message.type} in the console of {_page(message)}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.heard.append(f"error in {error.page.url if error.page else 'a page'}: {error.error}")

    def _failed(self, request: Request) -> None:
        if request.failure not in LEFT:
            self.heard.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.heard.append(f"answered {response.status}: {response.request.method} {response.url}")


def _page(message: ConsoleMessage) -> str:
    return message.page.url if message.page else "a worker"
