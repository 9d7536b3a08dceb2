"""What tests say of a report's verdicts."""


def graves(result):
    """url -> grave codes, or the status"""
    return {
        image["url"]: tuple(
            f["code"] for f in image["findings"] if f["severity"] in ("broken", "blocked")
        )
        or image["status"]
        for image in result.report["images"]
    }
