"""Where requests may go: every row of the IANA special-purpose registries, every spelling of an
address, ports, user information, name servers that lie. Through the real binary, in a network of
its own, where each connection that is begun is counted: none may be."""

import ipaddress
import urllib.parse

# Every row of both registries (RFC 6890 and its updates), multicast, reserved space.
V4_BLOCKS = """
0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24
192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24
198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
""".split()
V6_BLOCKS = """
::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128
2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28
2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
4000::/3 8000::/2 1000::/4
""".split()
METADATA = """
169.254.169.254 169.254.170.2 168.63.129.16 100.100.100.200 192.0.0.192 fd00:ec2::254
""".split()


def spread(block):
    """First, last, and some between."""
    network = ipaddress.ip_network(block)
    size = network.num_addresses
    places = {0, min(1, size - 1), size // 3, size // 2, size * 2 // 3, max(0, size - 2), size - 1}
    return {str(network[place]) for place in places}


def embedded(v4):
    """IPv6 addresses with this IPv4 address in them."""
    high, low = (int.from_bytes(ipaddress.ip_address(v4).packed[i : i + 2], "big") for i in (0, 2))
    text = f"{high:x}:{low:x}"
    inverted = f"{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}"
    return {
        f"::ffff:{text}",
        f"::{text}",
        f"64:ff9b::{text}",
        f"2002:{text}::1",
        f"2001:0:808:808:0:1:{inverted}",
        f"2001:0:{text}:0:1:f7f7:f7f7",
        f"2a00:1450::5efe:{text}",
        f"2a00:1450::200:5efe:{text}",
    }


def forbidden_addresses():
    found = set(METADATA)
    for block in V4_BLOCKS + V6_BLOCKS:
        found |= spread(block)
    for v4 in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1"):
        found |= embedded(v4)
    return sorted(found)


FORBIDDEN = forbidden_addresses()

# All of them mean 127.0.0.1, 10.0.0.1, 169.254.169.254, 0.0.0.0 or their like to a browser.
SPELLINGS = r"""
0x7f.1 0X7F.1 0x7f.0x1 0x7f.0.1 0x7f.0.0.1 0x7f.0x0.0x0.0x1 0x7f000001 0X7F000001 0x7F.1
2130706433 02130706433x 017700000001 0177.1 0177.0.1 0177.0.0.1 0177.0.0.01 00177.1 000000177.0.0.1
127.1 127.0.1 127.0.0.1 127.0.0.1. 127.1. 127.0.0.0x1 127.0x1 127.65535 127.0x00.0x00.0x01
0 0x 0x0 00 0.0 0.0.0.0 0.0.0.0. 000 4294967295 0xffffffff 037777777777 255.255.255.255
10.1 012.1 0xa.1 0x0a000001 167772161 10.0.1 01200000001 10.0.0.1
2852039166 0xa9fea9fe 0251.0376.0251.0376 0251.254.169.254 169.16689662 169.254.43518 025177524776
3232235777 0xc0a80101 0300.0250.1.1 192.168.257 192.11010305 172.16.1 0xac.0x10.1
%31%32%37.0.0.1 127%2e0%2e0%2e1 %30x7f.1 127.0.0.%31 １２７.0.0.1 127。0。0。1 127．0．0．1 ⑫⑦.1 ①②⑦.0.0.1
[::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::0001] [0::1] [::0.0.0.1]
[::ffff:7f00:1] [::FFFF:7F00:0001] [::ffff:127.0.0.1] [0:0:0:0:0:ffff:127.0.0.1] [::127.0.0.1]
[::ffff:a9fe:a9fe] [::ffff:169.254.169.254] [64:ff9b::10.0.0.1] [64:FF9B::7f00:1] [2002:7f00:1::]
[::] [::0] [fe80::1] [FE80::1] [fd00:EC2::254] [fd00:0ec2:0::0254] [FC00::1] [::ffff:0:0] [::a00:1]
""".split()


def outcome(result):
    """url -> (status, grave codes)"""
    return {
        image["url"]: (
            image["status"],
            {f["code"] for f in image["findings"] if f["severity"] in ("broken", "blocked")},
        )
        for image in result.report["images"]
    }


def literal(address):
    return f"[{address}]" if ":" in address else address


def test_the_tables_are_large():
    assert len(FORBIDDEN) >= 300 and len(set(SPELLINGS)) >= 60


def test_every_forbidden_address_is_refused(site, picdesk, island):
    site.jekyll().news("one", *(f"http://{literal(address)}/a.jpg" for address in FORBIDDEN))
    result = site.run("check", "--format", "json", wrapper=island.wrapper)
    wrong = {u: o for u, o in outcome(result).items() if o != ("broken", {"forbidden-address"})}
    assert not wrong and result.totals["images"] == len(FORBIDDEN), wrong
    assert island.opened() == 0 and result.report["problems"] == []


def test_every_spelling_is_refused(site, island):
    """Those that a browser calls no address are no name either."""
    site.jekyll().news("one", *(f"http://{host}/a.jpg" for host in SPELLINGS))
    result = site.run("check", "--format", "json", wrapper=island.wrapper)
    found = outcome(result)
    assert found.pop("http://02130706433x/a.jpg") == ("broken", {"dns"})
    wrong = {u: o for u, o in found.items() if o != ("broken", {"forbidden-address"})}
    assert not wrong, wrong
    assert island.opened() == 0


def test_no_redirect_leads_to_a_forbidden_address(site, island):
    """Of the loopback addresses 127.0.0.0/8 are allowed here, and nothing else."""
    hosts = [literal(a) for a in FORBIDDEN] + SPELLINGS
    allowed = ipaddress.ip_network("127.0.0.0/8")
    targets = {}
    for host in hosts:
        if host in FORBIDDEN and ipaddress.ip_address(host) in allowed:
            continue
        query = urllib.parse.urlencode({"url": f"http://{host}:9/a.jpg"})
        targets[island.url(f"/redirect-to?{query}")] = host
    site.jekyll().news("one", *targets)
    result = site.check("--host-concurrency", "32", wrapper=island.wrapper)
    before = island.connections
    assert island.opened() == before, "a connection was begun that did not go to the server"
    assert sum(path == "/redirect-to" for path, *_ in island.requests()) == len(targets)
    reached = {"connect", "timeout"}  # port 9 is refused even where the address is allowed
    for url, (status, codes) in outcome(result).items():
        assert status == "broken" and len(codes) == 1, (targets[url], status, codes)
        assert not codes & reached, (targets[url], codes)
        assert codes <= {"forbidden-address", "bad-url", "dns", "http-error"}


def test_names_that_lead_inside_are_refused(site, island):
    """Also when the name server changes its mind (DNS rebinding), or gives a good address too."""
    hosts = {
        "private.test": {"forbidden-address"},
        "here.test": set(),
        "mixed.test": set(),
        "rebind.test": set(),
        "none.test": {"dns"},
        "broken.test": {"dns"},
    }
    urls = {host: island.url("/image/1", host) for host in hosts}
    site.jekyll().news("one", *urls.values(), island.url("/redirect-to?url=http://private.test/"))
    result = site.check("--refresh", wrapper=island.wrapper)
    assert island.opened() == island.connections, "only the good address was asked"
    found = outcome(result)
    for host, codes in hosts.items():
        assert found[urls[host]][1] == codes, (host, found[urls[host]])
    assert found[island.url("/redirect-to?url=http://private.test/")][1] == {"forbidden-address"}
    # One lookup a run: the second answer of rebind.test was never asked for.
    assert island.asked().count("rebind.test") == 2  # A and AAAA
    assert outcome(site.check("--refresh", wrapper=island.wrapper))[urls["rebind.test"]][1] == {
        "forbidden-address"
    }
    assert island.opened() == island.connections


BAD_PORTS = """
0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115
117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563
587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667
6668 6669 6679 6697 10080
""".split()


def test_ports_that_browsers_block(site, island):
    """Fetch standard, "port blocking": direct and by redirect."""
    direct = [f"http://127.0.0.1:{port}/a.jpg" for port in BAD_PORTS]
    hops = [island.url(f"/redirect-to?url={url}") for url in direct[:10]]
    site.jekyll().news("one", *direct, *hops)
    result = site.check(wrapper=island.wrapper)
    wrong = {u: o for u, o in outcome(result).items() if o != ("broken", {"forbidden-address"})}
    assert not wrong, wrong
    assert island.opened() == island.connections


def test_user_information_is_refused(site, island):
    with_user = [
        island.url("/image/1").replace("//", f"//{user}@")
        for user in ("user", "user:secret", ":secret", "%40", "a:b:c", "a@b")
    ]
    hop = island.url(f"/redirect-to?url={with_user[1].replace('@', '%40')}")
    site.jekyll().news("one", *with_user, hop)
    result = site.check(wrapper=island.wrapper)
    found = outcome(result)
    assert {url: found[url] for url in with_user} == {
        url: ("broken", {"bad-url"}) for url in with_user
    }
    assert found[hop] == ("broken", {"http-error"})
    assert [path for path, *_ in island.requests()] == ["/redirect-to"]


def test_metadata_addresses_are_never_allowed(site, island):
    """Not even by the bare flag, nor by a range that holds them."""
    urls = [f"http://{literal(address)}/latest/meta-data/" for address in METADATA]
    site.jekyll().news("one", *urls)
    for flag in ("--allow-private", "--allow-private=0.0.0.0/0,::/0"):
        result = site.run("check", "--format", "json", flag, wrapper=island.wrapper)
        assert set(outcome(result)) == set(urls)
        assert all(codes == {"forbidden-address"} for _, codes in outcome(result).values())
    assert island.opened() == 0
