#!/usr/bin/env bash
# pin.sh PART: moves the row of PART in pins.tsv to the version that its suite has now, with the hash from the signed index.
# Then build, run the tests, and commit pins.tsv.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=lib/common.sh
. "$here/lib/common.sh"
# shellcheck source=lib/fetch.sh
. "$here/lib/fetch.sh"

# "version file sha256" of the suite's newest source; the version (with its epoch) is in the stanza that has the file's hash.
newest_source() {
    local package="$1" suite="$2" file sha256 version
    read -r file sha256 < <(private_apt apt-get -qq -c "$apt_dir/apt.conf" source --print-uris --only-source "$package/$suite" |
        awk '$2 ~ /\.orig\.tar\.[a-z0-9]+$/ { sub(/^SHA256:/, "", $4); print $2, $4 }') || true
    version="$(private_apt apt-cache -c "$apt_dir/apt.conf" showsrc --only-source "$package" |
        awk -v hash="${sha256:-none}" '$1 == "Version:" { version = $2 } $1 == hash { print version }')"
    printf '%s\t%s\t%s\n' "$version" "${file:-}" "${sha256:-}"
}

newest_binary() {
    private_apt apt-cache -c "$apt_dir/apt.conf" show --no-all-versions "$1" |
        awk '$1 == "Version:" { version = $2 } $1 == "SHA256:" { hash = $2 } $1 == "Filename:" { n = split($2, path, "/") }
            END { print version "\t" path[n] "\t" hash }'
}

main() {
    [[ $# -eq 1 ]] || die 'usage: native/pin.sh PART (a name from the first column of native/pins.tsv)'
    local part="$1" package suite version file sha256 table="$native_dir/pins.tsv"
    package="$(pin "$part" package)" suite="$(pin "$part" suite)"
    [[ $suite != installed ]] || die "$part comes with the installed release; there is nothing to pin"
    read_indexes
    if [[ $(pin "$part" kind) == source ]]; then
        IFS=$'\t' read -r version file sha256 < <(newest_source "$package" "$suite")
    else
        IFS=$'\t' read -r version file sha256 < <(newest_binary "$package")
    fi
    [[ -n $version && -n $file && -n $sha256 ]] || die "$suite lists no $package"
    awk -F'\t' -v OFS='\t' -v part="$part" -v version="$version" -v file="$file" -v hash="$sha256" \
        '$1 == part && !/^#/ { $5 = version; $6 = file; $7 = hash } { print }' "$table" >"$table.new"
    mv "$table.new" "$table"
    printf '%s: %s %s\n' "$part" "$version" "$sha256"
}

main "$@"
