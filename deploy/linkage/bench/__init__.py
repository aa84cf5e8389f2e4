"""`make bench-linkage`: every figure by which recognising children is judged, in one run, beside two baselines."""
