"""At least one check for every labeled equation of the book; each chapter's checks lie in ``chNN.py``.

The docstring of a check is the formula that it restates, as the notebook prints it, so that an edit of either breaks a
test. A further check of the same formula has no docstring.
"""

from tests.registry import Registry

equation = Registry(__name__, __file__)
load = equation.load
