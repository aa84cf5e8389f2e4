"""The two sets of error kinds a file of reports may be made with, by name: what a judge asks for.

Fitting does not import this module: it reads `tuned_errors` alone. The held-out set keeps every tuned kind at half
its rate, because the world does not stop misspelling names when it finds new ways to go wrong.
"""

from typing import Final

from deploy.linkage.generator.held_out_errors import HELD_OUT_ERRORS
from deploy.linkage.generator.tuned_errors import TUNED_ERRORS
from deploy.linkage.generator.world import Kinds

_TUNED_KINDS_IN_HELD_OUT: Final = 0.5

ERROR_SETS: Final[dict[str, Kinds]] = {
    "tuned": [(kind, 1.0) for kind in TUNED_ERRORS],
    "held-out": [
        *((kind, _TUNED_KINDS_IN_HELD_OUT) for kind in TUNED_ERRORS),
        *((kind, 1.0) for kind in HELD_OUT_ERRORS),
    ],
}
