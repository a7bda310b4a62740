"""What lives on a page, such as a playground: in a notebook, too, and wherever nothing is alive it is a picture."""

from __future__ import annotations

import base64
import html
from functools import cached_property

from matplotlib.figure import Figure

from . import picture
from .terminal import Printable


class Alive(Printable):
    """A base for what says how it looks at the beginning, by ``_still``, and what makes it live, by `to_html`."""

    def __repr__(self):
        return self._still[1]

    @cached_property
    def _still(self) -> tuple[Figure, str]:
        """(figure, words): the beginning, for who sees only a picture."""
        raise NotImplementedError

    def to_html(self) -> str:
        """It as one piece of HTML: a still picture, and what makes it live."""
        raise NotImplementedError

    def _image(self, dpi=110):
        """The still picture as HTML, in pixels: as a drawing it would weigh more."""
        fig, words = self._still
        source = base64.b64encode(picture.png(fig, dpi=dpi, colors=32)).decode()
        return f'<img alt="{html.escape(words)}" src="data:image/png;base64,{source}">'

    def _repr_mimebundle_(self, include=None, exclude=None):
        text = {"text/plain": repr(self)}
        if picture.is_static():
            return {**text, "text/html": self.to_html()}
        import ipywidgets as w

        # A widget, so that a saved notebook keeps the picture and not a copy of all that makes it live.
        shown = {"output_type": "display_data", "data": {"text/html": self.to_html()}, "metadata": {}}
        self.widget = w.Output(outputs=(shown,))
        return {**self.widget._repr_mimebundle_(), "image/png": picture.bundle_png(self._still[0]), **text}
