"""Files: what comes back is what went in, bit for bit, and every other file gets a sentence."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib as nn
from nnlib import activations, storage

HIDDEN = [name for name in activations.NAMES if name != "softmax"]
NET = nn.mlp([2, 3, 2], ["relu"], "softmax")
THETA = nn.initialize(NET, seed=1)


@pytest.fixture
def file(tmp_path):
    nn.save(tmp_path / "net.npz", NET, THETA)
    return tmp_path / "net.npz"


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.sampled_from([np.float64, np.float32]), st.data())
def test_what_comes_back_is_what_went_in(tmp_path_factory, sizes, dtype, data):
    hidden = data.draw(st.lists(st.sampled_from(HIDDEN), min_size=len(sizes) - 2, max_size=len(sizes) - 2))
    net = nn.mlp(sizes, hidden, data.draw(st.sampled_from(activations.NAMES)))
    theta = np.frombuffer(np.random.default_rng(len(sizes)).bytes(net.size * 8), np.int64) % 1000 * dtype(-0.1)
    path = tmp_path_factory.mktemp("files") / "a net, ünïcode"
    nn.save(str(path), net, theta.astype(dtype))
    other, back = nn.load(path)
    assert other.names == net.names and all(np.array_equal(a, b) for a, b in zip(other, net, strict=True))
    assert back.dtype == dtype and back.tobytes() == theta.astype(dtype).tobytes() and back.flags.writeable
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_training_goes_on_from_a_file(file):
    X, t = nn.data.blobs(20, classes=2)
    net, theta = nn.load(file)
    one, two = (nn.train(n, th, X, t, "cross_entropy", epochs=3).theta for n, th in ((NET, THETA), (net, theta)))
    assert np.array_equal(one, two)


def test_the_file_is_plain_and_always_the_same(file):
    with np.load(file, allow_pickle=False) as parts:
        assert np.array_equal(parts["theta"], THETA) and parts["activations"].tolist() == ["relu", "softmax"]
        assert set(parts.files) == set(storage.FIELDS) and parts["format"] == storage.FORMAT
    first = file.read_bytes()
    nn.save(file, NET, THETA)
    assert file.read_bytes() == first


def test_the_other_byte_order_is_read(file):
    with np.load(file) as parts:
        turned = {name: parts[name].astype(parts[name].dtype.newbyteorder(">")) for name in parts.files}
    np.savez(file, **turned)
    net, theta = nn.load(file)
    assert np.array_equal(theta, THETA) and theta.dtype.isnative and net.names == NET.names


def test_what_was_there_stays_until_the_new_one_is_whole(file, monkeypatch):
    before = file.read_bytes()

    def full(target, **parts):
        target.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space left"):
        nn.save(file, NET, 0 * THETA)
    assert file.read_bytes() == before and len(list(file.parent.iterdir())) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions and asks for rights to make a link")
def test_permissions_and_links_stay(file):
    os.chmod(file, 0o640)
    link = file.with_name("link")
    link.symlink_to(file)
    nn.save(link, NET, 2 * THETA)
    assert link.is_symlink() and file.stat().st_mode & 0o777 == 0o640
    assert np.array_equal(nn.load(file)[1], 2 * THETA)


@given(st.floats(0, 1, exclude_max=True))
def test_truncated(tmp_path_factory, share):
    path = tmp_path_factory.mktemp("files") / "net.npz"
    nn.save(path, NET, THETA)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match="^path: needs a whole file that nnlib.save wrote, got '.*net.npz'"):
        nn.load(path)


@given(st.integers(0, 10**6), st.integers(0, 7))
def test_a_bit_that_fell_over(tmp_path_factory, place, bit):
    """It is noticed, or it was one that carries nothing: the zip's own dates, for one."""
    path = tmp_path_factory.mktemp("files") / "net.npz"
    nn.save(path, NET, THETA)
    damaged = bytearray(path.read_bytes())
    damaged[place % len(damaged)] ^= 1 << bit
    path.write_bytes(damaged)
    try:
        net, theta = nn.load(path)
    except ValueError as fault:
        assert str(fault).startswith("path: ")
    else:
        assert np.array_equal(theta, THETA) and net.names == NET.names and np.array_equal(net.sizes, NET.sizes)


