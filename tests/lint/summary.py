"""The sum of all test runs as one closing line: 'N passed, N failed, N skipped'. Exit code 1 if anything failed."""
import pathlib
import sys
import xml.etree.ElementTree as xml

passed = failed = skipped = 0
for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if file.suffix == ".line":
        said = file.read_text().strip()
        passed, skipped = passed + (said == "pass"), skipped + (said == "skip")
        if said not in ("pass", "skip"):
            failed += 1
            print("FAILED", file.stem)
        continue
    for suite in xml.parse(file).getroot().iter("testsuite"):
        count = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped", "disabled")}
        bad = count["failures"] + count["errors"]
        left = count["skipped"] + count["disabled"]
        passed, failed, skipped = passed + count["tests"] - bad - left, failed + bad, skipped + left
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                print("FAILED", case.get("classname", ""), case.get("name"))
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
