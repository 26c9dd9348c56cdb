"""The scrub: every damaged and every missing blob is named with its cases, and only what belongs to nobody goes."""

import os
import random
from datetime import timedelta
from pathlib import Path

import pytest

from amends.store import scrub, uploads
from amends.store.connect import Database
from amends.store.files import ARRIVING, blob_path
from amends.store.rows import UploadRow
from tests.plugins_database import MARKETPLACE
from tests.store.samples import new_id
from tests.store.test_uploads import NOW, PLENTY, keep, ticket_row, use

DAY_SECONDS = 24 * 3600


def on_disk(db: Database, path: str) -> Path:
    return db.data_dir / "files" / path


def blob(db: Database, row: UploadRow) -> Path:
    assert row.blob is not None
    return on_disk(db, blob_path(MARKETPLACE, row.blob))


def made_old(path: Path) -> None:
    then = path.stat().st_mtime - DAY_SECONDS - 60
    os.utime(path, (then, then))


async def findings(db: Database, after: str = scrub.FIRST) -> dict[str, str]:
    return {found.upload_id: found.state async for found in scrub.look(db, MARKETPLACE, after)}


def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


async def test_of_a_hundred_damaged_and_twenty_missing_blobs_every_one_is_found(database: Database):
    chance = random.Random(12)
    rows = [await keep(database, bytes([n]) * (1 + 977 * n)) for n in range(200)]
    chosen = chance.sample(rows, 120)
    for row in chosen[:90]:
        flip(blob(database, row), chance)
    for row in chosen[90:95]:
        blob(database, row).write_bytes(blob(database, row).read_bytes()[:-1])
    for row in chosen[95:100]:
        blob(database, row).write_bytes(blob(database, row).read_bytes() + b"\0")
    for row in chosen[100:]:
        blob(database, row).unlink()
    expected = {row.upload_id: "whole" for row in rows}
    expected |= {row.upload_id: "damaged" for row in chosen[:100]} | {row.upload_id: "missing" for row in chosen[100:]}
    assert await findings(database) == expected


async def test_a_blob_swapped_for_another_is_damage(database: Database):
    one, two = await keep(database, b"one"), await keep(database, b"two")
    blob(database, one).write_bytes(blob(database, two).read_bytes())
    assert await findings(database) == {one.upload_id: "damaged", two.upload_id: "whole"}


async def test_a_scrub_that_was_stopped_goes_on(database: Database):
    rows = sorted([(await keep(database, b"x")).upload_id for _ in range(5)])
    assert list(await findings(database, rows[2])) == rows[3:]


async def test_a_damaged_files_cases_are_named(database: Database):
    row, case = await keep(database, b"x"), new_id()
    await use(database, case, row.upload_id)
    assert await scrub.cases_of(database, MARKETPLACE, row.upload_id) == [case]


async def test_only_what_no_row_names_and_is_old_is_removed(database: Database):
    kept = await keep(database, b"kept")
    young, old = f"{MARKETPLACE}/blobs/aa/" + "aa" * 32, f"{MARKETPLACE}/blobs/bb/" + "bb" * 32
    for path in (young, old, "log/tile/0"):
        await database.files.put_bytes(path, b"nobody's")
    for path in (blob(database, kept), on_disk(database, old), on_disk(database, "log/tile/0")):
        made_old(path)
    ticket = await uploads.promise(database, MARKETPLACE, ticket_row(b"1"), PLENTY)
    later = NOW + timedelta(hours=2)
    for dry_run in (True, False):
        swept = await scrub.sweep_up(database, MARKETPLACE, later, dry_run=dry_run)
        assert (swept.orphans, swept.orphan_bytes, swept.tickets) == ((old,), 8, 1)
        assert await database.files.exists(old) is dry_run
        assert (await uploads.get(database, MARKETPLACE, ticket.upload_id) is not None) is dry_run
    assert (await scrub.sweep_up(database, MARKETPLACE, later)).orphans == ()
    assert await database.files.exists(young)
    assert await database.files.exists("log/tile/0")
    assert await findings(database) == {kept.upload_id: "whole"}


