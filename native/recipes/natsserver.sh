# shellcheck shell=bash
# nats-server from Debian's binary package: unpacked, never installed.
natsserver_title='nats-server'
natsserver_needs=()
natsserver_inputs() { pin natsserver sha256; }

natsserver_build() {
    local file
    file="$cache_dir/sources/$(pin natsserver file)"
    printf '%s  %s\n' "$(pin natsserver sha256)" "$file" | sha256sum --check --status || die "$file does not have its pinned SHA-256; delete it and run again"
    dpkg-deb --extract "$file" root
    mkdir -p "$1/bin"
    cp "root/usr/sbin/nats-server" "$1/bin/" 2>/dev/null || cp "root/usr/bin/nats-server" "$1/bin/"
    "$1/bin/nats-server" --version
}
