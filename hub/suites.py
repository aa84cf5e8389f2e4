"""The sealing suites by their number on the wire; what they do is in `hub.sealing`."""

from enum import IntEnum
from typing import Final


class SealingSuite(IntEnum):
    """HPKE suites; all with HKDF-SHA256 and AES-256-GCM, in base mode."""

    X25519 = 1
    X_WING = 2


PREFERRED: Final = SealingSuite.X_WING
"""The suite of a new key: X-Wing is hybrid and post-quantum, because these records stay sensitive for decades."""
