"""Headless Chromium, asked through a pipe by the DevTools protocol: no port, no driver, no package."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--remote-debugging-pipe", "--disable-background-networking", "--disable-component-update"),
    *("--hide-scrollbars", "--force-color-profile=srgb"),
)
SLOW = 20.0
"""Seconds that anything may take."""
KEYS = {"Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, "Tab": 9, " ": 32}

_STILL = """(async () => {
  const middle = () => {
    const e = document.querySelectorAll(%s)[%d];
    e.scrollIntoView({block: 'center', behavior: 'instant'});
    const r = e.getBoundingClientRect();
    return [r.x + r.width / 2, r.y + r.height / 2];
  };
  let before, now = middle();
  do {
    before = now;
    await new Promise((done) => setTimeout(done, 60));
    now = middle();
  } while (String(before) !== String(now));
  return now;
})()"""


class Browser:
    """One process; pages of it share nothing but that."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM
        theirs, self._out = os.pipe()
        self._in, ours = os.pipe()
        command = [CHROMIUM, *SWITCHES, f"--user-data-dir={profile}", "about:blank"]
        moves = [(os.POSIX_SPAWN_DUP2, theirs, 3), (os.POSIX_SPAWN_DUP2, ours, 4)]
        quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
        self._pid = os.posix_spawn(CHROMIUM, command, os.environ, file_actions=[*moves, *quiet])
        os.close(theirs)
        os.close(ours)
        self._number, self._rest = 0, b""
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """The result of a command; events that come meanwhile are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        message |= {"sessionId": session} if session else {}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + SLOW
        while True:
            said = self._next(deadline)
            if said.get("id") == self._number:
                assert "error" not in said, (method, said["error"])
                return said["result"]
            self.events.append(said)

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser doesn't answer"
            more = os.read(self._in, 1 << 20)
            assert more, "the browser is gone"
            self._rest += more
        first, _, self._rest = self._rest.partition(b"\0")
        return json.loads(first)

    def page(self, width: int = 1280, dark: bool = False) -> Page:
        """A page in a profile of its own."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session, context, width, dark)

    def close(self) -> None:
        """Ends the process, by force where it doesn't go."""
        try:
            self.ask("Browser.close")
        except (AssertionError, OSError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._in)
        os.close(self._out)


class Page:
    """One tab: what it shows, and all that it asked for or complained of."""

    def __init__(self, browser: Browser, session: str, context: str, width: int, dark: bool) -> None:
        self._browser, self._session, self._context = browser, session, context
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")
        self.look(width, dark)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.ask(method, self._session, **params)

    def look(self, width: int, dark: bool) -> None:
        """As on a screen this wide, by a reader who wants it light or dark."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme, still])

    def away(self, offline: bool) -> None:
        """Without a network, or with it again."""
        through = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.ask("Network.emulateNetworkConditions", offline=offline, **through)

    def go(self, url: str) -> None:
        self.ask("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def js(self, expression: str) -> Any:
        """The value of an expression, of a promise once it is kept."""
        how = {"returnByValue": True, "awaitPromise": True, "userGesture": True}
        done = self.ask("Runtime.evaluate", expression=expression, **how)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression is true."""
        deadline = time.monotonic() + SLOW
        while not self.js(f"Boolean({condition})"):
            assert time.monotonic() < deadline, f"never true: {condition}"
            time.sleep(0.02)

    def text(self, selector: str) -> str:
        """What can be read there."""
        return self.js(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def texts(self, selector: str) -> list[str]:
        """The texts of all that fit, those that aren't seen too."""
        return self.js(f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.textContent)")

    def click(self, selector: str, nth: int = 0) -> None:
        """With the mouse, in its middle, once it stands still: what lies over it gets the click."""
        self.wait(f"document.querySelectorAll({json.dumps(selector)})[{nth}]")
        x, y = self.js(_STILL % (json.dumps(selector), nth))
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, text: str) -> None:
        self.ask("Input.insertText", text=text)

    def press(self, key: str) -> None:
        code = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        typed = {"Enter": "\r", " ": " "}.get(key)
        self.ask("Input.dispatchKeyEvent", type="keyDown", **code, **({"text": typed} if typed else {}))
        self.ask("Input.dispatchKeyEvent", type="keyUp", **code)

    def shot(self, file: Path) -> None:
        """The whole page as a picture."""
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def said(self, *methods: str) -> list[Mapping[str, Any]]:
        """The parameters of the events of these names so far."""
        self.js("0")
        mine = [e for e in self._browser.events if e.get("sessionId") == self._session]
        return [e["params"] for e in mine if e["method"] in methods]

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, refusals by the policy, and exceptions."""
        bad = ("error", "warning", "assert")
        spoken = [e for e in self.said("Runtime.consoleAPICalled") if e["type"] in bad]
        thrown = self.said("Runtime.exceptionThrown")
        logged = [e["entry"] for e in self.said("Log.entryAdded") if e["entry"]["level"] in bad]
        return [json.dumps(e) for e in (*spoken, *thrown, *logged)]

    def asked(self) -> list[str]:
        """The addresses of all requests."""
        return [e["request"]["url"] for e in self.said("Network.requestWillBeSent")]

    def close(self) -> None:
        self._browser.ask("Target.disposeBrowserContext", browserContextId=self._context)
