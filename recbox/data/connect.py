"""HTTPS connections with a limit on how long connecting may take, name look-up included."""

from __future__ import annotations

import http.client
import ssl
import threading
import urllib.request
from collections.abc import Callable
from email.message import Message
from typing import IO, Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def open_url(url: str, headers: dict[str, str]) -> Any:
    """The response to a GET; `OSError` (of which `URLError` is one) where there is none.

    Only HTTPS, also after a redirect; plain HTTP for this machine itself.
    """
    _require_safe(url)
    opener = urllib.request.build_opener(_Http, _Https, _Redirect)
    opener.addheaders = [("User-Agent", "recbox"), ("Accept-Encoding", "identity")]
    return opener.open(urllib.request.Request(url, headers=headers), timeout=CONNECT_SECONDS)  # noqa: S310


def _require_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise OSError(f"{url} is not https")


def _within(seconds: float, work: Callable[[], None]) -> None:
    """Run `work`, but wait no longer: a look-up of a name knows no time limit of its own."""
    failure: list[BaseException] = []

    def attempt() -> None:
        try:
            work()
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"no connection within {seconds:.0f} s")
    if failure:
        raise failure[0]


class _LimitedHttp(http.client.HTTPConnection):
    def connect(self) -> None:
        _within(CONNECT_SECONDS, super().connect)
        self.sock.settimeout(READ_SECONDS)


class _LimitedHttps(http.client.HTTPSConnection):
    def connect(self) -> None:
        _within(CONNECT_SECONDS, super().connect)
        self.sock.settimeout(READ_SECONDS)


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_LimitedHttp, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_LimitedHttps, req, context=ssl.create_default_context())


class _Redirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        _require_safe(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
