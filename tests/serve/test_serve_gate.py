"""Who may come in, how much, and what every answer carries."""

from __future__ import annotations

import json
import socket
import time

import pytest
from serving import head, inside

from recbox.errors import OptionError
from recbox.serve import starting
from recbox.serve.options import Options, name_of, store_of
from recbox.serve.signing import signed, version_of

ASK = b'{"user":"u0","k":1}'


def test_every_answer_is_shut_to_browsers(served):
    for found in (served.post("/recommend", {"user": "u0"}), served.get("/nowhere"), served.get("/livez")):
        assert found.headers["content-security-policy"].startswith("default-src 'none'")
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in found.headers and "server" not in found.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/recommend", 405),
        ("POST", "/livez", 405),
        ("OPTIONS", "/events", 405),
        ("POST", "/recommend/", 404),
        ("GET", "/livez/", 404),
    ],
)
def test_other_paths_and_methods_are_told(served, method, path, status):
    found = served.ask(method, path)
    assert found.status == status and found.error["where"] == "path"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/", "/openapi.json", "/nowhere", "/recommend"])
def test_head_is_get_without_a_body(served, path):
    head, get = served.ask("HEAD", path), served.get(path)
    assert (head.status, head.body) == (get.status, b"")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.body))


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_what_a_form_can_send_is_refused(served, kind):
    """So that no other site's page can store events by a visitor's browser."""
    assert served.post("/events", ASK, content_type=kind).status == 415
    assert served.post("/recommend", ASK, content_type="Application/JSON; charset=utf-8").status == 200


def test_other_names_and_other_sites_are_refused(served):
    assert served.get("/livez", host="evil.example").status == 403
    assert served.get("/livez", host="localhost:1").status == 200
    assert served.get("/livez", host="[::1]:80").status == 200
    assert served.get("/livez", origin="http://evil.example").status == 403
    assert served.get("/livez", host="[::1").status == 403 and served.get("/livez", host="").status == 403
    twice = b"GET /livez HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n"
    assert served.raw(twice).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("host", "page", "scheme", "status"),
    [
        (None, "http://127.0.0.1:{port}", None, 200),
        (None, "HTTP://127.0.0.1:{port}", None, 200),
        (None, "http://127.0.0.1:5", None, 403),
        (None, "http://127.0.0.1", None, 403),
        (None, "http://localhost:{port}", None, 403),
        (None, "https://127.0.0.1:{port}", None, 403),
        (None, "http://127.0.0.1:{port}.evil.example", None, 403),
        (None, "http://127.0.0.1:{port}@evil.example", None, 403),
        (None, "null", None, 403),
        (None, "", None, 403),
        ("localhost", "http://localhost", None, 200),
        ("localhost", "http://localhost:80", None, 200),
        ("localhost:80", "http://localhost", None, 200),
        ("localhost", "http://localhost:8080", None, 403),
        ("localhost", "https://localhost", None, 403),
        ("localhost", "https://localhost", "https", 200),
        ("localhost", "https://localhost:443", "https, http", 200),
        ("localhost", "http://localhost", "https", 403),
        ("localhost", "https://localhost:8443", "https", 403),
        ("localhost:8443", "https://localhost:8443", "https", 200),
        ("localhost", "https://localhost", "gopher", 403),
        ("[::1]:8000", "http://[::1]:8000", None, 200),
        ("[::1]:8000", "http://[::1]:8001", None, 403),
    ],
)
def test_pages_of_the_same_scheme_name_and_port_alone_may_ask(served, host, page, scheme, status):
    """As a browser has them; behind a proxy that ends TLS, as that says."""
    headers = {"origin": page.format(port=served.port)}
    headers |= {"host": host} if host else {}
    headers |= {"x_forwarded_proto": scheme} if scheme else {}
    assert served.get("/livez", **headers).status == status
    assert served.post("/recommend", ASK, **headers).status == status


