"""At least one check for every labeled equation of the book; each chapter's checks lie in ``chNN.py``."""

from tests.registry import Registry

equation = Registry(__name__, __file__)
load = equation.load
