"""Staff come in for real: a passkey made and used in Chromium's virtual authenticator, and every way without script."""

import os
import re
import subprocess
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import Guard, Pages
from tests.browser.world import AMENDS, World

DEVICE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
          "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
PASSKEY_BUTTON = "form[data-passkey] button"


def invited(world: World, name: str, *roles: str) -> str:
    """The link `amends staff invite` prints, as a path."""
    asked = [part for role in roles for part in ("--role", role)]
    made = subprocess.run(
        [*AMENDS, "staff", "invite", name, *asked, "--data", str(world.folder / "data")],
        env=os.environ | world.environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return "/" + made.stdout.strip().partition("//")[2].partition("/")[2]


@pytest.fixture
def somebody() -> str:
    """A name nobody had before."""
    return f"Olga {uuid4().hex[:6]}"


@pytest_asyncio.fixture(loop_scope="session")
async def named(browser: Any, browser_world: World, guard: Guard) -> AsyncIterator[Pages]:
    """Opens pages of the server under its name: passkeys are bound to one."""
    opened = Pages(browser, guard, browser_world.url.replace("127.0.0.1", "localhost"))
    yield opened
    await opened.close()


async def with_device(page: Page) -> Any:
    """A page whose browser has an authenticator."""
    device = await page.context.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    made = await device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return device, made["authenticatorId"]


async def test_a_passkey_is_made_signs_in_and_steps_up(
    named: Pages, browser_world: World, somebody: str, guard: Guard, axe: Any
):
    page = await named.open({})
    device, authenticator = await with_device(page)
    await page.goto(invited(browser_world, somebody, "operator", "adjudicator"))
    await axe(page)
    await page.click(PASSKEY_BUTTON)
    await page.wait_for_url("**/operator")
    kept = await device.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
    assert [one["rpId"] for one in kept["credentials"]] == ["localhost"]

    await page.goto("/preferences")
    await axe(page)
    await page.get_by_role("button", name="Sign out here").click()
    await page.get_by_role("link", name="Sign in again").click()
    await axe(page)
    await page.click(PASSKEY_BUTTON)
    await page.wait_for_url("**/operator")

    browser_world_age(browser_world, somebody)
    await page.goto("/operator/keys")
    await page.fill("#name", f"checkout {somebody}")
    await page.get_by_role("button", name="Make the key").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Show that it is you")
    await axe(page)
    await page.click(PASSKEY_BUTTON)
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Key checkout {somebody}")
    assert re.fullmatch(r"amends_[\w-]{43}", await page.locator(".secret code").inner_text())
    await axe(page)


def browser_world_age(world: World, name: str) -> None:
    """Let the person's last proof be an hour old, as the database has it."""
    import asyncio
    import threading

    from amends.store import staff
    from amends.store.connect import open_database

    async def age() -> None:
        db = await open_database(data_dir=world.folder / "data", migrate_first=False)
        async with db.writing("default") as connection:
            await connection.execute(
                "UPDATE portal_session SET stepped_up_at = stepped_up_at - interval '1 hour' WHERE person_id = $1",
                staff.id_of(name),
            )
        await db.close()

    thread = threading.Thread(target=asyncio.run, args=(age(),))
    thread.start()
    thread.join()


async def test_a_passkey_that_is_refused_says_so_and_sends_nothing(named: Pages, browser_world: World, somebody: str):
    page = await named.open({})
    device, authenticator = await with_device(page)
    await device.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    link = invited(browser_world, somebody, "auditor")
    await page.goto(link)
    await page.click(PASSKEY_BUTTON)
    told = page.get_by_role("alert")
    await expect(told).to_contain_text("The passkey was not used")
    await expect(told).to_be_focused()
    await device.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    await page.click(PASSKEY_BUTTON)
    await page.wait_for_url("**/policies")


async def test_an_unknown_passkey_lets_nobody_in(named: Pages, guard: Guard):
    page = await named.open({})
    device, authenticator = await with_device(page)
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from webauthn.helpers import bytes_to_base64url

    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    credential = {"credentialId": bytes_to_base64url(b"stranger-stranger"), "isResidentCredential": True,
                  "rpId": "localhost", "privateKey": bytes_to_base64url(key), "userHandle": "AAAA",
                  "signCount": 0}  # fmt: skip
    for name in ("credentialId", "privateKey"):  # the protocol of the browser's tools wants padded base64
        text = credential[name].replace("-", "+").replace("_", "/")
        credential[name] = text + "=" * (-len(text) % 4)
    await device.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": credential})
    await page.goto("/staff")
    guard.expect(401)
    await page.click(PASSKEY_BUTTON)
    await expect(page.get_by_role("alert").first).to_contain_text("This passkey lets nobody in here")


async def test_without_script_an_invitation_opens_and_one_more_steps_up(
    named: Pages, browser_world: World, somebody: str
):
    page = await named.open({}, js=False)
    await page.goto(invited(browser_world, somebody, "operator"))
    await expect(page.locator("noscript .note")).to_contain_text("needs JavaScript")
    await page.get_by_role("button", name="Go in just this once").click()
    await page.wait_for_url("**/operator")
    browser_world_age(browser_world, somebody)
    await page.goto("/operator/people")
    await page.fill("#name", f"Ana {somebody}")
    await page.get_by_label("Auditor").check()
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Show that it is you")
    await page.fill("#proof_link", browser_world.url + invited(browser_world, somebody, "operator"))
    await page.get_by_role("button", name="Confirm with the link").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"A link for Ana {somebody}")


async def test_by_keyboard_alone_a_person_goes_in_switches_role_and_out(
    named: Pages, browser_world: World, somebody: str
):
    page = await named.open({})
    await with_device(page)
    await page.goto(invited(browser_world, somebody, "operator", "auditor"))
    await press_to(page, "Make a passkey and go in")
    await page.wait_for_url("**/operator")
    await page.goto("/preferences")
    await press_to(page, "Go on as this Auditor")
    await page.wait_for_url("**/policies")
    await page.goto("/preferences")
    await press_to(page, "Sign out everywhere")
    await page.wait_for_url("**/signed-out*")


async def press_to(page: Page, name: str) -> None:
    """Go to a button by Tab and press it."""
    wanted = page.get_by_role("button", name=name, exact=True)
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("e => e === document.activeElement"):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"no way by keyboard to {name}")


async def test_what_is_preferred_holds_at_once_and_single_keys_can_be_switched_off(
    named: Pages, browser_world: World, somebody: str
):
    page = await named.open({}, js=False)
    await page.goto(invited(browser_world, somebody, "auditor"))
    await page.get_by_role("button", name="Go in just this once").click()
    await page.goto("/preferences")
    for name, value in (("language", "id"), ("theme", "dark"), ("density", "compact"), ("keys", "off"),
                        ("zone", "Asia/Makassar")):  # fmt: skip
        await page.select_option(f"#{name}", value)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Tersimpan.")
    html = page.locator("html")
    for name, value in (("lang", "id"), ("data-theme", "dark"), ("data-density", "compact"), ("data-keys", "off")):
        await expect(html).to_have_attribute(name, value)
    await expect(page.locator("main")).to_contain_text("WITA")
