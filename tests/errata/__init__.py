"""The demonstration of every numeric erratum, asserted; each chapter's lie in ``chNN.py``."""

from tests.registry import Registry

erratum = Registry(__name__, __file__)
load = erratum.load
