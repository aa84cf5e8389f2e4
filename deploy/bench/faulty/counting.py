"""Counts what the workers of the benchmark sign, verify, seal and open, so that the load budget is measured.

The functions of `hub` are replaced, in every module that knows them by name, by ones that count and then call them.
The counts stand on the worker's metrics page under a name that no worker has outside the benchmark.
"""

import sys
from collections.abc import Callable
from typing import Any, Final

from prometheus_client import Counter

import hub.records_at_rest
import hub.sealing
import hub.signing
from hub.signing import Signer

COUNTED: Final = "homeward_bench_operations"
_ROOMS: Final = ("hub", "streams")
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "verify": hub.signing.verifies,
    "HPKE seal": hub.sealing.seal,
    "HPKE open": hub.sealing.open_sealed,
    "at-rest seal": hub.records_at_rest.seal_at_rest,
    "at-rest open": hub.records_at_rest.open_at_rest,
}
_OPERATIONS: Final = Counter(COUNTED, "Operations with keys, counted by the benchmark.", ("operation",))


def count_operations() -> None:
    """Count from now on; called once, after the worker's modules were imported."""
    Signer.sign = _counted("sign", Signer.sign)  # type: ignore[method-assign]  # the whole purpose of this module
    rooms = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in _ROOMS]
    for operation, original in _FUNCTIONS.items():
        counted = _counted(operation, original)
        for module in rooms:
            for name, value in list(vars(module).items()):
                if value is original:
                    setattr(module, name, counted)


def _counted(operation: str, original: Callable[..., Any]) -> Callable[..., Any]:
    count = _OPERATIONS.labels(operation).inc

    def counted(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - stands in for any of them
        count()
        return original(*args, **kwargs)

    return counted
