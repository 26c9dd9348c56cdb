"""How a person works a page: with a pointer, or by the keyboard alone, where every control is reached by Tab.

The same journey is played by either hand, so what one can do the other can.
"""

from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page

MOST_STOPS = 400
MOST_OPTIONS = 60


class Pointer:
    """Clicks, and writes where it clicked."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, control: Locator) -> None:
        """Follow a link or press a button, and wait for the page it leads to."""
        async with self.page.expect_navigation():
            await control.click()

    async def choose(self, control: Locator) -> None:
        """Take a radio button or tick a box."""
        await control.check(force=True)

    async def select(self, control: Locator, value: str) -> None:
        """Choose from a list."""
        await control.select_option(value)

    async def write(self, control: Locator, text: str) -> None:
        """Write into a field."""
        await control.fill(text)

    async def attach(self, control: Locator, *files: Path) -> None:
        """Choose files; the dialog itself is the system's."""
        await control.set_input_files([str(one) for one in files])


class Keyboard(Pointer):
    """Reaches everything by Tab, from the top of the page, and never touches the pointer."""

    async def press(self, control: Locator) -> None:
        await self._reach(control)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")

    async def choose(self, control: Locator) -> None:
        if await control.get_attribute("type") == "checkbox":
            await self._reach(control)
            if not await control.is_checked():
                await self.page.keyboard.press("Space")
        else:
            await self._reach(self.page.locator(f"input[type=radio][name='{await control.get_attribute('name')}']"))
            if not await self._has_focus(control) or not await control.is_checked():
                await self.page.keyboard.press("Space")
            for _ in range(MOST_OPTIONS):
                if await control.is_checked():
                    break
                await self.page.keyboard.press("ArrowDown")
        assert await control.is_checked(), f"the keyboard does not choose {control}"

    async def select(self, control: Locator, value: str) -> None:
        await self._reach(control)
        await self.page.keyboard.press("Home")
        for _ in range(MOST_OPTIONS):
            if await control.input_value() == value:
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the keyboard does not come to {value} of {control}")

    async def write(self, control: Locator, text: str) -> None:
        await self._reach(control)
        if await control.get_attribute("type") == "date":
            await control.fill(text)  # how a date is typed is the browser's affair
        else:
            await self.page.keyboard.press("ControlOrMeta+a")
            await self.page.keyboard.insert_text(text)

    async def attach(self, control: Locator, *files: Path) -> None:
        await self._reach(control)
        await super().attach(control, *files)

    async def _reach(self, control: Locator) -> None:
        """Tab from where the focus is until one of the controls has it."""
        await self.page.wait_for_load_state()
        await control.first.wait_for(state="attached")
        handles: list[Any] = await control.element_handles()
        assert handles, f"{self.page.url} has no {control}"
        for _ in range(MOST_STOPS):
            for one in handles:
                if await one.evaluate("one => document.activeElement === one"):
                    return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.page.url}: Tab never comes to {control}")

    async def _has_focus(self, control: Locator) -> bool:
        return bool(await control.evaluate("one => document.activeElement === one"))


HANDS: dict[str, type[Pointer]] = {"pointer": Pointer, "keyboard": Keyboard}
