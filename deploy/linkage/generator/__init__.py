"""Invented reports of invented children, as agencies write them, with the truth beside them.

The same seed and the same error kinds always give the same file. The error kinds live in two modules: `tuned_errors`
is what weights are fitted with, `held_out_errors` was written first and is read only when a model is judged.
"""

from deploy.linkage.generator.draft import Child, Draft, ErrorKind
from deploy.linkage.generator.world import GENERATOR_VERSION, TruthRow, reports

__all__ = ["GENERATOR_VERSION", "Child", "Draft", "ErrorKind", "TruthRow", "reports"]
