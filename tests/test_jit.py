"""The rules of the house, the cache that must never lie, and compiled code against the same code unjitted."""

import ast
import contextlib
import gc
import importlib
import io
import os
import runpy
import shutil
import subprocess
import sys
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core import config
from numba.core.runtime import _nrt_python, rtsys

import nnlib as nn
from nnlib import training
from nnlib.engine import jit
from nnlib.engine.jit import flat, view
from tests.conftest import UNJITTED

PACKAGE = Path(nn.__file__).parent
jitted_only = pytest.mark.skipif(UNJITTED, reason="says something about compiled code")


def imported(path):
    """The top-level packages a file imports, and those it imports only inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top, inside = set(), set()
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [("." * node.level) + (node.module or "")]
            names += [f"{names[0]}.{alias.name}".replace("..", ".") for alias in node.names] if node.level else []
        (top if node in tree.body else inside).update(names)
    return top, inside


@pytest.mark.parametrize("path", jit.sources(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_who_imports_what(path):
    top, inside = imported(path)
    roots = {name.split(".")[0] for name in top | inside if not name.startswith(".")}
    assert not roots & {"matplotlib", "ipywidgets", "IPython", "pandas"}
    assert not any("lab" in name.split(".") for name in top | inside)
    if path.parent == PACKAGE:
        assert "numba" not in roots
    if path.stem != "estimator":
        assert not any(name.startswith("sklearn") for name in top)
        assert path.stem == "data" or not any(name.startswith("sklearn") for name in inside)
    assert "np.random" not in path.read_text(encoding="utf-8")


def run(code, folder=PACKAGE.parent, **environment):
    """The output of Python code in a new process."""
    env = {**os.environ, "PYTHONPATH": str(folder), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, cwd=folder, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.once
def test_import_brings_in_no_pictures_and_no_sklearn():
    code = "import nnlib, sys; print(*{'matplotlib', 'ipywidgets', 'IPython', 'sklearn'} & set(sys.modules))"
    assert run(code) == ""


def test_all_public_names_exist():
    assert all(hasattr(nn, name) for name in nn.__all__)
    assert nn.__version__


def test_warm_up_runs(capsys, monkeypatch):
    assert callable(importlib.import_module("nnlib.__main__").warm)  # importing it does nothing yet
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(sys, "argv", ["nnlib"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(str(PACKAGE / "__main__.py"), run_name="__main__")
    assert "nnlib is compiled" in capsys.readouterr().out


def test_warm_up_says_how_far_it_is():
    from nnlib import __main__ as main

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    with main.told(stream):
        assert jit.WAIT.is_told_elsewhere
        time.sleep(0.5)
        assert stream.getvalue() == ""  # nothing was missing
        for k in range(3):
            jit.WAIT.kernels += 1
            while f"kernel {k + 1}" not in stream.getvalue():
                time.sleep(0.01)
    assert stream.getvalue().startswith("\rcompiling nnlib, once: kernel 1, ") and " left" in stream.getvalue()
    assert stream.getvalue().endswith("\r") and not jit.WAIT.is_told_elsewhere
    stream = io.StringIO()
    with pytest.raises(ZeroDivisionError), main.told(stream):
        jit.WAIT.kernels = 1
        1 / 0  # noqa: B018
    assert stream.getvalue() == "" and not jit.WAIT.is_told_elsewhere


# --- the cache


def test_digest_sees_sources_and_settings(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("x = 1", encoding="utf-8")
    first = jit.digest(tmp_path)
    assert first == jit.digest(tmp_path) and len(first) == 16
    (tmp_path / "a.py").write_text("x = 2", encoding="utf-8")
    second = jit.digest(tmp_path)
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "b.py").write_text("", encoding="utf-8")
    third = jit.digest(tmp_path)
    assert len({first, second, third}) == 3
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "c.py").write_text("", encoding="utf-8")  # compiles nothing
    seen = {jit.digest(tmp_path)}
    assert seen == {third}
    for module in (numba, np):
        monkeypatch.setattr(module, "__version__", "0")
        seen.add(jit.digest(tmp_path))
        monkeypatch.undo()
    for name in jit.CHANGE_CODE:
        monkeypatch.setattr(config, name, "something else", raising=False)
        seen.add(jit.digest(tmp_path))
        monkeypatch.undo()
    monkeypatch.setattr(jit, "LOOPS", not jit.LOOPS)
    seen.add(jit.digest(tmp_path))
    assert len(seen) == 4 + len(jit.CHANGE_CODE)


def test_cache_roots(tmp_path, monkeypatch):
    here, home, x = jit.HERE / "__pycache__", Path.home() / ".cache" / "nnlib", str(tmp_path)
    assert jit.cache_roots({"NUMBA_CACHE_DIR": x}) == [tmp_path, home]
    assert jit.cache_roots({"NUMBA_CACHE_DIR": "x"}) == [Path("x"), home]
    assert jit.cache_roots({"NUMBA_CACHE_DIR": "~/x"}) == [Path.home() / "x", home]
    assert jit.cache_roots({"XDG_CACHE_HOME": x}) == jit.cache_roots({"LOCALAPPDATA": x}) == [here, tmp_path / "nnlib"]
    for nothing in ("", "x", "~/x"):  # a relative path is ignored, as XDG wants it
        assert jit.cache_roots({"XDG_CACHE_HOME": nothing, "NUMBA_CACHE_DIR": ""}) == [here, home]
    monkeypatch.setattr(os.path, "expanduser", str)  # a container whose user has no name and no home
    assert jit.cache_roots({}) == [here]
    assert jit.cache_roots({"NUMBA_CACHE_DIR": "~/x", "XDG_CACHE_HOME": x}) == [tmp_path / "nnlib"]
    assert jit.cache_roots({"NUMBA_CACHE_DIR": "~/x"}) == []


def caches(root, *names):
    """Caches in a root that nobody has used for too long."""
    past = time.time() - 86400 * (jit.KEEP_DAYS + 1)
    for name in names:
        folder = jit.open_cache([root], name)
        (folder / "deep").mkdir()
        (folder / "deep" / "code").write_bytes(b"")
    for name in names:  # only now: the next one opened would delete it
        os.utime(root / f"nnlib-{name}", (past, past))
    return [root / f"nnlib-{name}" for name in names]


def test_open_cache_falls_back_and_forgets(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    young = jit.open_cache([tmp_path], "young")
    (old,) = caches(tmp_path, "old")
    opened = jit.open_cache([blocked, tmp_path], "key")
    assert opened == tmp_path / "nnlib-key" and opened.is_dir()
    assert young.exists() and not old.exists()
    assert jit.open_cache([blocked], "key") is None
    (again,) = caches(tmp_path, "again")
    assert jit.open_cache([tmp_path], "again") == again and again.stat().st_mtime > time.time() - 3600


def test_what_bears_no_mark_stays(tmp_path):
    """A folder of somebody else, whatever it is called and however old it is."""
    (marked,) = caches(tmp_path, "marked")
    theirs = tmp_path / "nnlib-notes"
    (theirs / "of mine").mkdir(parents=True)
    (tmp_path / "nnlib-file").write_bytes(b"")
    for path in (theirs, tmp_path / "nnlib-file"):
        os.utime(path, (0, 0))
    assert jit.open_cache([tmp_path], "notes") == theirs  # not even once it was used
    os.utime(theirs, (0, 0))
    jit.open_cache([tmp_path], "key")
    assert not marked.exists() and (theirs / "of mine").exists() and (tmp_path / "nnlib-file").exists()


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 90), st.sampled_from(["nnlib-{}", "nnlib{}", "{}"])), max_size=6)
)
def test_only_what_is_marked_and_old_and_named_so_goes(tmp_path_factory, folders):
    root, now = tmp_path_factory.mktemp("root"), time.time()
    stays = {"nnlib-key"}
    for i, (marked, days, form) in enumerate(folders):
        folder = root / form.format(i)
        folder.mkdir()
        (folder / "something").write_bytes(b"")
        if marked:
            jit.mark(folder)
        os.utime(folder, (now - 86400 * days,) * 2)
        if not (marked and days > jit.KEEP_DAYS and form == "nnlib-{}") and days != jit.KEEP_DAYS:
            stays.add(folder.name)
    jit.open_cache([root], "key")
    assert stays <= {path.name for path in root.iterdir()}
    gone = {form.format(i) for i, (marked, days, form) in enumerate(folders) if marked and days > jit.KEEP_DAYS}
    assert not {name for name in gone if name.startswith("nnlib-")} & {path.name for path in root.iterdir()}


def test_two_may_forget_at_once(tmp_path, monkeypatch):
    """Another process deletes whatever this one is about to look at."""
    old, remove = caches(tmp_path, *"abcd"), jit.remove

    def both(folder):
        for path in old:
            shutil.rmtree(path, ignore_errors=True)
        remove(folder)

    monkeypatch.setattr(jit, "remove", both)
    assert jit.open_cache([tmp_path], "key").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nnlib-key"]


def test_many_may_forget_at_once(tmp_path):
    """Eight wait for each other and then clean the same caches."""
    for _ in range(5):
        old, start = caches(tmp_path, *(f"old{k}" for k in range(20))), threading.Barrier(8)

        def clean(_, start=start):
            start.wait()
            return jit.open_cache([tmp_path], "key")

        with ThreadPoolExecutor(8) as crowd:
            assert set(crowd.map(clean, range(8))) == {tmp_path / "nnlib-key"}
        jit.open_cache([tmp_path], "key")  # two may have been in each other's way
        assert not any(path.exists() for path in old)


def test_remove_leaves_what_it_cannot_delete(tmp_path, monkeypatch):
    """And its mark, so that a later import goes on."""
    (old,) = caches(tmp_path, "old")

    def refuse(path, *rest, **options):
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", refuse)
        jit.remove(old)
    assert (old / "deep" / "code").exists() and (old / jit.MARK).exists()
    jit.remove(old)
    assert not old.exists()


EDIT = "import nnlib as nn; print(nn.schedules.exponential(1.0, 0.5)(3))"


@jitted_only
@pytest.mark.once
def test_an_edit_in_another_file_is_seen(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "nnlib", ignore=shutil.ignore_patterns("__pycache__", "lab"))
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert run(EDIT, tmp_path, **cache) == "0.25"
    path = tmp_path / "nnlib" / "engine" / "exp.py"
    text = path.read_text(encoding="utf-8")
    assert text.count("result = 1.0") == 1  # where a power, which the kernel of a schedule asks for, begins
    path.write_text(text.replace("result = 1.0", "result = 3.0"), encoding="utf-8")
    assert run(EDIT, tmp_path, **cache) == "0.75"
    path.write_text(text, encoding="utf-8")
    assert run(EDIT, tmp_path, **cache) == "0.25"
    assert len(list((tmp_path / "cache").glob("nnlib-*"))) == 2


@jitted_only
@pytest.mark.once
def test_without_a_writable_place_nothing_is_cached(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    nowhere = dict.fromkeys(("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA", "USERPROFILE"), str(blocked))
    code = "import nnlib as nn; nn.data.moons(2); print(nn.engine.jit.CACHE)"
    assert run(code, **nowhere) == "None"
    own = tmp_path / "own"
    assert Path(run(code, **nowhere | {"XDG_CACHE_HOME": str(own)})).parent == own / "nnlib"


# --- the cache, with users and processes side by side


def warm_cache(root, key="key"):
    """A cache with something in it that looks like compiled code."""
    folder = jit.open_cache([root], key)
    (folder / "nnlib_0").mkdir()
    for name in ("f.nbi", "f.1.nbc", "g.nbi", "g.1.nbc", "g.1.nbc.tmp.0"):
        (folder / "nnlib_0" / name).write_bytes(name.encode())
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """A root with a warm cache that this process may only read. Pretended: who tests as root may write anywhere."""
    root, really = tmp_path / "shared", jit.tempfile.TemporaryFile
    warm_cache(root)

    def refuse(dir):
        if root in (dir, *dir.parents):
            raise PermissionError
        return really(dir=dir)

    monkeypatch.setattr(jit.tempfile, "TemporaryFile", refuse)
    return root


def test_a_warm_cache_that_can_only_be_read_is_copied(tmp_path, shared):
    own = tmp_path / "home" / "nnlib"
    assert jit.open_cache([shared, own], "key") == own / "nnlib-key"
    assert names(own) == ["nnlib-key"] and (own / "nnlib-key" / jit.MARK).is_file()
    copied = own / "nnlib-key" / "nnlib_0"
    assert names(copied) == ["f.1.nbc", "f.nbi", "g.1.nbc", "g.nbi"]  # nothing half written
    assert all(path.read_bytes() == path.name.encode() for path in copied.iterdir())
    (copied / "f.nbi").write_bytes(b"mine")  # and from then on it is this user's own
    assert jit.open_cache([shared, own], "key") == own / "nnlib-key"
    assert (copied / "f.nbi").read_bytes() == b"mine"


def test_a_part_that_can_only_be_read_counts(tmp_path, monkeypatch):
    """A folder of a group's, whose part with the code belongs to the one who came first."""
    open_to_group, really = tmp_path / "group", jit.tempfile.TemporaryFile
    folder = warm_cache(open_to_group)

    def refuse(dir):
        if dir == folder / "nnlib_0":
            raise PermissionError
        return really(dir=dir)

    monkeypatch.setattr(jit.tempfile, "TemporaryFile", refuse)
    assert jit.open_cache([open_to_group, tmp_path / "own"], "key") == tmp_path / "own" / "nnlib-key"
    assert (tmp_path / "own" / "nnlib-key" / "nnlib_0" / "g.nbi").is_file()


