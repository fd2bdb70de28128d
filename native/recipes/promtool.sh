# shellcheck shell=bash
# promtool from Debian's binary package: unpacked, never installed, never shipped.
promtool_title='promtool'
promtool_needs=()
promtool_inputs() { pin promtool sha256; }

promtool_build() {
    local file
    file="$cache_dir/sources/$(pin promtool file)"
    printf '%s  %s\n' "$(pin promtool sha256)" "$file" | sha256sum --check --status || die "$file does not have its pinned SHA-256; delete it and run again"
    dpkg-deb --extract "$file" root
    mkdir -p "$1/bin"
    cp root/usr/bin/promtool "$1/bin/"
    "$1/bin/promtool" --version
}
