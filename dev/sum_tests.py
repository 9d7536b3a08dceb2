#!/usr/bin/python3
"""sum_tests.py PYTEST.XML TESTLOG.JSON...: adds up what pytest and meson test recorded; prints the
closing line of dev/test.

Exit status 1 when anything failed, when a record is missing, or when nothing ran at all."""

import json
import sys
import xml.etree.ElementTree as xml


def units(path):
    """(passed, failed, skipped) of meson's testlog.json, one JSON document a line."""
    passed = failed = skipped = 0
    with open(path, encoding="utf-8") as log:
        for line in log:
            result = json.loads(line)["result"]
            if result in ("OK", "EXPECTEDFAIL"):
                passed += 1
            elif result == "SKIP":
                skipped += 1
            else:
                failed += 1
    return passed, failed, skipped


def integration(path):
    """(passed, failed, skipped) of pytest's JUnit file."""
    passed = failed = skipped = 0
    for suite in xml.parse(path).getroot().iter("testsuite"):
        bad = int(suite.get("failures")) + int(suite.get("errors"))
        failed += bad
        skipped += int(suite.get("skipped"))
        passed += int(suite.get("tests")) - bad - int(suite.get("skipped"))
    return passed, failed, skipped


def main():
    passed = failed = skipped = 0
    records = [("integration tests", integration, sys.argv[1])]
    records += [("unit tests", units, path) for path in sys.argv[2:]]
    for name, count, path in records:
        try:
            result = count(path)
        except (OSError, ValueError, KeyError, xml.ParseError) as error:
            print(f"{name} left no record: {error}")
            result = (0, 1, 0)
        passed, failed, skipped = (a + b for a, b in zip((passed, failed, skipped), result))
    if skipped:
        print(f"{skipped} skipped")
    if passed + failed == 0:
        print("no test ran")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
