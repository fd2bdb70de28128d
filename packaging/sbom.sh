#!/usr/bin/env bash
# sbom.sh FOLDER VERSION: what FOLDER's programs are made of, as SPDX 2.3 in JSON on standard output. Made from the same pins, package
# versions and lock files that the programs were built from (components.sh), and dated as the package is, so that the same programs
# give the same text.
#
#   Encode ──contains──► master, agent, bench, nats-server ──statically linked──► FFmpeg, x264, … NuGet packages
#                                                          ◄──build tool of────── the AOT compiler, the linker
set -euo pipefail

# shellcheck source=components.sh
. "$(dirname "${BASH_SOURCE[0]}")/components.sh"
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

program_rows() {
  local program
  for program in master agent bench nats-server; do
    printf '%s\t%s\n' "$program" "$(sha256sum <"$1/$program" | cut -d' ' -f1)"
  done
}

rows_as_json() { jq -R -s --arg names "$1" '($names | split(" ")) as $names | split("\n") | map(select(. != "") | split("\t") | [$names, .] | transpose | map({(.[0]): .[1]}) | add)'; }

main() {
  (($# == 2)) || die 'usage: packaging/sbom.sh FOLDER-OF-PROGRAMS VERSION'
  local programs native nuget
  programs="$(program_rows "$1" | rows_as_json 'name sha256')"
  native="$(native_rows | rows_as_json 'part name version licence homepage programs package architecture')"
  nuget="$(nuget_rows | rows_as_json 'id version licence homepage sha512 programs')"
  jq -n --arg version "$2" --arg created "$(date --utc --date="@$(source_date)" +%Y-%m-%dT%H:%M:%SZ)" \
    --arg patents "$(tar -xOf "$(pinned_file svtav1)" --wildcards '*/PATENTS.md')" \
    --argjson programs "$programs" --argjson native "$native" --argjson nuget "$nuget" --from-file "$packaging_dir/sbom.jq"
}

main "$@"