def test_a_body_is_bounded_however_it_comes(served):
    large = b'{"user": "' + b"x" * (1 << 20) + b'"}'
    assert served.post("/recommend", large).status == 413
    chunked = b"".join(b"%x\r\n%s\r\n" % (1 << 16, b"x" * (1 << 16)) for _ in range(40)) + b"0\r\n\r\n"
    start = head(0).replace(b"content-length: 0", b"transfer-encoding: chunked")
    assert served.raw(start + chunked).startswith(b"HTTP/1.1 413")
    tiny = b"".join(b"1\r\n \r\n" for _ in range(100_000)) + b"0\r\n\r\n"
    assert served.raw(start + tiny, 20).startswith(b"HTTP/1.1 400")
    assert served.raw(b"GET /livez HTTP/1.1\r\n" + b"x: " + b"y" * (1 << 20)).startswith(b"HTTP/1.1 4")
    assert served.items(user="u0", k=1)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"user": "\\ud800"}', b'{"user": NaN}',
        b'{"user": 1e999}', b'{"user": ' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"a":' * 50_000,
        b'{"user": "u0", "diversity": NaN}', b'{"user": "u0", "diversity": Infinity}',
        b'{"user": "u0", "k": 1e400}', b'{"user": "u0", "user": "u1", "k": "5"}', b'{"user": "\x00"}',
        b'{"user": "u0", "where": "\\u0000"}', b'{"user": "u0", "boost": [{"items": [], "by": 1e300}]}',
    ],
    ids=lambda raw: repr(raw[:30]),
)  # fmt: skip
def test_no_body_is_a_fault(served, raw):
    found = served.post("/recommend", raw)
    assert 400 <= found.status < 500 and found.error["what"]


def test_a_token_is_asked_for_everywhere_but_where_there_is_nothing_to_learn(artifact, tmp_path, capfd):
    secret = "open-sesame-123"
    with inside(artifact, tmp_path / "e.db", token=secret) as own:
        assert own.get("/livez").status == own.get("/readyz").status == 200
        for path in ("/metrics", "/about", "/nowhere"):
            assert own.get(path).status == 401
        for wrong in ("Bearer", "Bearer ", f"Basic {secret}", f"Bearer {secret}x", f"bearer{secret}", secret):
            found = own.post("/recommend", ASK, authorization=wrong)
            assert found.status == 401 and found.headers["www-authenticate"] == "Bearer"
        for scheme in ("Bearer", "bearer", "BEARER "):  # RFC 9110: case is no matter
            assert own.post("/recommend", ASK, authorization=f"{scheme} {secret}").status == 200
    assert secret not in capfd.readouterr().err


def test_metrics_are_of_all_processes(served):
    def asked():
        lines = served.get("/metrics").body.decode().splitlines()
        found = {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in lines if line[0] != "#"}
        assert all(float(value) >= 0 for value in found.values())
        return found

    name = 'recbox_requests_total{path="/search",status="200"}'
    before = float(asked().get(name, 0))
    for _ in range(20):
        served.get("/search?q=a")
    after = asked()
    assert float(after[name]) == before + 20
    count = float(after['recbox_request_seconds_count{path="/search"}'])
    assert count == float(after['recbox_request_seconds_bucket{path="/search",le="+Inf"}']) >= 20
    assert after["recbox_workers_ready"] == "2"
    end = time.monotonic() + 10
    while asked()["recbox_requests_in_flight"] != "1":  # the other process's are over too
        assert time.monotonic() < end


def test_the_interface_describes_itself(served):
    found = served.get("/openapi.json").json
    paths = {
        "/recommend",
        "/similar",
        "/explain",
        "/events",
        "/items",
        "/users",
        "/history",
        "/search",
        "/about",
    }
    assert paths <= set(found["paths"])
    for path in paths:
        for operation in found["paths"][path].values():
            assert operation["description"] and {"200", "422", "429", "503"} <= set(operation["responses"])
    for name, schema in found["components"]["schemas"].items():
        if name in ("Recommend", "Similar", "Explain", "Events", "Items", "Users", "History"):
            assert schema["examples"] and schema["additionalProperties"] is False


