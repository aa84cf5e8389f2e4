"""A profile is complete and known to the last key, or an error says which key and what to do."""

from typing import Any

import pytest

from hub.profile import Profile, ProfileInvalid
from hub.sealing import SealingSuite

MAPPING: dict[str, Any] = {
    "agency": "E08000005",
    "bootstrap": "127.0.0.1:9093",
    "schema_registry": "https://127.0.0.1:8443",
    "tls": {"ca": "ca.pem", "certificate": "cert.pem", "key": "key.pem"},
    "signing": {"key_id": "rochdale-board-2", "private_key": "signing.key"},
    "sealing": {"key_id": "rochdale-1", "private_key": "sealing.key"},
    "hub": {"trust_key": "ab" * 32},
    "outbox": "outbox.db",
}


def test_a_complete_profile_is_read_with_its_defaults() -> None:
    profile = Profile.from_mapping(MAPPING)
    assert profile.signing.key_id == "rochdale-board-2"
    assert profile.sealing.suite == SealingSuite.X_WING
    assert profile.hub.public_key == b"\xab" * 32
    assert profile.inbox_group == "inbox.E08000005"
    assert profile.inbox.signing is None


def test_an_inbox_may_have_a_key_and_a_group_of_its_own() -> None:
    inbox = {"group": "night", "memory": "seen.db", "signing": {"key_id": "reader", "private_key": "r.key"}}
    profile = Profile.from_mapping(MAPPING | {"inbox": inbox})
    assert profile.inbox_group == "night"
    assert profile.inbox.signing is not None
    assert profile.inbox.signing.key_id == "reader"


@pytest.mark.parametrize(
    "changed, says",
    [
        ({"outbocks": "x"}, "outbocks is not a known key; did you mean outbox?"),
        ({"zzz": "x"}, "known here: agency, "),
        ({"tls": {**MAPPING["tls"], "certficate": "x"}}, "did you mean tls.certificate?"),
        ({"tls": {"ca": "x", "key": "x"}}, "tls.certificate is missing"),
        ({"tls": "ca.pem"}, r"tls has the wrong type; expected a table \[tls\]"),
        ({"agency": 5}, "agency has the wrong type; expected text in quotes"),
        ({"agency": {}}, "agency has the wrong type"),
        ({"sealing": {**MAPPING["sealing"], "suite": True}}, "expected a whole number"),
        ({"sealing": {**MAPPING["sealing"], "suite": 9}}, "sealing.suite is not known"),
        ({"hub": {"trust_key": "AB" * 32}}, "hub.trust_key is not a public key"),
    ],
)
def test_an_error_names_the_key_and_the_remedy(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ProfileInvalid, match=says):
        Profile.from_mapping(MAPPING | changed)


@pytest.mark.parametrize("key", sorted(MAPPING))
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(ProfileInvalid, match=f"{key} is missing"):
        Profile.from_mapping({name: value for name, value in MAPPING.items() if name != key})


def test_no_error_repeats_a_value() -> None:
    with pytest.raises(ProfileInvalid) as refused:
        Profile.from_mapping(MAPPING | {"hub": {"trust_key": "do not show me"}})
    assert "do not show me" not in str(refused.value)
