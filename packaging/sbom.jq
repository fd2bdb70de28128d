# The document that sbom.sh prints, from its rows: $programs, $native, $nuget.

def id: "SPDXRef-" + gsub("[^A-Za-z0-9.-]"; "-");
def url: if . == "-" then "NOASSERTION" else . end;
def purl($value): [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: $value}];
def relation($type; $other): {spdxElementId: ., relationshipType: $type, relatedSpdxElement: $other};
def words: if . == "-" then [] else split(" ") end;

def package($id; $licence): {
  SPDXID: $id, name: .name, versionInfo: .version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
  licenseConcluded: $licence, licenseDeclared: $licence, copyrightText: "NOASSERTION"
};

# What runs at build time and leaves nothing of itself; what is referenced, and left out in favour of our own build.
def build_tools: ["Microsoft.DotNet.ILCompiler", "Microsoft.NET.ILLink.Tasks"];
def left_out: ["SQLitePCLRaw.lib.e_sqlite3"];

def own: {master: "Apache-2.0", agent: "GPL-3.0-or-later", bench: "GPL-3.0-or-later", "nats-server": "Apache-2.0"};

def program_packages: $programs[] | .name as $name
  | {name, version: (if $name == "nats-server" then ($native[] | select(.part == "natsserver") | .version) else $version end)}
    + {sha256} | . as $row
  | package("program-\($name)" | id; own[$name])
    + {primaryPackagePurpose: "APPLICATION", checksums: [{algorithm: "SHA256", checksumValue: $row.sha256}]};

def native_packages: $native[] | select(.part != "natsserver")
  | package("native-\(.part)" | id; .licence) + {
      homepage: (.homepage | url),
      supplier: "Organization: Debian",
      primaryPackagePurpose: "LIBRARY",
      externalRefs: purl("pkg:deb/debian/\(.package | @uri)@\(.version | @uri)?arch=\(.architecture)")
    };

def nuget_packages: $nuget[] | . as $row | (.name = .id)
  | package("nuget-\($row.id)" | id; .licence) + {
      homepage: (.homepage | url),
      primaryPackagePurpose: "LIBRARY",
      checksums: [{algorithm: "SHA512", checksumValue: .sha512}],
      externalRefs: purl("pkg:nuget/\($row.id)@\(.version)")
    }
    + (if (left_out | index($row.id)) then {comment: "Referenced only: its native library is left out, SQLite is the one named here."} else {} end);

def native_relations: $native[] | select(.part != "natsserver") | . as $row
  | .programs | words[] | ("program-\(.)" | id) | relation("STATIC_LINK"; "native-\($row.part)" | id);

def nuget_relations: $nuget[] | . as $row | .programs | words[] | ("program-\(.)" | id) as $program | ("nuget-\($row.id)" | id) as $package
  | if (build_tools | index($row.id)) then $package | relation("BUILD_TOOL_OF"; $program)
    elif (left_out | index($row.id)) then $program | relation("DEPENDS_ON"; $package)
    else $program | relation("STATIC_LINK"; $package) end;

{
  spdxVersion: "SPDX-2.3",
  dataLicense: "CC0-1.0",
  SPDXID: "SPDXRef-DOCUMENT",
  name: "encode-\($version)-linux-x64",
  documentNamespace: "https://spdx.org/spdxdocs/encode-\($version)-linux-x64-\($programs | map(.sha256[:16]) | join("-"))",
  creationInfo: {created: $created, creators: ["Tool: encode-packaging-sbom"]},
  hasExtractedLicensingInfos: [{licenseId: "LicenseRef-AOM-Patent-1.0", name: "Alliance for Open Media Patent License 1.0", extractedText: $patents}],
  packages: [
    ({name: "Encode", version: $version} | package("SPDXRef-Encode"; "GPL-3.0-or-later")),
    program_packages, native_packages, nuget_packages
  ],
  relationships: [
    ("SPDXRef-DOCUMENT" | relation("DESCRIBES"; "SPDXRef-Encode")),
    ($programs[] | .name as $name | "SPDXRef-Encode" | relation("CONTAINS"; "program-\($name)" | id)),
    native_relations, nuget_relations
  ]
}
