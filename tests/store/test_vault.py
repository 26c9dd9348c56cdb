"""The vault: one key file, recognised by the database; without the right one nothing opens and nobody starts."""

import stat
from pathlib import Path

import asyncpg
import pytest

from amends.proof.seal import Unsealable
from amends.store import orders, vault
from amends.store.connect import Database, open_database
from amends.store.errors import MigrationRefused, UnsafeDatabase
from amends.store.migrate import migrate, shipped
from amends.store.vault import KEY_FILE, CaseKeys, Vault
from tests.plugins_database import MARKETPLACE, VAULT_KEY, Server
from tests.store.samples import new_id, now


class TestKeyFile:
    @pytest.fixture
    async def addresses(self, database_server: Server):
        """A migrated database that nobody has opened yet."""
        name = await database_server.fresh()
        yield database_server.url("owner", name), database_server.url("app", name)
        await database_server.drop(name)

    async def opened(self, addresses: tuple[str, str], data: Path, keys: Path | None = None) -> None:
        owner, app = addresses
        db = await open_database(owner, app_url=app, data_dir=data, keys_dir=keys, migrate_first=False)
        await db.close()

    async def test_it_is_made_once_for_our_eyes_only(self, addresses: tuple[str, str], tmp_path: Path):
        await self.opened(addresses, tmp_path)
        path = tmp_path / "keys" / KEY_FILE
        first = path.read_text()
        assert len(bytes.fromhex(first.strip())) == 32
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [each.name for each in path.parent.iterdir() if KEY_FILE in each.name] == [KEY_FILE], "no draft is left"
        await self.opened(addresses, tmp_path)
        assert path.read_text() == first

    async def test_the_wrong_key_refuses_the_start(self, addresses: tuple[str, str], tmp_path: Path):
        await self.opened(addresses, tmp_path)
        (tmp_path / "keys" / KEY_FILE).write_text(bytes(32).hex())
        with pytest.raises(UnsafeDatabase, match=r"vault.key is not the one this database was sealed with") as refused:
            await self.opened(addresses, tmp_path)
        assert "\n" not in str(refused.value)

    async def test_a_missing_key_refuses_the_start_and_is_not_made_anew(
        self, addresses: tuple[str, str], tmp_path: Path
    ):
        await self.opened(addresses, tmp_path)
        with pytest.raises(UnsafeDatabase, match="is missing, and this database was sealed with it"):
            await self.opened(addresses, tmp_path, keys=tmp_path / "elsewhere")
        assert not (tmp_path / "elsewhere" / KEY_FILE).exists()

    @pytest.mark.parametrize("content", ["", "00" * 31, "zz" * 32])
    async def test_a_file_that_is_no_key_is_said_to_be_none(
        self, addresses: tuple[str, str], tmp_path: Path, content: str
    ):
        (tmp_path / "keys").mkdir()
        (tmp_path / "keys" / KEY_FILE).write_text(content)
        with pytest.raises(UnsafeDatabase, match="must hold 32 bytes in hexadecimal"):
            await self.opened(addresses, tmp_path)


