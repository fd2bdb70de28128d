#!/usr/bin/env bash
# Makes sure that the Debian packages of native/packages.txt are there: installs the missing ones when run as root, otherwise
# prints the one command that does it and exits 1. Says nothing and takes no time when nothing is missing.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

# pkg-config became a name of pkgconf's; a package that another installed one provides counts as there.
missing_packages() {
    local wanted installed
    wanted="$(grep -v '^#' "$here/packages.txt" | sort -u)"
    installed="$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
        awk '$1 == "installed" { gsub(/\([^)]*\)/, ""); gsub(/,/, " "); for (i = 2; i <= NF; i++) print $i }' | sort -u)"
    comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

install_packages() {
    local log
    log="$(mktemp)"
    printf 'setup: installing %s\n' "$*"
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        printf 'setup: apt-get could not install %s (full log: %s)\n' "$*" "$log" >&2
        exit 1
    fi
    rm -f "$log"
}

main() {
    command -v dpkg-query >/dev/null || { echo 'setup: this needs Debian 12 or later (dpkg-query is missing)' >&2; exit 1; }
    local missing
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]})) || return 0
    if ((EUID == 0)); then
        install_packages "${missing[@]}"
    else
        printf 'setup: packages are missing; run: sudo apt-get install -y --no-install-recommends %s\n' "${missing[*]}" >&2
        exit 1
    fi
}

main "$@"
