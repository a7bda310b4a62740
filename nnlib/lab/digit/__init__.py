"""A digit that goes through a trained network, layer by layer, on a page that has no Python."""

from .digit import digit

__all__ = ["digit"]