class TestWrapping:
    def test_a_wrapped_key_opens_in_its_own_place_only(self):
        ours = Vault(VAULT_KEY, Path())
        wrapped = ours.wrap(b"k" * 32, "m1", "case:1", "buyer")
        assert ours.unwrap(wrapped, "m1", "case:1") == b"k" * 32
        assert b"k" * 32 not in wrapped
        others = [("m2", "case:1", wrapped), ("m1", "case:2", wrapped), ("m1", "case:1", b"\x01" + wrapped[1:])]
        for marketplace, scope, moved in others:
            with pytest.raises(Unsealable):
                ours.unwrap(moved, marketplace, scope)
        with pytest.raises(Unsealable):
            Vault(bytes(32), Path()).unwrap(wrapped, "m1", "case:1")

    @pytest.mark.parametrize("size", [2, vault.LONGEST_STATE, vault.LONGEST_STATE + 1, 50_000])
    def test_a_state_opens_at_its_own_revision_only(self, size: int):
        keys = CaseKeys(Vault(VAULT_KEY, Path()), "m1", new_id())
        sealed = keys.seal_state(3, b"x" * size)
        assert keys.open_state(3, sealed) == b"x" * size
        with pytest.raises(Unsealable):
            keys.open_state(2, sealed)

    def test_only_the_keys_that_were_made_are_brought(self):
        ours = Vault(VAULT_KEY, Path())
        case_id = new_id()
        first = CaseKeys(ours, "m1", case_id)
        buyer = first.of("buyer")
        assert [subject for subject, _ in first.made] == ["buyer"]
        again = CaseKeys(ours, "m1", case_id, [wrapped for _, wrapped in first.made])
        assert again.of("buyer") == buyer
        assert again.get("seller") is None
        assert again.made == []


class TestKeysOfOrdersAndUploads:
    async def test_a_key_stays_what_it_is_until_it_is_destroyed(self, database: Database):
        async with database.writing(MARKETPLACE) as connection:
            first = await vault.make_key(database, connection, MARKETPLACE, "upload:u1", "buyer")
            assert await vault.make_key(database, connection, MARKETPLACE, "upload:u1", "buyer") == first
        assert await vault.keys_of(database, MARKETPLACE, "upload:u1") == {"buyer": first}
        async with database.writing(MARKETPLACE) as connection:
            assert await vault.destroy(connection, MARKETPLACE, "upload:u1") == 1
            assert await vault.destroy(connection, MARKETPLACE, "upload:u1") == 0
        assert await vault.keys_of(database, MARKETPLACE, "upload:u1") == {}

    async def test_a_cases_keys_come_with_its_append_only(self, database: Database):
        async with database.writing(MARKETPLACE) as connection:
            with pytest.raises(ValueError, match="made by its append"):
                await vault.make_key(database, connection, MARKETPLACE, f"case:{new_id()}", "buyer")

    async def test_an_orders_persons_are_told_apart_and_seen_to_change(self, database: Database):
        told = b'{"buyer":{"id":"alice","name":"Alice A."},"lines":[]}'
        assert await orders.upsert(database, MARKETPLACE, "O1", told, now())
        assert not await orders.upsert(database, MARKETPLACE, "O1", told, now())
        assert (await orders.get(database, MARKETPLACE, "O1")).facts == told
        assert await orders.upsert(database, MARKETPLACE, "O1", told.replace(b"A.", b"B."), now())
        async with database.writing(MARKETPLACE) as connection:
            await vault.destroy(connection, MARKETPLACE, "order:O1")
        assert (await orders.get(database, MARKETPLACE, "O1")).facts == told.replace(b'"Alice A."', b"null")


@pytest.mark.parametrize("table", ["orders"])
async def test_a_database_from_before_sealing_is_refused_and_left_as_it_is(database_server: Server, table: str):
    await database_server.execute("CREATE DATABASE old OWNER amends_owner TEMPLATE template0 ENCODING 'UTF8'")
    owner = database_server.url("owner", "old")
    try:
        await migrate(owner, shipped()[:3])
        await database_server.execute(
            f"INSERT INTO amends.{table} (marketplace_id, order_id, facts, updated_at) VALUES ('m1', 'O1', '1', now())",
            database="old",
        )
        with pytest.raises(MigrationRefused, match=r"0004_sealing.sql failed: this database holds orders or cases"):
            await migrate(owner)
        connection = await asyncpg.connect(database_server.url("admin", "old"))
        assert await connection.fetchval(f"SELECT count(*) FROM amends.{table}") == 1
        assert await connection.fetchval("SELECT count(*) FROM amends.migration") == 3
        forced = "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE oid = 'amends.orders'::regclass"
        assert await connection.fetchval(forced), "row-level security was put back"
        await connection.close()
    finally:
        await database_server.drop("old")
