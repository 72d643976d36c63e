"""Raw bytes in place of requests: whatever comes, no answer is a fault, and the next client is served."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PATHS = [
    "/recommend",
    "/events",
    "/items",
    "/similar",
    "/explain",
    "/search?q=%ff%00&limit=2",
    "/",
    "*",
    "//",
    "/../../etc/passwd",
    "/recommend/../livez",
    "http://[::1/",
    "/%",
    "/livez#x",
    "/é",
    "",
]
BODIES = [
    b"",
    b"{}",
    b'{"user":"u0"}',
    b'{"user":"\xed\xa0\x80"}',
    b"[" * 3000,
    b"\x00" * 50,
    b"0" * 5000,
    b'{"items":[1],"k":1e9}',
    b'{"history":[' + b"100," * 400 + b"100]}",
    b'{"user":{"$ne":1}}',
    b'{"events":[{"user":1,"item":2,"time":1e308}]}',
    b'{"items":[{"id":1,"columns":{"":null}}]}',
]
HEADERS = [
    b"content-length: -1",
    b"content-length: 1e3",
    b"content-length: 99999999999999999999",
    b"content-length: 5, 5",
    b"transfer-encoding: chunked",
    b"transfer-encoding: chunked, identity",
    b"transfer-encoding: xchunked",
    b"expect: 100-continue",
    b"upgrade: websocket\r\nconnection: upgrade",
    b"connection: close",
    b"host: a\r\nhost: b",
    b"range: bytes=" + b"0-1," * 1000,
    b"cookie: " + b"a" * 8000,
    b"content-type: application/json",
    b"content-type: multipart/form-data; boundary=x",
    b"x : y",
    b" folded",
    b"x:\x00",
    b"x: \xff\xfe",
    b": empty",
    b"accept-encoding: gzip;q=nan",
    b"te: trailers",
    b"content-encoding: gzip",
    b"origin: null",
    b"authorization: Bearer \xff",
    b"h2c: 1\r\n" * 300,
]

raw = st.builds(
    lambda method, path, version, headers, body, length, end: (
        method + b" " + path.encode() + version
        + b"".join(header + end for header in headers)
        + (b"content-length: %d" % (len(body) + length) + end if length is not None else b"")
        + end + body
    ),
    st.sampled_from([b"GET", b"POST", b"PUT", b"HEAD", b"TRACE", b"CONNECT", b"get", b"", b"\x16\x03"]),
    st.sampled_from(PATHS),
    st.sampled_from([b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b" HTTP/2.0\r\n", b" HTTP/9.9\r\n", b"\r\n", b"\n"]),
    st.lists(st.sampled_from([b"host: localhost", b"content-type: application/json", *HEADERS]), max_size=5),
    st.sampled_from(BODIES),
    st.sampled_from([None, 0, 0, 0, -1, 7]),
    st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"]),
)  # fmt: skip
chunked = st.builds(
    lambda sizes, tail: (
        b"POST /recommend HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\n" + b"".join(sizes) + tail
    ),
    st.lists(
        st.sampled_from([b"1\r\n{\r\n", b"2\r\n{\r\n", b"-1\r\n\r\n", b"ffffffffffffffff\r\n", b"zz\r\n"])
    ),
    st.sampled_from([b"0\r\n\r\n", b"0\r\nx: y\r\n\r\n", b"", b"\r\n"]),
)
anything = st.binary(max_size=300)
pipelined = st.lists(st.one_of(raw, chunked), min_size=2, max_size=4).map(b"".join)


@pytest.mark.parametrize(
    "cases", [60, pytest.param(2000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
def test_no_bytes_are_a_fault(served, cases):
    @settings(max_examples=cases)
    @given(st.one_of(raw, raw, chunked, anything, pipelined))
    def one(data: bytes) -> None:
        found = served.raw(data, 15)
        for status in re.findall(rb"HTTP/1\.1 (\d+)", found):
            assert status < b"500", (data, found)
        assert found == b"" or found.startswith(b"HTTP/1.1 "), (data, found)

    one()
    assert served.items(user="u0", k=1) and not served.said("process ended")
    assert [line["traceback"] for line in served.said("fault")] == []
