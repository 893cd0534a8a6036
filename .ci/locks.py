"""What the lock files promise: `check` that they keep it, `sbom FILE` lists what they install as CycloneDX JSON."""

import importlib.metadata
import json
import re
import sys
import tomllib
import uuid
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
_PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)(\[[a-z0-9,-]+\])?==(?P<version>\S+)( ; (?P<marker>.*?))? \\$")
_HASH = re.compile(r"^    --hash=sha256:(?P<digest>[0-9a-f]{64})( \\)?$")
_VIA = re.compile(r"^    #\s+(via )?(?!via$)(?P<name>[a-z0-9][a-z0-9._-]*)( \(.*\))?$")


@dataclass
class Package:
    """One pinned package: its hashes, its marker, and the names of those that need it."""

    name: str
    version: str
    marker: str = ""
    hashes: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)


def read(lock: Path) -> tuple[list[Package], list[str]]:
    """The packages of a lock file, and what is wrong with it."""
    packages: list[Package] = []
    faults: list[str] = []
    for number, line in enumerate(lock.read_text(encoding="utf-8").splitlines(), start=1):
        if found := _PIN.match(line):
            packages.append(Package(found["name"], found["version"], found["marker"] or ""))
        elif packages and (found := _HASH.match(line)):
            packages[-1].hashes.append(found["digest"])
        elif packages and (found := _VIA.match(line)):
            packages[-1].needed_by.append(found["name"])
        elif line.strip() and not line.lstrip().startswith("#"):
            faults.append(f"{lock.name}:{number}: neither a pinned package nor a hash: {line.strip()[:60]}")
        if "://" in line:
            faults.append(f"{lock.name}:{number}: an address does not belong into a lock file")
    faults += [f"{lock.name}: {package.name} has no hash" for package in packages if not package.hashes]
    return packages, faults


def check() -> list[str]:
    """Everything wrong with the two lock files, against each other and pyproject.toml."""
    runtime, faults = read(RUNTIME)
    development, more = read(DEVELOPMENT)
    faults += more
    pinned = {package.name: package.version for package in development}
    faults += [
        f"{package.name} is {package.version} in one lock and {pinned.get(package.name, 'absent')} in the other"
        for package in runtime
        if pinned.get(package.name) != package.version
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {package.name for package in runtime}
    wanted = {re.split(r"[\[<>=~! ;]", line)[0].lower().replace("_", "-") for line in project["dependencies"]}
    faults += [f"{name} is in pyproject.toml and not in {RUNTIME.name}" for name in sorted(wanted - names)]
    explained = (ROOT / "docs/adr/0002-dependencies.md").read_text(encoding="utf-8")
    faults += [
        f"docs/adr/0002-dependencies.md does not explain {name}" for name in sorted(wanted) if name not in explained
    ]
    return faults


def sbom() -> dict[str, object]:
    """The runtime packages as a CycloneDX document; the same lock gives the same document, byte for byte."""
    packages, _ = read(RUNTIME)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    root = f"pkg:pypi/{project['name']}@{project['version']}"
    references = {package.name: f"pkg:pypi/{package.name}@{package.version}" for package in packages}
    needs: dict[str, list[str]] = {reference: [] for reference in (root, *references.values())}
    for package in packages:
        for name in package.needed_by:
            needs[references.get(name, root)].append(references[package.name])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, RUNTIME.read_text(encoding='utf-8'))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [_component(package, references[package.name]) for package in packages],
        "dependencies": [{"ref": reference, "dependsOn": sorted(set(needed))} for reference, needed in needs.items()],
    }


def _component(package: Package, reference: str) -> dict[str, object]:
    component: dict[str, object] = {
        "type": "library",
        "bom-ref": reference,
        "name": package.name,
        "version": package.version,
        "purl": reference,
        "properties": [{"name": "lock:sha256", "value": digest} for digest in package.hashes],
    }
    if package.marker:
        component["scope"] = "optional"
    if licence := _licence(package.name):
        component["licenses"] = [{"license": {"name": licence}}]
    return component


def _licence(name: str) -> str:
    """What the installed package says of its licence; empty where it is not installed here."""
    try:
        metadata = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    said = metadata.get("License-Expression") or metadata.get("License") or ""
    if not said or "\n" in said:
        classifiers = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")]
        said = classifiers[0].rsplit(" :: ", 1)[-1] if classifiers else ""
    return said[:100]


def main(argv: list[str]) -> int:
    """The command line."""
    if argv[1:] == ["check"]:
        faults = check()
        sys.stderr.write("".join(f"{fault}\n" for fault in faults))
        return 1 if faults else 0
    if len(argv) == 3 and argv[1] == "sbom":
        target = Path(argv[2])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(sbom(), indent=2) + "\n", encoding="utf-8")
        return 0
    sys.stderr.write(f"{__doc__}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))
