"""Questions that answer back: predictions, quizzes, and the tests that mix chapters."""

from .exam import exam
from .quiz import predict, quiz
from .recall import recall

__all__ = ["exam", "predict", "quiz", "recall"]
