"""Firefox and WebKit, driven from outside: each opens an address, runs JavaScript, and is given keys and clicks.

Chromium has Playwright. Firefox as Debian ships it listens by itself to WebDriver BiDi, which is JSON over a socket.
WebKit comes with a driver for Selenium, and wants a screen, which Xvfb pretends to be.
"""

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

KEYS = {"ArrowRight": "\ue014"}  # as WebDriver names it; without a window Firefox lets no key press a button
PATIENCE = 30  # seconds
# A network that is cut: whatever is asked for goes to a port of this machine where nobody is.
WISHES = {"network.proxy.type": 1, "app.update.enabled": False, "browser.shell.checkDefaultBrowser": False}
WISHES |= {f"network.proxy.{kind}": "127.0.0.1" for kind in ("http", "ssl")}
WISHES |= {f"network.proxy.{kind}_port": 9 for kind in ("http", "ssl")}


class Missing(Exception):
    """What is not installed."""


class Firefox:
    """Firefox without a window, by WebDriver BiDi: https://w3c.github.io/webdriver-bidi."""

    def __init__(self):
        import websocket

        program = shutil.which("firefox-esr") or shutil.which("firefox")
        if program is None:
            raise Missing("no firefox-esr")
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        wishes = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in WISHES.items())
        (Path(self.profile.name) / "user.js").write_text(wishes, encoding="utf-8")
        self.log = Path(self.profile.name) / "log"
        with self.log.open("wb") as log:
            command = [
                program,
                "--headless",
                "--no-remote",
                "--remote-debugging-port=0",
                "--profile",
                self.profile.name,
            ]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE
        while not (
            found := re.search(r"WebDriver BiDi listening on (ws://\S+)", self.log.read_text("utf-8", "replace"))
        ):
            if self.process.poll() is not None or time.monotonic() > until:
                raise Missing(f"firefox-esr does not start: {self.log.read_text('utf-8', 'replace')[-300:]}")
            time.sleep(0.1)
        self.socket = websocket.create_connection(f"{found[1]}/session", timeout=PATIENCE, suppress_origin=True)
        self.numbers, self.faults = itertools.count(1), []
        self._say("session.new", capabilities={})
        self._say("session.subscribe", events=["log.entryAdded"])
        self.context = self._say("browsingContext.getTree")["contexts"][0]["context"]

    def _log(self):
        return self.log.read_text("utf-8", "replace")

    def _say(self, method, **params):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self.socket.recv())
            if told.get("method") == "log.entryAdded" and told["params"]["level"] in ("error", "warn"):
                self.faults.append(told["params"]["text"])
            if told.get("id") == number:
                if told["type"] == "error":
                    raise RuntimeError(f"{method}: {told['message']}")
                return told["result"]

    def size(self, width, height):
        self._say("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})

    def go(self, address):
        """Open a page; `faults` are its own from here on."""
        self.faults.clear()
        self._say("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def run(self, expression):
        """The value of an expression, which may be a promise."""
        asked = f"(async () => JSON.stringify((await ({expression})) ?? null))()"
        target = {"context": self.context}
        told = self._say("script.evaluate", expression=asked, target=target, awaitPromise=True)
        if told["type"] == "exception":
            raise RuntimeError(told["exceptionDetails"]["text"])
        return json.loads(told["result"]["value"])

    def press(self, key):
        actions = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def click(self, x, y):
        there = {"type": "pointerMove", "x": x, "y": y}
        actions = [there, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._act({"type": "pointer", "id": "mouse", "actions": actions})

    def _act(self, source):
        self._say("input.performActions", context=self.context, actions=[source])

    def close(self):
        with contextlib.suppress(Exception):
            self._say("browser.close")
            self.process.wait(PATIENCE)
        self.socket.close()
        self.process.kill()
        self.process.wait()
        self.profile.cleanup()


class WebKit:
    """WebKit's small browser, by Selenium; what goes wrong in a script is noted from the moment a page is there."""

    NOTES = "addEventListener('error', e => (window.faults ??= []).push(e.message))"

    def __init__(self):
        from selenium import webdriver
        from selenium.common.exceptions import WebDriverException

        driver = shutil.which("WebKitWebDriver")
        browser = next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
        for name, found in (("WebKitWebDriver", driver), ("MiniBrowser", browser), ("Xvfb", shutil.which("Xvfb"))):
            if not found:
                raise Missing(f"no {name}")
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
        self.screen = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read, encoding="ascii") as told:
            display = f":{told.readline().strip()}"
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(browser)
        options.add_argument("--automation")
        environment = {**os.environ, "DISPLAY": display, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        service = webdriver.WebKitGTKService(driver, env=environment)
        try:
            self.driver = webdriver.WebKitGTK(options=options, service=service)
        except WebDriverException as error:
            self.screen.kill()
            raise Missing(f"WebKit does not start: {str(error).splitlines()[0]}") from error
        self.driver.set_script_timeout(PATIENCE)

    @property
    def faults(self):
        return self.run("window.faults") or []

    def size(self, width, height):
        self.driver.set_window_size(width, height)

    def go(self, address):
        self.driver.get("about:blank")  # or an address that differs in its fragment only loads nothing
        self.driver.get(address)
        self.driver.execute_script(self.NOTES)

    def run(self, expression):
        """The value of an expression, which may be a promise."""
        asked = f"const end = arguments[0]; (async () => ({expression}))().then(v => end([v]), e => end('' + e))"
        told = self.driver.execute_async_script(asked)
        if isinstance(told, str):
            raise RuntimeError(told)
        return told[0]

    def press(self, key):
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(KEYS[key]).perform()

    def click(self, x, y):
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        actions = ActionBuilder(self.driver)
        actions.pointer_action.move_to_location(int(x), int(y)).click()
        actions.perform()

    def close(self):
        with contextlib.suppress(Exception):
            self.driver.quit()
        self.screen.kill()
        self.screen.wait()