def edited(file, **changes):
    """The file with other parts, and a digest that fits them unless that is what was changed."""
    with np.load(file) as parts:
        parts = {name: parts[name] for name in parts.files} | changes
    parts = {name: np.asarray(part) for name, part in parts.items() if part is not None}
    if "digest" not in changes and {"sizes", "activations", "theta"} <= parts.keys():
        parts["digest"] = np.array(storage.digest(parts))
    np.savez(file, **parts)


@pytest.mark.parametrize(
    "changes, said",
    [
        (dict(format=2), "has format 2, and this nnlib reads up to 1; a newer nnlib wrote it"),
        (dict(format=0), "whose format is"),
        (dict(format=[1]), "whose format is"),
        (dict(format="one"), "whose format is"),
        (dict(format=None), "it is something else"),
        (dict(theta=None), "without theta"),
        (dict(sizes=None, digest=None), "without sizes, digest"),
        (dict(digest="0" * 64), "is damaged: its contents do not fit its digest"),
        (dict(theta=THETA[:-1]), r"does not know \(theta: needs shape"),
        (dict(theta=np.where(THETA == THETA[0], np.nan, THETA)), "theta: needs finite numbers"),
        (dict(activations=["gelu", "softmax"]), "does not know .*unknown name 'gelu'"),
        (dict(activations=["softmax"]), "does not know"),
        (dict(activations=3), "does not know"),
        (dict(sizes=[2, 0, 2]), "does not know"),
        (dict(sizes=[2.5, 3, 2]), "does not know"),
    ],
)
def test_files_that_do_not_fit(file, changes, said):
    edited(file, **changes)
    with pytest.raises(ValueError, match=f"^path: .*{said}"):
        nn.load(file)


def test_nothing_is_executed(file):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("the file was executed",))

    edited(file, theta=np.array([Trap()], object), digest="")
    with pytest.raises(ValueError, match="^path: needs a whole file"):
        nn.load(file)
    file.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ValueError, match="^path: needs a whole file"):
        nn.load(file)


def test_foreign_files(tmp_path):
    path = tmp_path / "something"
    for contents in (b"", b"text", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n" + bytes(99)):
        path.write_bytes(contents)
        with pytest.raises(ValueError, match="^path: needs a whole file that nnlib.save wrote"):
            nn.load(path)
    np.savez(path.with_suffix(".npz"), weights=THETA)
    with pytest.raises(ValueError, match="it is something else"):
        nn.load(path.with_suffix(".npz"))
    # A few bytes that would fill the memory once unpacked.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("format.npy", bytes(10**7))
    with pytest.raises(ValueError, match="its parts are larger than the file"):
        nn.load(path)
    # A header that promises more than there is.
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, dict(descr="<f8", fortran_order=False, shape=(10**15,)))
    with zipfile.ZipFile(path, "w") as pack:
        for name in storage.FIELDS:
            pack.writestr(f"{name}.npy", head.getvalue())
    with pytest.raises(ValueError, match="^path: needs a whole file"):
        nn.load(path)


def test_places(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="path: needs a file in a folder that exists"):
        nn.save(tmp_path / "nowhere" / "net", NET, THETA)
    with pytest.raises(IsADirectoryError, match="path: needs a file, got the folder"):
        nn.save(tmp_path, NET, THETA)
    with pytest.raises(FileNotFoundError):
        nn.load(tmp_path / "nothing")
    for bad in (3, None, b"bytes", io.BytesIO()):
        with pytest.raises(TypeError, match="path: needs the name of a file"):
            nn.save(bad, NET, THETA)
        with pytest.raises(TypeError, match="path: needs the name of a file"):
            nn.load(bad)
    with pytest.raises(ValueError, match="^theta: needs shape"):
        nn.save(tmp_path / "net", NET, THETA[1:])
    monkeypatch.chdir(tmp_path)
    nn.save("net", NET, THETA)
    assert [p.name for p in tmp_path.iterdir()] == ["net"]
