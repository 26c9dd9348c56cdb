"""What the database itself refuses, whoever asks: history is not rewritten, tenants do not meet, money balances."""

import asyncpg
import pytest
from msgspec import structs

from amends.store import cases, keys, ledger, marketplaces, orders
from amends.store.connect import Database
from amends.store.migrate import SCHEMA
from tests.plugins_database import MARKETPLACE, Server
from tests.store.samples import following, now, opening, with_all

INSERT_ONLY = ["event", "posting", "idempotency", "marketplace_secret", "log_leaf", "staff_look", "erasure"]
NEVER_DELETED = [*INSERT_ONLY, "upload_use", "case", "deadline", "outbox", "orders", "marketplace", "api_key"]
NOT_FILLED = ("staff_look", "erasure", "upload_use")
DIRECTORIES = {"marketplace", "migration", "vault_proof", "log_state", "log_witness"}  # hold nothing of any marketplace


@pytest.fixture
async def filled(database: Database) -> Database:
    """`m1` with a case that has rows in every table, and `m2` beside it."""
    first = with_all(opening())
    await cases.append_events(database, MARKETPLACE, [first])
    await cases.append_events(database, MARKETPLACE, [with_all(following(first))])
    await orders.upsert(database, MARKETPLACE, "O1", b"{}", now())
    await keys.create(database, MARKETPLACE, role="operator", name="Olga", at=now())
    await marketplaces.ensure(database, "m2")
    async with database.writing(MARKETPLACE) as connection:
        leaf = "INSERT INTO log_leaf SELECT marketplace_id, case_id, seq, seq - 1, hash FROM event WHERE seq = 1"
        await connection.execute(leaf)
    return database


