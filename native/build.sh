#!/usr/bin/env bash
# Builds the native libraries and tools into a cache and lays them out in artifacts/native.
#
#   pins.tsv ──fetch (signed index, SHA-256)──► cache/sources
#   recipes/PART.sh ──► cache/PART-<hash of recipe, pins, compiler, needed parts>   (built aside, renamed when complete)
#                            └──hard links──► artifacts/native of this checkout
#        include/           libav*, sqlite3.h, encode_shim.h
#        lib/static/*.a     for the AOT publish        lib/shared/*.so*   the same objects, for tests under JIT
#        bin/               ffmpeg, ffprobe, nats-server, promtool
#        link/agent.rsp     linker arguments of a program that calls libav;  link/sqlite.rsp  of one that calls SQLite
#        manifest.tsv       what is in it: "version NAME VERSION LICENCE", "product KIND NAME", "tools KIND NAME"
#
# Linking (see Encode.Native.targets, which does this): a Native AOT program that has `DirectPInvoke` for avcodec-61 and friends gets
#   -Wl,--start-group <every archive> -Wl,--end-group   the archives need each other in both directions
#   -Wl,--allow-multiple-definition                     the runtime brings its own copy of a few libstdc++ functions
#   -l:libstdc++.a                                      x265 and zimg are C++; the host need not have libstdc++
# Usage: build.sh [--print-hash]. The hash names everything that is built, for a CI cache's key. The cache is
# ${XDG_CACHE_HOME:-~/.cache}/encode-native; ENCODE_NATIVE_JOBS limits the parallel compilers (default: all processors).
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=lib/common.sh
. "$here/lib/common.sh"
# shellcheck source=lib/fetch.sh
. "$here/lib/fetch.sh"
# shellcheck source=lib/ffmpeg.sh
. "$here/lib/ffmpeg.sh"
# shellcheck source=lib/layout.sh
. "$here/lib/layout.sh"

# In the order in which others wait for them; a part comes after those it needs.
parts=(nvheaders svtav1 dav1d ffmpeg shim sqlite natsserver promtool tools)

load_recipes() {
    local part
    for part in "${parts[@]}"; do
        # shellcheck source=/dev/null
        . "$native_dir/recipes/$part.sh"
        part_hashes["$part"]="$(compute_hash "$part")"
    done
}

all_hashes() {
    local part
    for part in "${parts[@]}"; do printf '%s %s\n' "$part" "${part_hashes[$part]}"; done
}

took() { printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); }

# Runs a step as a child with -e in force, its output in a log; the caller sees one line, or the log's tail.
run_step() {
    local label="$1" log="$2" start=$SECONDS status
    shift 2
    printf '%s … ' "$label"
    set +e
    (set -e; "$@") >"$log" 2>&1
    status=$?
    set -e
    if ((status != 0)); then
        printf 'failed after %s\n' "$(took $((SECONDS - start)))"
        tail -n 20 "$log" | cut -c1-300 >&2
        # A script that knew what was wrong has said so in its last line.
        [[ $(tail -n 1 "$log") != 'native: '* ]] || exit 1
        die "$label failed; the full log is $log"
    fi
    took $((SECONDS - start))
    printf '\n'
}

# FFmpeg is compiled twice from mostly the same sources, and again whenever its table of parts changes; with ccache in front of the
# compiler the second time costs a fraction. It changes nothing in the result, so it is not in the hashes.
use_compiler_cache() {
    [[ -x /usr/lib/ccache/gcc ]] || return 0
    # Without the base folder the name of the folder that a part is built in would make every file a new one.
    export PATH="/usr/lib/ccache:$PATH" CCACHE_DIR="$cache_dir/ccache" CCACHE_BASEDIR="$cache_dir" CCACHE_MAXSIZE=500M
}

# Builds in a folder of its own and renames at the end, so that a part is there whole or not at all.
build_part() {
    local part="$1" final work
    final="$(part_dir "$part")"
    work="$(mktemp -d "$cache_dir/.build-$part.XXXXXX")"
    cd "$work"
    mkdir work
    (cd work && "${part}_build" "$work/stage")
    mv "$work/stage" "$final"
    rm -rf "$work"
}

fetch_sources() {
    local part
    for part in "$@"; do
        [[ $part == tools ]] && part=ffmpeg
        [[ $part == shim ]] || fetch "$part"
    done
}

build_missing() {
    local part missing=() step=0
    for part in "${parts[@]}"; do [[ -d $(part_dir "$part") ]] || missing+=("$part"); done
    ((${#missing[@]})) || return 0
    mkdir -p "$cache_dir/logs"
    exec 9>"$cache_dir/lock"
    flock --nonblock 9 || { echo 'another native build is running; waiting for it'; flock 9; }
    rm -rf "$cache_dir"/.build-*
    use_compiler_cache
    local total=$((${#missing[@]} + 1))
    run_step "[$((++step))/$total] sources" "$cache_dir/logs/sources.log" fetch_sources "${missing[@]}"
    for part in "${missing[@]}"; do
        local -n title="${part}_title"
        step=$((step + 1))
        [[ -d $(part_dir "$part") ]] || run_step "[$step/$total] $title" "$cache_dir/logs/$part.log" build_part "$part" 9>&-
    done
    exec 9>&-
}

main() {
    [[ $# -eq 0 || $1 == --print-hash ]] || die "usage: build.sh [--print-hash]"
    "$native_dir/setup.sh"
    load_recipes
    if [[ ${1:-} == --print-hash ]]; then
        all_hashes | sha256_of_stdin
        return
    fi
    build_missing
    lay_out
}

main "$@"
