"""A prediction, come back to: what the reader chose is in the browser, what is true is on the page."""

from __future__ import annotations

import html

from .. import page
from ..terminal import Printable
from .quiz import find, key


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
        id, text = html.escape(self.question["id"]), html.escape(repr(self))
        told = page.data({field: self.question[field] for field in ("id", "choices")})
        shown = f'<div class="nn-recall" data-id="{id}"><div>{text}</div>{told}{page.live("nnRecall")}</div>'
        return {"text/plain": repr(self), "text/html": page.kit("questions/recall", "nnRecall") + shown}