def test_a_cold_cache_is_not_copied(tmp_path, shared):
    shutil.rmtree(shared / "nnlib-key" / "nnlib_0")
    own = tmp_path / "own"
    assert jit.open_cache([shared, own], "key") == own / "nnlib-key"
    assert names(own / "nnlib-key") == [jit.MARK]


def test_a_cache_without_our_mark_is_not_copied(tmp_path, shared):
    (shared / "nnlib-key" / jit.MARK).unlink()
    own = tmp_path / "own"
    assert names(jit.open_cache([shared, own], "key")) == [jit.MARK]


def test_where_nothing_can_be_written_a_warm_cache_is_read_where_it_is(tmp_path, shared):
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    before = (shared / "nnlib-key").stat().st_mtime
    for roots in ([shared], [shared, blocked], [blocked, shared]):
        assert jit.open_cache(roots, "key") == shared / "nnlib-key"
    assert (shared / "nnlib-key").stat().st_mtime == before


@pytest.mark.parametrize("how", ["a full disk", "somebody was first"])
def test_a_copy_is_whole_or_not_there(tmp_path, shared, monkeypatch, how):
    own, rename = tmp_path / "own", Path.rename

    def full(path, data):
        raise OSError(28, "No space left on device")

    def second(path, target):
        assert not target.exists() and len(names(path / "nnlib_0")) == 4  # whole before anybody sees it
        target.mkdir()
        (target / "of the first").write_bytes(b"")
        return rename(path, target)

    with monkeypatch.context() as patch:
        if how == "a full disk":
            patch.setattr(Path, "write_bytes", full)
        else:
            patch.setattr(Path, "rename", second)
        assert jit.open_cache([shared, own], "key") == own / "nnlib-key"
    assert names(own) == ["nnlib-key"]
    assert names(own / "nnlib-key") == [jit.MARK if how == "a full disk" else "of the first"]


