"""Only an exact OK under every limit is clean. Shown with a real clamd, and with servers that are none."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from amends.media.clamd import Clean, Infected, NotScanned, Verdict, address_problem, ping, scan, version
from tests.media.making import zipped

CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
STREAM_LIMIT = 1024 * 1024
LIMIT = 10 * 1024 * 1024
needs_clamd = pytest.mark.skipif(CLAMD is None, reason="no clamd on this machine (Debian: clamav-daemon)")


def eicar() -> bytes:
    """The test string that every scanner knows, put together here so that no file of ours holds it."""
    return b"".join([b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$", b"EICAR-STANDARD-", b"ANTIVIRUS-TEST-FILE", b"!$H+H*"])


async def pieces(data: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def asked(address: str, data: bytes, limit: int = LIMIT, seconds: float = 30.0) -> Verdict:
    return await scan(address, pieces(data), len(data), limit, seconds)


# --- a real clamd ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clamd() -> Iterator[str]:
    """The address of a clamd of our own, which knows one signature: ours for the test string."""
    folder = Path(tempfile.mkdtemp(prefix="amends-clamd-", dir="/tmp"))
    folder.chmod(0o755)
    (folder / "db").mkdir()
    (folder / "db" / "amends.ndb").write_text(f"Amends.Test.Eicar:0:*:{eicar().hex()}\n")
    (folder / "clamd.conf").write_text(
        f"LocalSocket {folder}/clamd.sock\nDatabaseDirectory {folder}/db\nTemporaryDirectory {folder}\nForeground yes\n"
        f"StreamMaxLength {STREAM_LIMIT}\nMaxFileSize 512K\nMaxScanSize 512K\nAlertExceedsMax yes\nAlertEncrypted yes\n"
        "SelfCheck 3600\nMaxThreads 2\n"
    )
    assert CLAMD is not None
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([CLAMD, "-c", str(folder / "clamd.conf")], stdout=log, stderr=log)
    try:
        _wait_for(folder / "clamd.sock", server)
        yield f"unix:{folder}/clamd.sock"
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder)


def _wait_for(socket: Path, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > until:
            pytest.fail(f"clamd did not start: {socket.with_name('log').read_text()[-2000:]}", pytrace=False)
        time.sleep(0.05)


@needs_clamd
async def test_a_real_clamd_knows_the_test_string_and_nothing_bad_of_a_photo(clamd: str):
    assert await ping(clamd)
    assert str(await version(clamd)).startswith("ClamAV ")
    assert await asked(clamd, b"an honest photo" * 1000) == Clean()
    assert await asked(clamd, eicar()) == Infected("Amends.Test.Eicar.UNOFFICIAL")
    assert await asked(clamd, zipped("a.com", eicar())) == Infected("Amends.Test.Eicar.UNOFFICIAL")


@needs_clamd
async def test_what_a_real_clamd_gave_up_on_is_not_clean(clamd: str):
    over_its_files = await asked(clamd, bytes(600 * 1024))
    over_its_stream = await asked(clamd, bytes(STREAM_LIMIT + 600 * 1024))
    assert isinstance(over_its_files, NotScanned)
    assert over_its_files.why == "scanner_limit"
    assert isinstance(over_its_stream, NotScanned)
    assert over_its_stream.why in ("scanner_limit", "garbled", "unreachable")


@needs_clamd
async def test_a_locked_archive_is_not_clean(clamd: str):
    locked = bytearray(zipped("a.txt", b"hidden from the scanner"))
    locked[6] |= 1
    at = locked.rindex(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert (await asked(clamd, bytes(locked))) != Clean()


@needs_clamd
async def test_many_files_at_once_each_get_their_own_answer(clamd: str):
    found = await asyncio.gather(*[asked(clamd, eicar() if number % 2 else b"fine" * 500) for number in range(20)])
    assert [isinstance(each, Infected) for each in found] == [bool(number % 2) for number in range(20)]


# --- servers that are none --------------------------------------------------------------------------------------------


@asynccontextmanager
async def pretender(answer: bytes, *, first: bool = False, wait: float = 0.0, hold: bool = False) -> AsyncIterator[str]:
    """A TCP server that answers `answer`: after the whole stream, or at once; late, or without ever hanging up."""
    gone = asyncio.Event()

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not first:
                await reader.readuntil(b"\0")
                while size := int.from_bytes(await reader.readexactly(4), "big"):
                    await reader.readexactly(size)
            await asyncio.sleep(wait)
            writer.write(answer)
            await writer.drain()
            if hold:
                await gone.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(act, "127.0.0.1", 0)
    try:
        yield f"tcp:127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        gone.set()
        server.close()


async def test_the_exact_answer_is_clean():
    async with pretender(b"stream: OK\0") as address:
        assert await asked(address, b"x" * 300_000) == Clean()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "garbled"),
        (b"stream: OK", "garbled"),
        (b"stream: OK\n", "garbled"),
        (b"stream: OK\0\0", "garbled"),
        (b" stream: OK\0", "garbled"),
        (b"stream: ok\0", "garbled"),
        (b"stream: OK\0stream: OK\0", "garbled"),
        (b"OK\0", "garbled"),
        (b"other: OK\0", "garbled"),
        (b"stream: Broken FOUND OK\0", "garbled"),
        (b"HTTP/1.1 200 OK\r\n\r\nstream: OK\0", "garbled"),
        (b"\xff" * 3000 + b"\0", "garbled"),
        (b"stream: OK\0" + b"x" * 9000, "garbled"),
        (b"stream: Can't allocate memory ERROR\0", "scanner_error"),
        (b"UNKNOWN COMMAND ERROR\0", "scanner_error"),
        (b"INSTREAM size limit exceeded. ERROR\0", "scanner_limit"),
        (b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", "scanner_limit"),
        (b"stream: Heuristics.Encrypted.PDF FOUND\0", "scanner_limit"),
    ],
)
async def test_any_other_answer_is_not_clean(answer: bytes, why: str):
    async with pretender(answer) as address:
        found = await asked(address, b"hello")
    assert isinstance(found, NotScanned)
    assert found.why == why


async def test_a_found_signature_is_told_by_its_name():
    async with pretender(b"stream: Win.Test.EICAR_HDB-1 FOUND\0") as address:
        assert await asked(address, b"hello") == Infected("Win.Test.EICAR_HDB-1")


async def test_an_answer_before_the_end_is_no_answer():
    async with pretender(b"stream: OK\0", first=True, hold=True) as address:
        found = await scan(address, _slowly(), 6, LIMIT)
    assert isinstance(found, NotScanned)
    assert found.why == "garbled"


@pytest.mark.parametrize("wait", [0.0, 30.0])
async def test_silence_and_lateness_are_not_clean(wait: float):
    async with pretender(b"" if wait == 0 else b"stream: OK\0", wait=wait, hold=True) as address:
        assert await asked(address, b"hello", seconds=0.3) == NotScanned("timeout")


async def test_nobody_there_is_not_clean(tmp_path: Path):
    for address in (f"unix:{tmp_path}/none", "tcp:127.0.0.1:1", "nonsense", "unix:relative"):
        found = await asked(address, b"hello")
        assert isinstance(found, NotScanned)
        assert found.why == "unreachable"
        assert not await ping(address)
        assert await version(address) is None
    assert await asked("off", b"hello") == NotScanned("off")


async def test_a_file_at_the_limit_is_never_sent():
    async with pretender(b"stream: OK\0") as address:
        found = await asked(address, b"12345", limit=5)
        assert isinstance(found, NotScanned)
        assert found.why == "too_large"
        assert await asked(address, b"1234", limit=5) == Clean()


@pytest.mark.parametrize("said", [4, 6, 10_000])
async def test_bytes_that_do_not_add_up_are_not_clean(said: int):
    async with pretender(b"stream: OK\0") as address:
        found = await scan(address, pieces(b"hello"), said, LIMIT)
    assert isinstance(found, NotScanned)
    assert found.why == "size_differs"


@pytest.mark.parametrize("address", ["unix:/run/clamav/clamd.ctl", "tcp:127.0.0.1:3310", "tcp:[::1]:3310", "off"])
def test_addresses_that_can_be_used(address: str):
    assert address_problem(address) is None


@pytest.mark.parametrize(
    "address", ["", "on", "unix:", "unix:x", "tcp:host", "tcp:host:0", "tcp:host:99999", "http://x:1"]
)
def test_addresses_that_cannot(address: str):
    assert address_problem(address)


async def _slowly() -> AsyncIterator[bytes]:
    yield b"abc"
    await asyncio.sleep(0.2)
    yield b"def"
