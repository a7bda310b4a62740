"""The room a chapter shows things in: explorers, predictions, quizzes, checks and the shared drawings.

The only room of nnlib that knows Matplotlib and ipywidgets; it contains no mathematics of its own.
"""

from . import figures
from .checks import check
from .explore import explore
from .figures import loop
from .picture import show
from .quiz import predict, quiz, recall
from .style import BLUE, FAINT, GRAY, GREEN, INK, ORANGE, PAPER, PURPLE, YELLOW, figure

__all__ = [
    *("BLUE", "FAINT", "GRAY", "GREEN", "INK", "ORANGE", "PAPER", "PURPLE", "YELLOW"),
    *("check", "explore", "figure", "figures", "loop", "predict", "quiz", "recall", "show"),
]
