"""The engine room: what makes nnlib fast, safe and the same everywhere. No chapter shows it.

`jit` has Numba's options and the cache, `products` the sums of a layer, `exp` the functions of a number, `random` the
generator; `border` checks what comes from outside; `memory`, `interrupts` and `progress` serve a long run.
"""