async def test_pictures_made_of_a_file_belong_to_it(database: Database):
    row = await keep(database, b"x")
    path = f"{MARKETPLACE}/blobs/cc/" + "cc" * 32
    await database.files.put_bytes(path, b"not what its name says")
    made_old(on_disk(database, path))
    async with database.writing(MARKETPLACE) as connection:
        await connection.execute(
            "INSERT INTO derivative (marketplace_id, upload_id, areas, variant, page, width, height, media_type, "
            "size_bytes, blob) VALUES ($1, $2, '', 'w160', 1, 1, 1, 'image/webp', 3, $3)",
            MARKETPLACE, row.upload_id, path,
        )  # fmt: skip
    assert (await scrub.sweep_up(database, MARKETPLACE, NOW)).orphans == ()
    found = [(each.path, each.state) async for each in scrub.look(database, MARKETPLACE)]
    assert [state for _, state in found] == ["whole", "damaged"]
    assert found[1][0] == path


async def test_what_was_left_on_the_way_in_goes_after_a_day(database: Database):
    database.quarantine.mkdir()
    for name in ("young.part", "old.part", "old.tus"):
        (database.quarantine / name).write_bytes(b"x")
    made_old(database.quarantine / "old.part")
    made_old(database.quarantine / "old.tus")
    assert scrub.sweep_quarantine(database, dry_run=True) == 2
    assert scrub.sweep_quarantine(database) == 2
    assert [path.name for path in database.quarantine.iterdir()] == ["young.part"]


async def test_what_a_crash_left_half_way_into_the_folder_goes_after_a_day(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    assert database.files.root is not None
    with monkeypatch.context() as crash:
        crash.setattr(Path, "unlink", lambda *_, **__: None)
        crash.setattr(Path, "replace", broken)
        for name in "ab":
            with pytest.raises(ProcessLookupError):
                await database.files.put_bytes(f"{MARKETPLACE}/blobs/aa/{name}", b"sealed")
    [old, young] = (database.files.root / ARRIVING).iterdir()
    made_old(old)
    assert scrub.sweep_quarantine(database) == 1
    assert (young.exists(), old.exists()) == (True, False)


async def test_what_is_taken_in_while_the_sweeping_looks_does_not_stop_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    database.quarantine.mkdir()
    for name in ("a.part", "b.part"):
        (database.quarantine / name).write_bytes(b"x")
        made_old(database.quarantine / name)
    stat = Path.stat

    def gone(path: Path, **how: bool) -> os.stat_result:
        if path.name == "a.part":
            path.unlink(missing_ok=True)
        return stat(path, **how)

    monkeypatch.setattr(Path, "stat", gone)
    assert scrub.sweep_quarantine(database) == 1
    assert list(database.quarantine.iterdir()) == []


async def test_a_file_never_handed_in_is_erased_in_the_end(database: Database):
    long_ago = NOW - scrub.UNUSED_AGE
    old, young = await keep(database, b"old", ticket_at=long_ago), await keep(database, b"young", ticket_at=NOW)
    used = await keep(database, b"used", ticket_at=long_ago)
    await use(database, new_id(), used.upload_id)
    assert (await scrub.sweep_up(database, MARKETPLACE, NOW, dry_run=True)).unused == 1
    assert (await scrub.sweep_up(database, MARKETPLACE, NOW)).unused == 1
    assert (await scrub.sweep_up(database, MARKETPLACE, NOW)).unused == 0
    rows = await uploads.get_many(database, MARKETPLACE, [old.upload_id, young.upload_id, used.upload_id])
    assert {each for each, row in rows.items() if row.erased} == {old.upload_id}
    assert (rows[old.upload_id].name, rows[old.upload_id].blob) == ("", None)
    assert not blob(database, old).exists()
    assert set((await findings(database)).values()) == {"whole"}


def broken(*_: object) -> None:
    raise ProcessLookupError("killed here")
