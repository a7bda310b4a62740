"""A prediction, come back to: what the reader chose is in the browser, what is true is on the page."""

from __future__ import annotations

import html

from .. import page
from ..symbols import html_of
from ..terminal import Printable
from .kinds import reason
from .quiz import find, key, told


class recall(Printable):
    """Come back to a prediction: what the reader chose, why it tempts, and what is true.

    Parameters
    ----------
    id : str
        The id of the prediction.
    """

    def __init__(self, id: str) -> None:
        self.question = find(id, "predict")

    def __repr__(self):
        return "The answer: " + key(self.question)

    def _repr_mimebundle_(self, include=None, exclude=None):
        choices = [{**choice, "feedback": reason(choice["feedback"])} for choice in self.question["choices"]]
        data = page.data(told({**self.question, "choices": choices}))
        shown = (
            f'<div class="nn-recall" data-id="{html.escape(self.question["id"])}"><div>{html_of(repr(self))}</div>'
            f"{data}{page.live('nnRecall')}</div>"
        )
        return {"text/plain": repr(self), "text/html": page.kit("questions/recall", "nnRecall") + shown}