def test_ids_of_recommendations_say_their_version_and_can_not_be_made_up():
    key = b"k" * 32
    found = signed("0123456789ab", key)
    assert version_of(found, key) == "0123456789ab"
    assert version_of(found, b"l" * 32) is None
    for other in (None, "", "r", found[:-1], found + "0", found.replace("0123", "3210"), "ü" * 46):
        assert version_of(other, key) is None
    assert signed("0123456789ab", key) != found


def test_where_it_listens_decides_who_may_call(tmp_path):
    def at(host: str, *hosts: str) -> Options:
        return Options(tmp_path, tmp_path, host, hosts=hosts)

    assert at("127.0.0.1").local and at("::1").local and at("localhost").local
    assert not at("0.0.0.0").local and not at("::").local and not at("shop.example").local
    assert "shop.example" in at("127.0.0.1", "shop.example").names and not at("0.0.0.0").names
    assert Options.loaded(at("::1", "a").dumped(), "t").token == "t"
    assert "secret" not in Options(tmp_path, tmp_path, token="secret").dumped()
    assert store_of(tmp_path / "shop") == tmp_path / "shop.events.db"


def test_an_open_address_without_a_token_is_warned_of(artifact, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr("recbox.serve.running.run", lambda *_: None)
    for token in (None, "a-secret"):
        starting.serve(Options(artifact, tmp_path / "e.db", "0.0.0.0", 0, token=token))
        assert ("anybody who reaches this machine" in capfd.readouterr().err) == (token is None)
    with inside(artifact, tmp_path / "e.db", host="0.0.0.0") as own:
        assert own.get("/livez", host="any.name").status == 200


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (["--reload-every", "nan"], "not a number"),
        (["--reload-every", "inf"], "not in the range"),
        (["--allow-host", "http://x.y"], "no name of a host"),
        (["--allow-host", "x.y:80"], "no name of a host"),
        (["--allow-host", "*.x.y"], "no name of a host"),
        (["--allow-host", ""], "no name of a host"),
        (["--store", "/nonexist/x.db"], "can't open the store"),
    ],
)
def test_what_can_not_be_served_so_is_said_before_it_listens(artifact, tmp_path, more, what, capsys):
    from recbox.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["serve", str(artifact), "--store", str(tmp_path / "e.db"), "--port", "0", *more])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and what in said and "listening" not in said and "Traceback" not in said


def test_names_of_hosts_are_as_clients_send_them():
    named = [name_of(each) for each in (" Shop.Example ", "[::1]", "0:0::1", "10.0.0.7", "a_b", "x.y.")]
    assert named == ["shop.example", "::1", "::1", "10.0.0.7", "a_b", "x.y."]


@pytest.mark.parametrize("what", ["artifact", "store", "token", "port"])
def test_what_can_not_be_served_ends_with_2_and_says_why(artifact, tmp_path, what, capsys):
    from recbox.cli import main

    (tmp_path / "bad").write_text("no such thing" if what == "store" else "two words")
    place = tmp_path / "none" if what == "artifact" else artifact
    store = tmp_path / "bad" if what == "store" else tmp_path / "e.db"
    more = ["--token-file", str(tmp_path / "bad")] if what == "token" else []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1]) if what == "port" else "0"
        with pytest.raises(SystemExit) as ended:
            main(["serve", str(place), "--store", str(store), "--port", port, *more])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "recbox: " in said and "Traceback" not in said, json.dumps(said)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(starting, "NEEDED", ("fastapi", "no_such_package"))
    with pytest.raises(OptionError, match="no_such_package"):
        starting.serve(Options(store_of(starting.__file__), store_of(starting.__file__)))
