"""The playground: a network to build, train and watch, on a page that has no Python."""

from .playground import playground

__all__ = ["playground"]
