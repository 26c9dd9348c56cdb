"""Scanners for tests: one that only plays clamd, and the real one where it is installed, with our own signature."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

BAD = b"a thing our own signature knows 8d1f0c"
CLAMD = shutil.which("clamd")


@asynccontextmanager
async def playing(path: Path, *, says: bytes | None = None) -> AsyncIterator[str]:
    """A scanner at a socket of its own that knows BAD; `says` answers every file so instead, b"" hangs up."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            command = await reader.readuntil(b"\0")
            if command == b"zPING\0":
                writer.write(b"PONG\0")
            else:
                content = b""
                while size := int.from_bytes(await reader.readexactly(4), "big"):
                    content += await reader.readexactly(size)
                writer.write(says if says is not None else verdict(content))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(meet, path)
    try:
        yield f"unix:{path}"
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.to_thread(path.unlink, missing_ok=True)


def verdict(content: bytes) -> bytes:
    """What clamd would say."""
    return b"stream: Our.Test.Signature FOUND\0" if BAD in content else b"stream: OK\0"


@contextmanager
def real(folder: Path) -> Iterator[str]:
    """A clamd of our own on a socket in a folder, that knows BAD and nothing else."""
    assert CLAMD, "ask first whether it is installed"
    (folder / "signatures").mkdir()
    (folder / "signatures" / "ours.ndb").write_text(f"Our.Test.Signature:0:*:{BAD.hex()}\n")
    (folder / "clamd.conf").write_text(
        f"LocalSocket {folder}/clamd.ctl\nDatabaseDirectory {folder}/signatures\nForeground yes\n"
        "StreamMaxLength 100M\nMaxFileSize 100M\nMaxScanSize 200M\nAlertExceedsMax yes\nAlertEncrypted yes\n"
    )
    process = subprocess.Popen([CLAMD, "--config-file", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        for _ in range(300):
            if (folder / "clamd.ctl").exists():
                break
            assert process.poll() is None, "clamd did not start"
            time.sleep(0.1)
        yield f"unix:{folder}/clamd.ctl"
    finally:
        process.terminate()
        process.wait(30)
