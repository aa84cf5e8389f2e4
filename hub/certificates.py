"""When an agency's certificate ends, and what to say then: a hub that refuses it looks as if it were away."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from cryptography import x509

from schemas.errors import HomewardError

__all__ = ["KEPT_OUT", "CertificateLife", "OwnCertificateEnded", "ShutOut"]

KEPT_OUT: Final = (
    "the hub is there and lets this agency do nothing: it is no member yet, or its keys were revoked; "
    "ring the people at the hub (who is in, they see with: homeward agency list)"
)
"""What to say where the broker answers and refuses everything."""

_WARNED: Final = timedelta(days=14)
"""So long before the end its agency is told: two people at the hub must approve, and there are weekends."""


class ShutOut(HomewardError):
    """The hub is there, and refuses this agency. What else an error is, its room says."""


class OwnCertificateEnded(ShutOut):
    """The hub lets nobody in with this agency's certificate: it has ended. What else an error is, its room says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateLife:
    """Whose certificate it is, and when it ends (aware UTC)."""

    agency: str
    ends: datetime

    @classmethod
    def of(cls, agency: str, pem: bytes) -> Self | None:
        """Of the first certificate in a PEM file; None where there is none that can be read."""
        try:
            return cls(agency=agency, ends=x509.load_pem_x509_certificate(pem).not_valid_after_utc)
        except ValueError:
            return None

    def ended(self, now: datetime) -> str | None:
        """What to say and do where it has ended; None where it has not."""
        if now <= self.ends:
            return None
        return f"your certificate ended on {self._end()}; {self._remedy()}"

    def warning(self, now: datetime) -> str | None:
        """What to say and do in the last days before its end; None before, and after."""
        if not self.ends - _WARNED <= now <= self.ends:
            return None
        return f"your certificate ends on {self._end()}; before then, {self._remedy()}"

    def _end(self) -> str:
        return f"{self.ends:%d %B %Y at %H:%M} UTC"

    def _remedy(self) -> str:
        again = f"homeward agency approve {self.agency} --by NAME"
        return f"ask the hub to approve your request again, by two people: {again}"
