"""Settings: each from its variable, and one readable line for a value that cannot be."""

from pathlib import Path

import pytest

from amends.settings import PREFIX, READERS, OrganisationRole, Settings, SettingsError, read


def test_an_empty_environment_gives_the_defaults():
    assert read({}) == read({"AMENDS_PORT": "  "}) == Settings()


def test_every_setting_has_a_reader():
    assert set(READERS) == set(Settings.__struct_fields__)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("database_url", "postgresql://amends@db/amends", "postgresql://amends@db/amends"),
        ("app_database_url", "postgres://app@db/amends", "postgres://app@db/amends"),
        ("data", "/srv/amends", Path("/srv/amends")),
        ("bootstrap_key", "correct-horse", "correct-horse"),
        ("policies", ".", (Path("."),)),
        ("markets", "US=tiktok-shop-us, BR=tiktok-shop-us", {"US": "tiktok-shop-us", "BR": "tiktok-shop-us"}),
        ("marketplace", "shop-1", "shop-1"),
        ("sandbox", "Yes", True),
        ("sandbox", "0", False),
        ("host", "0.0.0.0", "0.0.0.0"),
        ("oidc_client_secret", "s3cret", "s3cret"),
        (
            "oidc_roles",
            "groups:ops=operator, dept:d:1=auditor",
            (OrganisationRole("groups", "ops", "operator"), OrganisationRole("dept", "d:1", "auditor")),
        ),
        ("port", "80", 80),
        ("public_url", "https://disputes.example.com/", "https://disputes.example.com"),
        ("workers", "0", 0),
        ("pool_size", "50", 50),
        ("max_upload_bytes", "2048", 2048),
        ("log", "JSON", "json"),
        ("log_level", "debug", "debug"),
    ],
)
def test_a_good_value(name: str, text: str, value: object):
    assert getattr(read({PREFIX + name.upper(): text}), name) == value


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("database_url", "mysql://x", "it must look like postgresql://"),
        ("bootstrap_key", "short", "use at least 8 printable ASCII characters"),
        ("policies", "/no/such/place", "there is no /no/such/place"),
        ("markets", "US:tiktok-shop-us", "write MARKET=PACK pairs"),
        ("marketplace", "My Shop", "use at most 63 lower-case letters"),
        ("sandbox", "maybe", "say yes or no"),
        ("port", "65536", "it must be a whole number from 0 to 65535"),
        ("port", "-1", "it must be a whole number from 0 to 65535"),
        ("workers", "two", "it must be a whole number from 0 to 64"),
        ("public_url", "disputes.example.com", "it must look like https://"),
        ("log", "xml", "it must be one of json, text"),
    ],
)
def test_a_bad_value_says_which_why_and_what_would_be_right(name: str, text: str, says: str):
    with pytest.raises(SettingsError) as caught:
        read({PREFIX + name.upper(): text})
    line = str(caught.value)
    assert line.startswith(PREFIX + name.upper())
    assert says in line
    assert "\n" not in line


@pytest.mark.parametrize("name", ["database_url", "app_database_url", "bootstrap_key"])
def test_a_secret_is_not_repeated(name: str):
    with pytest.raises(SettingsError) as caught:
        read({PREFIX + name.upper(): "pass w"})
    assert "pass w" not in str(caught.value)


def test_the_address_is_where_people_reach_it():
    assert Settings().address == "http://127.0.0.1:8420"
    assert Settings(public_url="https://disputes.example.com").address == "https://disputes.example.com"


@pytest.mark.parametrize("issuer", ["https://login.example.com", "https://login.example.com/o/1", "http://127.0.0.1:9"])
def test_an_issuer_is_taken_to_the_letter(issuer: str):
    assert read({"AMENDS_OIDC_ISSUER": issuer, "AMENDS_OIDC_CLIENT_ID": "amends"}).oidc_issuer == issuer


@pytest.mark.parametrize(("name", "text", "says"), [
    ("OIDC_ISSUER", "http://login.example.com", "https"), ("OIDC_ISSUER", "https://x.test?tenant=1", "look like"),
    ("OIDC_ISSUER", "https://login.example.com", "AMENDS_OIDC_CLIENT_ID"), ("OIDC_ROLES", "ops", "CLAIM:VALUE=ROLE"),
    ("OIDC_ROLES", "groups:ops=buyer", "CLAIM:VALUE=ROLE"),
])  # fmt: skip
def test_an_organisation_that_cannot_be_asked_is_refused(name: str, text: str, says: str):
    with pytest.raises(SettingsError, match=says):
        read({f"AMENDS_{name}": text})
