"""The hub's own secrets as a worker holds them: opened once at start, never logged, never sent.

Everything a worker signs is signed with its own key, listed in the hub's directory entry; the workers share only the
sealing key of the day (from the keyring), the secret that claims are keyed with, and the keys that log commitments
and rows of state are bound to.
"""

from dataclasses import dataclass, field
from typing import Final, Self

from hub.messages import WorkerKey
from hub.sealing import OpeningKeys
from streams.keyring import Keyring
from streams.settings import WorkerSettings, secret_bytes

_FILES: Final = ("claim_secret", "log_key", "state_key", "keyring_master_key")


@dataclass(slots=True, kw_only=True, repr=False)
class HubSecrets:
    """What a worker signs, opens, keys and commits with."""

    worker: WorkerKey
    claim_secret: bytes
    log_key: bytes
    state_key: bytes
    keyring: Keyring
    trust_key: bytes
    opening_keys: OpeningKeys = field(default_factory=lambda: OpeningKeys.of({}))

    @classmethod
    def read(cls, settings: WorkerSettings) -> Self:
        """Open the worker's key, the hub's secrets and the keyring."""
        claim_secret, log_key, state_key, master = (secret_bytes(settings.hub_secrets / name) for name in _FILES)
        secrets = cls(
            worker=WorkerKey.from_bytes(settings.signing_key_id, secret_bytes(settings.signing_key)),
            claim_secret=claim_secret,
            log_key=log_key,
            state_key=state_key,
            keyring=Keyring(settings.keyring, master),
            trust_key=settings.trust_key.read_bytes(),
        )
        secrets.refresh_opening_keys()
        return secrets

    def refresh_opening_keys(self) -> None:
        """Take up the sealing keys that the keyring holds now: a new one comes every day."""
        self.opening_keys = OpeningKeys.of({key.key_id: key.private_key for key in self.keyring.sealing_keys()})
