"""Keep a trained network in a file: one .npz of plain arrays, nothing in it that could run.

The file names its format, so that what a newer nnlib writes is not misread, and bears a digest of its contents, so that
what was damaged on its way is not trusted.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import uuid
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .architecture import Net, checked_net, checked_theta, mlp
from .engine import border

FORMAT = 1
FIELDS = ("format", "sizes", "activations", "theta", "digest")


def save(path: str | os.PathLike[str], net: Net, theta: ArrayLike) -> None:
    """Write a network and its parameters to a file.

    Parameters
    ----------
    path : str or path
        The file is written whole or not at all: what was there before stays until the new one is complete. NumPy
        reads it, too: ``np.load(path)["theta"]``.
    net : Net
    theta : vector, shape (net.size,)
        float64 or float32, kept bit for bit.

    Raises
    ------
    ValueError, TypeError
        If something does not fit.
    OSError
        If the file cannot be written there.
    """
    place = _checked_path(path)
    net = checked_net(net)
    θ = checked_theta(net, theta)
    parts: dict[str, Any] = dict(format=np.int64(FORMAT), sizes=net.sizes, activations=np.array(net.names), theta=θ)
    folder = os.path.dirname(place)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"path: needs a file in a folder that exists, got {place!r}")
    if os.path.isdir(place):
        raise IsADirectoryError(f"path: needs a file, got the folder {place!r}")
    begun = os.path.join(folder, f".{uuid.uuid4().hex}.nnlib")
    try:
        with open(begun, "xb") as file:
            np.savez(file, **parts, digest=np.array(digest(parts)))
        with contextlib.suppress(OSError):
            shutil.copymode(place, begun)
        os.replace(begun, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(begun)
        raise


def load(path: str | os.PathLike[str]) -> tuple[Net, np.ndarray]:
    """Read what `save` wrote.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    net : Net
    theta : vector, shape (net.size,)

    Raises
    ------
    ValueError
        If the file is not one of nnlib's, is damaged, or was written by a newer nnlib.
    OSError
        If there is no such file, or it cannot be read.
    """
    place = _checked_path(path)
    try:
        parts = _read(place)
    except (ValueError, KeyError, EOFError, MemoryError, NotImplementedError, zipfile.BadZipFile, zlib.error) as fault:
        raise ValueError(f"path: needs a whole file that nnlib.save wrote, got {place!r} ({fault})") from None
    format = parts["format"]
    if format.shape != () or format.dtype.kind not in "iu" or format < 1:
        raise ValueError(f"path: needs a file that nnlib.save wrote, got {place!r}, whose format is {format!r}")
    if format > FORMAT:
        raise ValueError(
            f"path: {place!r} has format {format}, and this nnlib reads up to {FORMAT}; a newer nnlib wrote it: update"
        )
    if missing := [name for name in FIELDS if name not in parts]:
        raise ValueError(f"path: needs a whole file that nnlib.save wrote, got {place!r} without {', '.join(missing)}")
    if digest(parts) != str(parts["digest"]):
        raise ValueError(f"path: {place!r} is damaged: its contents do not fit its digest")
    try:
        *hidden, output = parts["activations"].tolist()
        net = mlp(parts["sizes"].tolist(), hidden, output)
        return net, checked_theta(net, parts["theta"])
    except (ValueError, TypeError) as fault:
        raise ValueError(f"path: {place!r} holds a network that this nnlib does not know ({fault})") from None


def _checked_path(path):
    if not isinstance(path, (str, os.PathLike)) or not isinstance(os.fspath(path), str):
        raise TypeError(f"path: needs the name of a file, got {border.told(path)}")
    return os.path.realpath(path)


def _read(place):
    """The arrays of a file, by name. Only those that `save` writes, and none that is larger than the file."""
    with open(place, "rb") as file, zipfile.ZipFile(file) as pack:
        if "format.npy" not in pack.namelist():
            raise ValueError("it is something else")
        small = os.path.getsize(place) + 2**16
        if sum(entry.file_size for entry in pack.infolist()) > small:
            raise ValueError("its parts are larger than the file")
        parts = {}
        for name in FIELDS:
            if f"{name}.npy" in pack.namelist():
                part = io.BytesIO(pack.read(f"{name}.npy"))
                parts[name] = np.lib.format.read_array(part, allow_pickle=False)
        return parts


def digest(parts: Mapping[str, np.ndarray]) -> str:
    """What a file says of its own contents: a digest of all that matters, whatever the byte order of the machine."""
    θ = parts["theta"]
    words = f"{parts['sizes'].tolist()} {parts['activations'].tolist()} {θ.dtype.name}"
    return hashlib.sha256(words.encode() + θ.astype(θ.dtype.newbyteorder("<")).tobytes()).hexdigest()
