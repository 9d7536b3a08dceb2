"""What a redirect's Location may look like, and where it leads: as Chromium asks.
Bounds, loops and freshness of redirects are in test_fetch.py and test_address.py."""

# status, Location lines, and the target that is asked for next, or the finding's code.
# {port} is the server's; {other} that of another host.
SHAPES = {
    "relative": (302, [b"../a/1"], "/a/1"),
    "rooted": (303, [b"/a/2"], "/a/2"),
    "protocol-relative": (307, [b"//127.0.0.1:{port}/a/3"], "/a/3"),
    "backslashes": (308, [b"\\\\127.0.0.1:{port}\\a\\4"], "/a/4"),
    "blanks-around": (301, [b" \t/a/5  "], "/a/5"),
    "blanks-within": (302, [b"/a/6 b"], "/a/6%20b"),
    "utf-8": (302, [b"/a/7\xc3\xa9"], "/a/7%C3%A9"),
    "no-utf-8": (302, [b"/a/8\xe9"], "/a/8%E9"),
    "tab-within": (302, [b"/a\t/9"], "/a/9"),
    "control-at-end": (302, [b"/a/10\x01"], "/a/10"),
    "control-within": (302, [b"/a/11\x01x"], "/a/11%01x"),
    "fragment": (302, [b"/a/12#part"], "/a/12"),
    "other-spelling": (302, [b"HTTP://0x7f.1:0{port}/a/13"], "/a/13"),
    "full-width": (302, ["http://１２７.0.0.1:{port}/a/14".encode()], "/a/14"),
    "no-slashes": (302, [b"http:/a/15"], "/a/15"),
    "empty-user": (302, [b"http://@127.0.0.1:{port}/a/16"], "/a/16"),
    "escapes": (302, [b"/a/%31%37%2f"], "/a/%31%37%2f"),
    "dots": (302, [b"/x/%2e%2e/a/18"], "/a/18"),
    "twice-the-same": (302, [b"/a/19", b"/a/19"], "/a/19"),
    "missing": (302, [], "http-error"),
    "empty": (302, [b""], "http-error"),
    "only-blanks": (302, [b"  "], "http-error"),
    "two-places": (302, [b"/a/20", b"/a/21"], "http-error"),
    "two-hosts": (302, [b"/a/20", b"http://127.0.0.2:{other}/a/21"], "http-error"),
    "bad-port": (302, [b"http://127.0.0.1:99999/"], "http-error"),
    "user": (302, [b"http://u:p@127.0.0.1:{port}/a/22"], "http-error"),
    "data": (302, [b"data:image/png;base64,iVBORw0KGgo="], "http-error"),
    "file": (302, [b"file:///etc/passwd"], "http-error"),
    "javascript": (302, [b"javascript:alert(1)"], "http-error"),
    "other-scheme-307": (307, [b"ftp://127.0.0.1/a.jpg"], "http-error"),
    "other-scheme-308": (308, [b"ws://127.0.0.1:{port}/a/23"], "http-error"),
    "blocked-port": (302, [b"http://127.0.0.1:22/"], "forbidden-address"),
    "refused-address": (302, [b"http://[::ffff:10.0.0.1]/"], "forbidden-address"),
    "itself": (302, [b"itself"], "redirect-loop"),
    "itself-fragment": (302, [b"#again"], "redirect-loop"),
    "multiple-choices": (300, [b"/a/24"], "http-error"),
    "not-modified-unasked": (304, [b"/a/25"], "http-error"),
    "use-proxy": (305, [b"http://127.0.0.2:{other}/"], "http-error"),
    "unknown-3xx": (399, [b"/a/26"], "http-error"),
}


def test_shapes_of_redirects(site, faultd, other_faultd):
    def lead(connection, _request, rest):
        status, locations, _ = SHAPES[rest]
        connection.send(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n" % status)
        for location in locations:
            for name, server in (b"{port}", faultd), (b"{other}", other_faultd):
                location = location.replace(name, b"%d" % server.port)
            connection.send(b"Location: " + location + b"\r\n")
        connection.send(b"\r\n")

    faultd.do_lead = lead
    faultd.do_a = lambda connection, request, rest: connection.answer(200, faultd.image)
    urls = {faultd.url(f"/lead/{name}"): name for name in SHAPES}
    site.jekyll().news("one", *urls)
    result = site.check()
    asked = [r.target for r in faultd.requests() if not r.target.startswith("/lead/")]
    assert sorted(asked) == sorted(to for _, _, to in SHAPES.values() if to.startswith("/"))
    assert other_faultd.requests() == []
    for url, name in urls.items():
        wanted = SHAPES[name][2]
        broken = [f["code"] for f in result.image(url)["findings"] if f["severity"] == "broken"]
        assert broken == ([] if wanted.startswith("/") else [wanted]), (name, broken)
