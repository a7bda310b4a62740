"""Boxes to fit a curve with: the laboratory of chapter 5."""

from .builder import builder

__all__ = ["builder"]
