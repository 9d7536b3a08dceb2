"""What tests say of a report's verdicts."""

BROKEN = ("truncated", "undecodable", "too-many-pixels", "decoder-crash", "not-an-image", "empty")


def graves(result):
    """url -> grave codes, or the status"""
    return {
        image["url"]: tuple(
            f["code"] for f in image["findings"] if f["severity"] in ("broken", "blocked")
        )
        or image["status"]
        for image in result.report["images"]
    }


def look(site, files, verb="check"):
    """The verdicts on local files: {name: "ok", "damaged" or what is broken}."""
    for name, data in files.items():
        site.write(f"assets/{name}", data)
    site.write("all.md", "\n\n".join(f"![one](assets/{name})" for name in files) + "\n")
    result = getattr(site, verb)()
    verdicts = {}
    for image in result.report["images"]:
        codes = [finding["code"] for finding in image["findings"]]
        found = [code for code in codes if code in (*BROKEN, "damaged")]
        verdicts[image["url"].rpartition("/")[2]] = found[0] if found else "ok"
    assert set(verdicts) == set(files), result
    return verdicts
