"""Many images that the cache knows: what it says of them is read beside the first requests."""

import collections

import pictures

# More than are looked up before the first request is made.
COUNT = 2500


def picture(number):
    data = pictures.jpeg(8, 6, seed=0)
    return data[:2] + b"\xff\xfe\x00\x0a%08d" % number + data[2:]


def statuses(web):
    counts = collections.Counter(request["status"] for request in web.requests())
    web.forget()
    return dict(counts)


def test_thousands_are_asked_again(site, web):
    """Each once. Some are others by now, and of one the cache has lost the file."""
    names = [f"{i}.jpg" for i in range(COUNT)]
    for number, name in enumerate(names):
        web.put(name, picture(number))
    site.jekyll().news("n", *(web.url("stale", name) for name in names))
    first = site.check("--jobs", "2")
    assert first.totals["ok"] == COUNT and statuses(web) == {200: COUNT}, first
    for number in range(0, COUNT, 10):
        web.put(names[number], picture(COUNT + number) + b"\0")
    hash_ = first.image(web.url("stale", names[-1]))["hash"]
    (site.root / ".cache/picdesk/objects" / hash_[:2] / hash_[2:]).unlink()
    second = site.check("--max-age", "0s")
    assert statuses(web) == {200: COUNT // 10 + 1, 304: COUNT - COUNT // 10 - 1}, second
    assert second.totals["ok"] == COUNT and second.totals["revalidated"] == COUNT - COUNT // 10 - 1
    changed = second.image(web.url("stale", names[0]))
    assert changed["hash"] != first.image(changed["url"])["hash"]
    site.check("--max-age", "0s")
    assert statuses(web) == {304: COUNT}
