"""Half-planes that the reader turns, moves and weighs, and their sum."""

from .planes import planes

__all__ = ["planes"]
