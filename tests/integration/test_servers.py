"""The test servers themselves: what the other tests rely on."""

import http.client
import ssl
import subprocess
import urllib.error
import urllib.request

import pictures


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.status, dict(answer.headers), answer.read()


def test_nginx_counts_requests_and_revalidates(web):
    data = pictures.jpeg(64, 48)
    web.put("a.jpg", data)
    status, fields, body = get(web.url("stale", "a.jpg"))
    assert (status, body, fields["Cache-Control"]) == (200, data, "max-age=0")
    try:
        get(web.url("stale", "a.jpg"), **{"If-None-Match": fields["ETag"]})
        raise AssertionError("nginx did not answer 304")
    except urllib.error.HTTPError as error:
        assert error.code == 304
    assert [(r["path"], r["status"]) for r in web.requests()] == [
        ("/stale/a.jpg", 200),
        ("/stale/a.jpg", 304),
    ]
    web.forget()
    assert web.requests() == []
    _, fields, _ = get(web.url("bare", "a.jpg"))
    assert "ETag" not in fields and "Last-Modified" not in fields


def test_nginx_speaks_http2_under_the_test_authority(web):
    web.put("a.jpg", pictures.jpeg(64, 48))
    context = ssl.create_default_context(cafile=str(web.certificates.authority))
    context.set_alpn_protocols(["h2"])
    connection = http.client.HTTPSConnection("127.0.0.1", web.tls_port, context=context)
    connection.connect()
    assert connection.sock.selected_alpn_protocol() == "h2"
    connection.close()


def test_bad_certificates_are_bad_in_their_own_way(web):
    def verdict(kind):
        done = subprocess.run(
            [
                "openssl",
                "s_client",
                "-connect",
                f"127.0.0.1:{web.tls_ports[kind]}",
                "-CAfile",
                str(web.certificates.authority),
                "-verify_ip",
                "127.0.0.1",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return [line.strip() for line in done.stdout.splitlines() if "Verify return code" in line][
            0
        ]

    assert "0 (ok)" in verdict("good")
    assert "expired" in verdict("expired")
    assert "IP address mismatch" in verdict("wrong-host")
    assert "self-signed" in verdict("self-signed")


def test_faultd_records_and_counts(faultd):
    status, _, body = get(faultd.url("/image/3"), **{"X-Test": "yes"})
    assert status == 200 and pictures.opened(body).size == (400, 300)
    (request,) = faultd.requests("/image/3")
    assert request.method == "GET" and request.headers["x-test"] == "yes"
    for expected in (429, 429, 200):
        try:
            status, _, _ = get(faultd.url("/ok-after/429/2"))
        except urllib.error.HTTPError as error:
            status = error.code
        assert status == expected


def test_faultd_lies_about_length(faultd):
    try:
        get(faultd.url("/short-body"))
        raise AssertionError("the body was whole")
    except http.client.IncompleteRead as error:
        assert len(error.partial) == len(faultd.image) and error.expected == 1000


def test_pictures_are_as_broken_as_they_say():
    assert pictures.opened(pictures.jpeg(300, 200, orientation=6)).size == (300, 200)
    assert pictures.opened(pictures.jpeg(300, 200, orientation=6)).getexif()[0x0112] == 6
    assert pictures.opened(pictures.png(30, 20, mode="RGBA")).mode == "RGBA"
    assert pictures.opened(pictures.gif(frames=3)).n_frames == 3
    for broken in (
        pictures.truncated(pictures.jpeg()),
        pictures.undecodable_png(),
        pictures.huge_png(),
    ):
        try:
            pictures.opened(broken)
        except Exception as error:  # pylint: disable=broad-except
            assert type(error).__name__ in (
                "OSError",
                "SyntaxError",
                "DecompressionBombError",
                "UnidentifiedImageError",
            ), error
        else:
            raise AssertionError("it decoded")
