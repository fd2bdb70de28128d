# shellcheck shell=bash
# Shared by every native script: where things are, how a failure is said, how a part gets its name in the cache.

native_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
repo_dir="$(dirname "$native_dir")"
artifacts_dir="$repo_dir/artifacts/native"
cache_dir="${XDG_CACHE_HOME:-${HOME:?HOME is not set, so there is no place for the native cache}/.cache}/encode-native"
jobs="${ENCODE_NATIVE_JOBS:-$(nproc)}"

die() {
    printf 'native: %s\n' "$*" >&2
    exit 1
}

sha256_of_stdin() { sha256sum | cut -d' ' -f1; }

# The rows of a table without its comments and its header (the first line that is no comment).
table_rows() { awk -F'\t' '/^#/ || NF < 2 { next } !seen++ { next } { print }' "$1"; }

# pin PART COLUMN: one field of pins.tsv.
pin() {
    local value
    value="$(table_rows "$native_dir/pins.tsv" | awk -F'\t' -v part="$1" -v column="$2" '
        BEGIN { split("part suite kind package version file sha256 licence reason", names, " ")
                for (i in names) at[names[i]] = i }
        $1 == part { print $(at[column]) }')"
    [[ -n $value ]] || die "native/pins.tsv has no $2 for $1"
    printf '%s\n' "$value"
}

# Parts are configured for a place that does not exist and never mention where they were built: the cache may move, and no
# developer's home folder gets into a published program.
neutral_prefix=/encode

# take_installed ROOT STAGE: what `make install` left under ROOT, with .pc files that work wherever they lie.
take_installed() {
    mv "$1$neutral_prefix" "$2"
    # shellcheck disable=SC2016  # pkg-config expands it
    find "$2" -name '*.pc' -exec sed -i -e 's|^prefix=.*|prefix=${pcfiledir}/../..|' -e "s|=$neutral_prefix/|=\${prefix}/|" {} +
}

# What every part depends on: the compiler.
toolchain_id() {
    if [[ -z ${toolchain_cached:-} ]]; then
        toolchain_cached="$(gcc -dumpfullversion) $(gcc -dumpmachine)"
    fi
    printf '%s\n' "$toolchain_cached"
}

# Versions of installed Debian packages, for the hashes of parts that link them.
installed_versions() { dpkg-query -W -f '${Package} ${Version}\n' "$@"; }

# compute_hash PART: changes when the recipe, a pin, the compiler or a part it is built from changes. A recipe may add
# `PART_inputs` (prints what else matters) and `PART_needs` (an array of parts). Its `PART_build STAGE`
# runs in an empty folder and leaves the result in STAGE.
declare -A part_hashes=()
compute_hash() {
    local part="$1" needed
    local -n needs="${part}_needs"
    {
        toolchain_id
        cat "$native_dir/recipes/$part.sh"
        for needed in "${needs[@]}"; do printf '%s %s\n' "$needed" "${part_hashes[$needed]}"; done
        "${part}_inputs"
    } | sha256_of_stdin | cut -c1-16
}

part_dir() { printf '%s/%s-%s\n' "$cache_dir" "$1" "${part_hashes[$1]}"; }

# unpack PART FOLDER: the pinned tarball, checked again, without its top folder.
unpack() {
    local file
    file="$cache_dir/sources/$(pin "$1" file)"
    printf '%s  %s\n' "$(pin "$1" sha256)" "$file" | sha256sum --check --status || die "$file does not have its pinned SHA-256; delete it and run again"
    mkdir -p "$2"
    tar -xf "$file" -C "$2" --strip-components=1
}