@pytest.mark.parametrize("table", INSERT_ONLY)
async def test_what_was_written_once_cannot_be_changed(filled: Database, table: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
        async with filled.writing(MARKETPLACE) as connection:
            await connection.execute(f'UPDATE "{table}" SET marketplace_id = marketplace_id')
    assert refused.value.sqlstate == "42501"


@pytest.mark.parametrize("table", NEVER_DELETED)
@pytest.mark.parametrize("statement", ['DELETE FROM "{}"', 'TRUNCATE "{}"'])
async def test_nothing_is_deleted(filled: Database, table: str, statement: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with filled.writing(MARKETPLACE) as connection:
            await connection.execute(statement.format(table))


async def test_the_application_can_neither_alter_nor_unlock_its_tables(filled: Database):
    for statement in (
        "ALTER TABLE event DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE posting DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE TABLE more (id integer)",
        "UPDATE api_key SET role = 'operator'",
        "UPDATE marketplace SET id = 'm3'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with filled.writing(MARKETPLACE) as connection:
                await connection.execute(statement)


async def test_every_table_is_bound_by_row_level_security(database_server: Server, database: Database):
    """Walks the catalogue: a table, view or function off the rule fails here."""
    async with database.reading(MARKETPLACE) as connection:
        tables = await connection.fetch(
            """
            SELECT c.relname, c.relkind, c.relrowsecurity AND c.relforcerowsecurity AS forced,
                   EXISTS (SELECT FROM pg_attribute a
                           WHERE a.attrelid = c.oid AND a.attname = 'marketplace_id') AS owned,
                   (SELECT array_agg(p.polname ORDER BY p.polname)
                    FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
                   pg_get_userbyid(c.relowner) = current_user AS mine
            FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            """,
            SCHEMA,
        )
        definers = await connection.fetch(
            "SELECT proname FROM pg_proc WHERE pronamespace = $1::regnamespace AND prosecdef", SCHEMA
        )
        expressions = await connection.fetch(
            """
            SELECT polrelid::regclass::text AS name, pg_get_expr(polqual, polrelid) AS reads,
                   pg_get_expr(polwithcheck, polrelid) AS writes
            FROM pg_policy WHERE polname = 'own_marketplace'
            """
        )
    assert len(tables) >= 12
    assert not [table["relname"] for table in tables if table["relkind"] != b"r" or table["mine"]]
    bound = [table for table in tables if table["relname"] not in DIRECTORIES]
    assert not [table["relname"] for table in bound if not (table["forced"] and table["owned"])]
    allowed = {
        "api_key": ["own_marketplace", "presented_key"],
        "portal_session": ["own_marketplace", "presented_session"],
    }
    for table in bound:
        assert table["policies"] == allowed.get(table["relname"], ["own_marketplace"]), table["relname"]
    assert not [table["relname"] for table in tables if table["owned"] and table["relname"] in DIRECTORIES]
    assert definers == []
    rule = "(NOT (marketplace_id IS DISTINCT FROM NULLIF(current_setting('amends.marketplace'::text, true), ''::text)))"
    assert {(row["reads"], row["writes"]) for row in expressions} == {(rule, rule)}


@pytest.mark.parametrize("context", ["m2", "", "nowhere"])
async def test_nobody_sees_another_marketplace(filled: Database, context: str):
    async with filled.reading(context) as connection:
        for table in NEVER_DELETED:
            if table not in ("marketplace", "marketplace_secret"):
                assert await connection.fetchval(f'SELECT count(*) FROM "{table}"') == 0, table
    async with filled.reading(MARKETPLACE) as connection:
        for table in NEVER_DELETED:
            if table not in NOT_FILLED:
                assert await connection.fetchval(f'SELECT count(*) FROM "{table}"') > 0, table


async def test_a_connection_that_never_had_a_context_sees_nothing(filled: Database):
    assert await filled.pool.fetchval('SELECT count(*) FROM "case"') == 0
    assert await filled.pool.fetchval("SELECT current_setting('amends.marketplace', true)") in (None, "")


async def test_a_context_ends_with_its_transaction(filled: Database):
    async with filled.reading(MARKETPLACE) as connection:
        assert await connection.fetchval('SELECT count(*) FROM "case"') == 1
    for _ in range(3):
        assert await filled.pool.fetchval('SELECT count(*) FROM "case"') == 0


async def test_a_case_of_another_marketplace_does_not_exist(filled: Database):
    async with filled.reading(MARKETPLACE) as connection:
        case_id = str(await connection.fetchval('SELECT case_id FROM "case"'))
    read = await cases.read_case(filled, "m2", case_id, principal="buyer:alice", key="key-1")
    assert (read.revision, read.state, read.answered) == (0, None, None)
    assert await cases.get_case(filled, "m2", case_id) is None
    assert await cases.events_of(filled, "m2", case_id) == []
    [outcome] = await cases.append_events(filled, "m2", [opening(case_id)])
    assert outcome.kind == "conflict"
    assert await ledger.balances(filled, "m2") == []


async def test_nobody_writes_into_another_marketplace(filled: Database):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with filled.writing("m2") as connection:
            await connection.execute(
                "INSERT INTO orders (marketplace_id, order_id, facts, updated_at) VALUES ('m1', 'x', '{}', now())"
            )


async def test_not_even_the_owner_is_exempt(database_server: Server, filled: Database):
    name = await filled.pool.fetchval("SELECT current_database()")
    owner = await asyncpg.connect(database_server.url("owner", name), server_settings={"search_path": SCHEMA})
    try:
        for table in NEVER_DELETED:
            if table != "marketplace":
                assert await owner.fetchval(f'SELECT count(*) FROM "{table}"') == 0, table
    finally:
        await owner.close()


async def test_a_key_is_found_by_presenting_it_and_by_nothing_else(filled: Database):
    _, secret = await keys.create(filled, "m2", role="auditor", name="Ada", at=now())
    found = await keys.find(filled, secret)
    assert (found.marketplace_id, found.role, found.name) == ("m2", "auditor", "Ada")
    assert await keys.find(filled, secret + "x") is None
    assert await filled.pool.fetchval("SELECT count(*) FROM api_key") == 0


async def test_a_journal_of_one_leg_is_refused_when_the_transaction_ends(filled: Database):
    insert = """
        INSERT INTO posting (case_id, journal_id, ordinal, marketplace_id, account, currency, amount, seq, purpose, at)
        SELECT case_id, 'j', $1, marketplace_id, 'a', $2, $3, 1, 'p', now() FROM "case"
    """

    async def post(*legs: tuple[int, str, int]) -> None:
        async with filled.writing(MARKETPLACE) as connection:
            for leg in legs:
                await connection.execute(insert, *leg)

    with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero in USD"):
        await post((0, "USD", 5))
    with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero"):
        await post((0, "USD", 5), (1, "IDR", -5))
    await post((0, "USD", 5), (1, "USD", -5))
    assert await ledger.unbalanced(filled, MARKETPLACE) == []


async def test_a_balanced_journal_cannot_be_added_to(filled: Database):
    with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero"):
        async with filled.writing(MARKETPLACE) as connection:
            await connection.execute("""
                INSERT INTO posting
                    (case_id, journal_id, ordinal, marketplace_id, account, currency, amount, seq, purpose, at)
                SELECT case_id, journal_id, 7, marketplace_id, account, currency, 1, seq, purpose, at
                FROM posting WHERE ordinal = 0 LIMIT 1
            """)


@pytest.mark.parametrize(
    ("column", "value"),
    [("refunded", "-1"), ("refunded", "paid + 1"), ("paid", "-1"), ("paid", "9007199254740992"), ("revision", "0")],
)
async def test_a_case_row_cannot_say_the_impossible(filled: Database, column: str, value: str):
    with pytest.raises(asyncpg.CheckViolationError):
        async with filled.writing(MARKETPLACE) as connection:
            await connection.execute(f'UPDATE "case" SET {column} = {value}')


async def test_refunds_may_reach_what_was_paid(database: Database):
    full = opening(refunded=4000)
    over = structs.replace(opening(), projection=structs.replace(full.projection, refunded=4001))
    outcomes = await cases.append_events(database, MARKETPLACE, [full, over])
    assert [outcome.kind for outcome in outcomes] == ["appended", "poisoned"]
