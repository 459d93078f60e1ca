"""CycloneDX of what a Rust crate contains, from cargo's metadata; and a look at any CycloneDX file.

    sbom.py write CRATE METADATA LOCK    the bill of materials of CRATE, to stdout
    sbom.py check FILE NAME...           fails unless FILE is one and lists components of these names
"""

import json
import sys


def checksums(lock):
    """The SHA-256 of each crate by name and version, from Cargo.lock."""
    found = {}
    for package in open(lock, encoding="utf-8").read().split("[[package]]\n")[1:]:
        fields = dict(line.split(" = ", 1) for line in package.splitlines() if " = " in line)
        if "checksum" in fields:
            found[json.loads(fields["name"]), json.loads(fields["version"])] = json.loads(fields["checksum"])
    return found


def contained(metadata, crate):
    """The ids of what is linked into the crate, with what each of them uses: no tests, no code that only runs while
    building."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    packages = {package["id"]: package for package in metadata["packages"]}
    root = next(id for id, package in packages.items() if package["name"] == crate)
    uses, open_ = {}, [root]
    while open_:
        id = open_.pop()
        if id in uses:
            continue
        normal = [
            dep["pkg"] for dep in nodes[id]["deps"]
            if any(kind["kind"] is None for kind in dep["dep_kinds"])
            # a macro runs in the compiler, and so does all that it uses
            and not any("proc-macro" in target["kind"] for target in packages[dep["pkg"]]["targets"])
        ]
        uses[id] = sorted(set(normal))
        open_ += normal
    return root, uses, packages


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, kind, hashes):
    entry = {
        "type": kind,
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        # before there were expressions, a slash was an OR
        "licenses": [{"expression": package["license"].replace(" / ", " OR ").replace("/", " OR ")}],
        "purl": reference(package),
    }
    if package.get("description"):
        entry["description"] = " ".join(package["description"].split())
    if (package["name"], package["version"]) in hashes:
        entry["hashes"] = [{"alg": "SHA-256", "content": hashes[package["name"], package["version"]]}]
    return entry


def write(crate, metadata, lock):
    root, uses, packages = contained(json.load(open(metadata, encoding="utf-8")), crate)
    hashes = checksums(lock)
    listed = sorted((packages[id] for id in uses if id != root), key=reference)
    # neither a time nor a random number: the same sources give the same file
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(packages[root], "library", hashes)},
        "components": [component(package, "library", hashes) for package in listed],
        "dependencies": [
            {"ref": reference(packages[id]), "dependsOn": sorted(reference(packages[used]) for used in uses[id])}
            for id in sorted(uses, key=lambda id: reference(packages[id]))
        ],
    }
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    print()


def check(path, *wanted):
    document = json.load(open(path, encoding="utf-8"))
    if document.get("bomFormat") != "CycloneDX":
        sys.exit(f"{path} is not CycloneDX")
    components = document.get("components", [])
    names = {entry["name"] for entry in components}
    missing = [name for name in wanted if name not in names]
    if missing:
        sys.exit(f"{path} does not list {', '.join(missing)}")
    unlicensed = [entry["name"] for entry in components if not entry.get("licenses")]
    if unlicensed:
        sys.exit(f"{path} gives no licence of {', '.join(unlicensed)}")
    references = {entry["bom-ref"] for entry in components} | {document["metadata"]["component"]["bom-ref"]}
    used = {used for entry in document.get("dependencies", []) for used in entry.get("dependsOn", [])}
    if not used <= references:
        sys.exit(f"{path} uses what it does not list: {', '.join(sorted(used - references))}")
    print(f"{path}: {len(components)} components")


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](*sys.argv[2:])
