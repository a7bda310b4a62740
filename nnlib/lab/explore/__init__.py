"""Explorers: a knob and the picture it turns."""

from .explore import explore

__all__ = ["explore"]
