"""Kernels are linked into what Python calls, and optimized there; with another Numba, by Numba's own means."""

import re

import numpy as np
import pytest

from nnlib.engine import jit, libraries
from tests.test_jit import jitted_only


def sums():
    """A function that Python calls, and a kernel that it alone calls, both of them new."""

    @jit.kernel
    def square(x, unused):
        return x * x

    @jit.jit
    def sum_of_squares(v):
        total = 0.0
        for i in range(v.size):
            total += square(v[i], v)
        return total

    return sum_of_squares


@jitted_only
def test_a_kernel_called_once_is_pasted_in():
    function = sums()
    assert function(np.arange(4.0)) == 14
    (code,) = function.inspect_llvm().values()
    defined = re.findall(r"^define .*?@\S+?(sum_of_squares|square)", code, re.M)
    assert defined == ["sum_of_squares"] * 2  # the function, and what Python calls


@pytest.mark.parametrize("name", libraries.METHODS)
def test_another_numba_compiles_by_its_own_means(name, monkeypatch):
    class Other:
        """A library that has all steps but one."""

    for other in set(libraries.METHODS) - {name}:
        setattr(Other, other, None)
    assert libraries.is_known() and not libraries.is_known(Other)
    monkeypatch.setattr(libraries, "is_known", lambda: False)
    assert sums()(np.arange(4.0)) == 14