def test_what_is_left_of_a_killed_copy_is_forgotten(tmp_path, shared, monkeypatch):
    own = tmp_path / "own"

    def killed(path, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", killed)
        jit.open_cache([shared, own], "key")
    (half,) = own.iterdir()
    assert half.name.startswith("nnlib-key.")
    jit.open_cache([shared, own], "key")
    assert half.exists()  # it may be somebody's who is still at it
    os.utime(half, (0, 0))
    jit.open_cache([shared, own], "key")
    assert names(own) == ["nnlib-key"]


def test_what_may_not_be_read_is_not_copied(tmp_path, shared, monkeypatch):
    read = Path.read_bytes

    def refuse(path):
        if path.name == "f.1.nbc":
            raise PermissionError
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    folder = jit.open_cache([shared, tmp_path / "own"], "key")
    assert names(folder / "nnlib_0") == ["f.nbi", "g.1.nbc", "g.nbi"]


def test_a_folder_that_may_not_be_looked_into_is_passed_by(tmp_path, monkeypatch):
    """Of a user whose umask is 077; an import must not ask whether it is forgotten and fail."""
    (closed,) = caches(tmp_path, "closed")
    is_file = Path.is_file

    def refuse(path):
        if closed in path.parents:
            raise PermissionError
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    assert jit.open_cache([tmp_path], "key") == tmp_path / "nnlib-key"
    monkeypatch.setattr(jit, "can_write", lambda folder: folder.parent != tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    jit.open_cache([tmp_path, own], "closed")
    assert closed.exists()


def test_a_root_that_cannot_be_listed_is_used_all_the_same(tmp_path, monkeypatch):
    def refuse(path, pattern):
        raise OSError(116, "Stale file handle")

    folder = jit.open_cache([tmp_path], "key")
    monkeypatch.setattr(Path, "glob", refuse)
    jit.clean_beside(folder)
    assert jit.open_cache([tmp_path], "key") is None  # nothing is cached, and nothing is raised


@pytest.mark.skipif(os.name == "nt", reason="a folder of Windows has no such mode")
def test_code_from_where_anybody_writes_is_not_run(tmp_path, monkeypatch):
    own, other = tmp_path / "own", tmp_path / "other"
    other.mkdir()
    folder, me = warm_cache(other), os.geteuid()
    for path in (folder, other):
        path.chmod(0o777)
        assert jit.open_cache([other], "key") == folder  # ours, in whatever place
        with monkeypatch.context() as patch:
            patch.setattr(os, "geteuid", lambda: me + 1)
            assert jit.open_cache([other], "key") is None
            assert not jit.is_warm(folder)
        path.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert jit.is_warm(folder)
    (folder / "nnlib_0" / "g.nbi").chmod(0o666)
    own.mkdir()
    jit.copy(folder, own / "nnlib-key")
    assert names(own / "nnlib-key" / "nnlib_0") == ["f.1.nbc", "f.nbi", "g.1.nbc"]
    (old,) = caches(tmp_path, "old")
    assert not jit.is_forgotten(old)  # somebody else's
    monkeypatch.delattr(os, "geteuid")  # Windows, where every file looks open to all
    assert jit.is_forgotten(old)
    jit.copy(folder, own / "nnlib-all")
    assert len(names(own / "nnlib-all" / "nnlib_0")) == 4


def test_a_link_is_not_followed(tmp_path):
    (target,) = caches(tmp_path / "elsewhere", "target")
    root = tmp_path / "root"
    (old,) = caches(root, "old")
    try:
        (root / "nnlib-link").symlink_to(target, target_is_directory=True)
        (old / "link").symlink_to(target, target_is_directory=True)
    except OSError:
        pytest.skip("links need a right here that this user has not")
    os.utime(old, (0, 0))
    jit.open_cache([root], "key")
    assert not old.exists() and (target / "deep" / "code").exists()
    assert (root / "nnlib-link").exists()


def test_a_cache_from_the_future_stays(tmp_path):
    (early,) = caches(tmp_path, "early")
    os.utime(early, (2**32, 2**32))
    jit.open_cache([tmp_path], "key")
    assert early.exists()
    jit.open_cache([tmp_path], "early")
    assert early.stat().st_mtime < 2**32


def test_a_folder_whose_maker_was_killed_gets_its_mark(tmp_path):
    (tmp_path / "nnlib-key").mkdir()
    assert names(jit.open_cache([tmp_path], "key")) == [jit.MARK]


def test_a_relative_root_stays_where_it_was(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert jit.open_cache([Path("x")], "key") == tmp_path / "x" / "nnlib-key"


def test_a_working_folder_that_is_gone(tmp_path, monkeypatch):
    def gone():
        raise FileNotFoundError

    monkeypatch.setattr(os, "getcwd", gone)
    assert jit.open_cache([Path("x"), tmp_path], "key") == tmp_path / "nnlib-key"


def plain(x):
    return x + 1


def test_a_function_keeps_its_code_in_the_cache_and_nowhere_else(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "CACHE", tmp_path / "may not be there")
    before = config.CACHE_DIR
    kept = jit.compiled()(types.FunctionType(plain.__code__, globals(), "plain"))._cache
    assert config.CACHE_DIR == before
    assert (tmp_path / "may not be there") in Path(kept.cache_path).parents
    with kept._guard_against_spurious_io_errors():
        raise PermissionError


def files(folder):
    return jit.Files(str(folder), "f", "stamp")


def test_two_signatures_stored_at_once_are_not_mixed_up(tmp_path):
    """Numba calls the code of both f.1.nbc."""
    first, second = files(tmp_path), files(tmp_path)
    second._load_index = dict  # it has looked before the first stored anything
    save_data = first._save_data

    def slow(name, data):
        second.save("g", "code of g")
        save_data(name, data)

    first._save_data = slow
    first.save("f", "code of f")
    assert files(tmp_path).load("f") in ("code of f", None)
    assert files(tmp_path).load("g") in ("code of g", None)
    files(tmp_path).save("f", "code of f")
    files(tmp_path).save("g", "code of g")
    assert files(tmp_path).load("f") == "code of f" and files(tmp_path).load("g") == "code of g"


@pytest.mark.parametrize("half", [b"", b"\0\0\0\0", "first half"])
def test_half_an_index_is_none(tmp_path, half):
    files(tmp_path).save("f", "code of f")
    (path,) = tmp_path.glob("*.nbi")
    path.write_bytes(path.read_bytes()[:40] if half == "first half" else half)
    assert files(tmp_path).load("f") is None
    files(tmp_path).save("f", "code of f")
    assert files(tmp_path).load("f") == "code of f"


@jitted_only
def test_a_cache_that_cannot_be_used_costs_only_time(tmp_path, monkeypatch):
    """Neither a full disk nor half a file nor a file of somebody else's reaches the reader."""
    monkeypatch.setattr(jit, "CACHE", tmp_path)

    def compile():
        function = jit.jit(types.FunctionType(plain.__code__, globals(), "plain"))
        assert function(1.0) == 2.0
        return sum(function.stats.cache_hits.values())

    def full(self, name, data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(jit.Files, "_save_data", full)
        assert compile() == 0
    assert compile() == 0 and compile() == 1
    (code,) = tmp_path.glob("*/*.nbc")
    for half in (code.read_bytes()[:100], b"", bytes(100)):
        code.write_bytes(half)
        assert compile() == 0 and compile() == 1
    code.unlink()
    code.mkdir()  # root may read every file, but no folder
    assert compile() == 0
    code.rmdir()
    assert compile() == 0 and compile() == 1


# What a process compiled, loaded, and most often compiled of one signature; and where its cache is.
COUNT = """
import gc
import nnlib as nn
from numba.core.dispatcher import Dispatcher
nn.data.moons(4)
all = [f.stats for f in gc.get_objects() if isinstance(f, Dispatcher) and f.py_func.__module__.startswith("nnlib")]
misses = [n for stats in all for n in stats.cache_misses.values()]
print(sum(misses), sum(n for stats in all for n in stats.cache_hits.values()), max(misses, default=0))
print(nn.engine.jit.CACHE)
"""


def counted(how_many, package, before=(), **environment):
    """Of so many processes at once: how much each compiled, loaded, compiled at most of one thing; and its cache."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": "", "PYTHONPATH": str(package), **environment}
    command, pipes = [*before, sys.executable, "-c", COUNT], {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    crowd = [
        subprocess.Popen(command, env=environment, cwd=package, encoding="utf-8", **pipes) for _ in range(how_many)
    ]
    told = [process.communicate() for process in crowd]
    assert not any(errors for _, errors in told), told
    lines = [out.splitlines() for out, _ in told]
    return [(*map(int, numbers.split()), Path(folder)) for numbers, folder in lines]


@jitted_only
@pytest.mark.once
def test_ten_processes_share_a_cold_cache(tmp_path):
    place = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    first = counted(10, PACKAGE.parent, **place)
    assert all(most <= 1 for _, _, most, _ in first) and len({folder for *_, folder in first}) == 1
    ((compiled, loaded, _, _),) = counted(1, PACKAGE.parent, **place)
    assert compiled == 0 and loaded > 0
    assert len(names(tmp_path / "cache")) == 1


@jitted_only
@pytest.mark.parametrize("where", ["package", "NUMBA_CACHE_DIR"])
@pytest.mark.once
def test_another_user_has_a_warm_copy(tmp_path, where):
    """With real permissions: root becomes nobody; who is not root takes the right to write from the folders.

    Nobody may read everything here, since the folders in which Python and this test lie may be closed to others.
    """
    if os.name == "nt":
        pytest.skip("a folder cannot be closed by its mode here")
    root, another = os.geteuid() == 0, []
    if root:
        if not shutil.which("setpriv"):
            pytest.skip("root may write everywhere, and there is no setpriv to become somebody else")
        another = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        another += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    install, home, closed = tmp_path / "install", tmp_path / "home", tmp_path / "closed"
    shutil.copytree(PACKAGE, install / "nnlib", ignore=shutil.ignore_patterns("__pycache__", "lab"))
    for folder in (home, closed):
        folder.mkdir()
    place = {"NUMBA_CACHE_DIR": str(tmp_path / "shared") if where == "NUMBA_CACHE_DIR" else ""}
    ((_, _, _, warm),) = counted(1, install, **place)
    assert warm.parent == (tmp_path / "shared" if place["NUMBA_CACHE_DIR"] else install / "nnlib" / "__pycache__")
    everything = [path for path in (warm.parent, *warm.parent.rglob("*")) if path.is_dir()]
    for folder in (*everything, install / "nnlib", closed):
        folder.chmod(0o555)
    if root:
        os.chown(home, 65534, 65534)
    try:
        before = sorted(warm.rglob("*"))
        place |= {"PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home), "XDG_CACHE_HOME": ""}
        for _ in range(2):
            for compiled, loaded, _, folder in counted(3, install, another, **place):
                assert compiled == 0 and loaded > 0 and folder == home / ".cache" / "nnlib" / warm.name
        assert names(home / ".cache" / "nnlib") == [warm.name] and sorted(warm.rglob("*")) == before
        # A home that is read-only: the warm cache is read where it is.
        ((compiled, loaded, _, folder),) = counted(1, install, another, **place | {"HOME": str(closed)})
        assert compiled == 0 and loaded > 0 and folder == warm
    finally:
        for folder in (*everything, install / "nnlib", closed):
            folder.chmod(0o755)


START = PACKAGE.parent / ".binder" / "start"


@jitted_only
@pytest.mark.skipif(not (Path("/proc/cpuinfo").exists() and shutil.which("bash")), reason="Binder runs Linux")
@pytest.mark.once
def test_binder_compiles_for_a_processor_that_fuses_like_this_one():
    """Compiled code is kept by the processor's name, so what Binder builds and what it runs must give the same one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    code = "import os; print({k: v for k, v in os.environ.items() if k.startswith('NUMBA_CPU')})"
    command = ["bash", START, sys.executable, "-c", code]
    told = subprocess.run(command, env=environment, capture_output=True, check=True, encoding="utf-8").stdout.strip()
    processor = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    if "avx2" in processor and "fma" in processor:
        assert ast.literal_eval(told) == {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": ""}
        assert jit.instructions_of("x86-64-v3", "") == 2
    else:
        assert told == "{}"
    assert "\nbash .binder/start python -m nnlib\n" in (START.parent / "postBuild").read_text(encoding="utf-8")


# --- compiled code


@pytest.mark.bounds
def test_bounds_checks_are_alive():
    """In the bounds-checked pass this kernel has to fail; unjitted, NumPy's own check fails."""

    @jit.jit
    def outside(x, i):
        return view(x, 0, (x.size,))[i]

    if not (config.BOUNDSCHECK or UNJITTED):
        pytest.skip("only where bounds are checked: NUMBA_BOUNDSCHECK=1")
    with pytest.raises(IndexError):
        outside(np.zeros(3), 3)


@pytest.mark.bounds
def test_a_view_that_reaches_outside_is_caught():
    @jit.jit
    def outside(x, n):
        return view(x, 1, (n,))[0]

    if not (config.BOUNDSCHECK or UNJITTED):
        pytest.skip("only where bounds are checked: NUMBA_BOUNDSCHECK=1")
    with pytest.raises((IndexError, ValueError)):
        outside(np.zeros(3), 3)


def test_views_are_views():
    @jit.jit
    def change(x):
        view(x, 2, (2, 3))[1, 0] = 7.0
        flat(view(x, 0, (2, 4)))[0] = 5.0

    x = np.zeros(8)
    change(x)
    assert x[5] == 7 and x[0] == 5 and x.sum() == 12


@jitted_only
def test_one_signature_whatever_the_architecture():
    X, T = np.zeros((6, 2)), np.full((6, 3), 1 / 3)
    before = set(training.run_epochs.signatures)
    for dtype in (np.float64, np.float32):
        for sizes, hidden in (([2, 3], "tanh"), ([2, 4, 3], "relu"), ([2, 2, 5, 3], "sigmoid")):
            for loss, output in (("l2", "identity"), ("cross_entropy", "softmax"), ("bce", "sigmoid")):
                net = nn.mlp(sizes, hidden, output)
                theta = nn.initialize(net, dtype=dtype)
                mask = np.ones(net.size)
                for extra in ({"batch_size": 4}, {"batch_size": None, "l2": 0.1, "mask": mask}):
                    for optimizer in ("sgd", nn.adam(nn.schedules.power(0.1, 0.5))):
                        nn.train(net, theta, X, T, loss, optimizer, epochs=2, **extra)
    for frozen in (X, T):  # read-only arrays are another type to Numba, so the border copies them
        frozen.flags.writeable = False
    net = nn.mlp([2, 3])
    for form in (X, np.asfortranarray(X), X[::-1], X.astype(int)):
        nn.train(net, nn.initialize(net), form, T, epochs=1)
    for part in net:  # and a network that was mapped from a file
        part.flags.writeable = False
    nn.train(net, nn.initialize(net), X.copy(), T.copy(), epochs=1)
    assert len(before | set(training.run_epochs.signatures)) == 2


@jitted_only
def test_training_allocates_nothing(two_two_two):
    net, theta, X, T, mask = two_two_two
    X, T = np.repeat(X, 5, axis=0), np.repeat(T, 5, axis=0)

    def once(epochs):
        nn.train(net, theta, X, T, "l2", "adam", epochs=epochs, batch_size=2, mask=mask, l2=0.1)

    once(2)
    counted = _nrt_python.memsys_stats_enabled()
    _nrt_python.memsys_enable_stats()
    try:
        before = rtsys.get_allocation_stats()
        once(500)
        after = rtsys.get_allocation_stats()
    finally:
        _ = counted or _nrt_python.memsys_disable_stats()
    # Numba wraps each array that comes in, and lets it go; inside, nothing is allocated.
    assert after.alloc - before.alloc == after.free - before.free
    calls = after.mi_alloc - before.mi_alloc
    assert calls == after.mi_free - before.mi_free and calls < 500


@jitted_only
def test_a_kernel_that_allocates_does_not_compile():
    @jit.jit
    def greedy(n):
        return np.empty(n)[0]

    with pytest.raises(Exception, match="Only accept returning of array passed into"):
        greedy(3)


BOTH = """
import sys, numpy as np, nnlib as nn
out = {}
X, labels = nn.data.blobs(11, seed=3)
for k, g in enumerate(row.name for row in nn.activations.ROWS if row.trains and row.slope):
    for loss, output in (("l2", "softmax"), *((row.name, row.partner or g) for row in nn.losses.ROWS)):
        T = nn.data.one_hot(labels)
        net = nn.mlp([2, 4, 3, 3], g, output)
        theta = nn.initialize(net, "he_normal", seed=k)
        J, gradient = nn.backprop(net, theta, X, T, loss, l1=0.01, l2=0.02)
        out[f"{g} {loss} {output}"] = np.append(gradient, J)
        out[f"Z {g} {loss} {output}"] = np.concatenate([Z.ravel() for Z in nn.trace(net, theta, X).Z[1:]])
net = nn.mlp([2, 40, 3], "tanh", "softmax")
theta = nn.initialize(net)
out["big"] = nn.backprop(net, theta, X, labels, "cross_entropy")[1]
net = nn.mlp([2, 3, 3], "tanh", "softmax")
theta = nn.initialize(net)
for name in nn.optimizers.BY_NAME:
    run = nn.train(net, theta, X, labels, "cross_entropy", name, epochs=3, batch_size=4, l2=0.01)
    out[name] = np.append(run.theta, run.loss)
out["numerical"] = nn.numerical_gradient(net, theta, X, labels, "cross_entropy")
out["moons"] = nn.data.moons(9)[0]
S = nn.schedules
for f in (S.inverse_time(1, 0.1), S.power(1, 0.5), S.exponential(1, 0.9, 3), S.warmup(S.cosine(1, 5), 2)):
    out[repr(f)] = np.array([f(t) for t in range(1, 9)])
np.savez(sys.argv[1], **out)
"""


@jitted_only
@pytest.mark.once
def test_unjitted_is_the_same(tmp_path):
    results = []
    for unjitted in ("0", "1"):
        path = tmp_path / f"{unjitted}.npz"
        run(BOTH.replace("sys.argv[1]", repr(str(path))), NUMBA_DISABLE_JIT=unjitted)
        with np.load(path) as stored:
            results.append({name: stored[name] for name in stored.files})
    compiled, plain = results
    assert compiled.keys() == plain.keys() and len(plain) > 60
    for name, value in plain.items():
        # Central differences divide rounding by 1e-5.
        size = 1e-8 if name == "numerical" else 1e-12
        np.testing.assert_allclose(compiled[name], value, rtol=1e-12, atol=size * np.abs(value).max(), err_msg=name)


@pytest.mark.parametrize("collecting", [True, False])
def test_compiling_leaves_the_collector_as_it_was(collecting):
    def compile(signature):
        assert not gc.isenabled()
        if signature is None:
            raise ValueError("cannot be compiled")
        return signature

    dispatcher = jit.unhindered(types.SimpleNamespace(compile=compile))
    try:
        gc.enable() if collecting else gc.disable()
        assert dispatcher.compile("f8") == "f8"
        assert gc.isenabled() == collecting
        with pytest.raises(ValueError, match="cannot be compiled"):
            dispatcher.compile(None)
        assert gc.isenabled() == collecting
    finally:
        gc.enable()
    assert jit.unhindered(len) is len


@pytest.mark.parametrize("found", ["code", None])
def test_only_what_the_cache_has_not_begins_a_wait(found, monkeypatch):
    asked, begun = [], []
    cache = jit.Cache.__new__(jit.Cache)
    cache._py_func = lambda: None
    cache._py_func.__name__ = "flat"
    monkeypatch.setattr(jit.caching.FunctionCache, "load_overload", lambda *words: asked.append(words) or found)
    monkeypatch.setattr(jit.WAIT, "begin", begun.append)
    assert cache.load_overload("f8", "target") == found
    assert asked == [(cache, "f8", "target")] and begun == ([] if found else ["flat"])


@pytest.mark.parametrize("fault", [None, KeyboardInterrupt])
def test_the_outermost_call_ends_the_wait(fault, monkeypatch):
    """What it calls in turn compiles within it and ends nothing; an error ends it, and so does Ctrl-C."""
    wait = type(jit.WAIT)()
    monkeypatch.setattr(jit, "WAIT", wait)

    def compile_inner(signature):
        wait.begin("inner")

    inner = jit.unhindered(types.SimpleNamespace(compile=compile_inner))

    def compile_outer(signature):
        wait.begin("outer")
        inner.compile("f8")
        assert wait.is_on and wait.kernels == 2
        if fault:
            raise fault

    outer = jit.unhindered(types.SimpleNamespace(compile=compile_outer))
    with pytest.raises(fault) if fault else contextlib.nullcontext():
        outer.compile("f8")
    assert not wait.is_on and wait.timer is None
