# shellcheck shell=bash
# Fetching with the machine's own apt, and nothing but it.
#
#   machine's sources ──apt-get --print-uris update──► the mirror that serves this release of Debian
#   private apt.conf (own lists, own cache) ──► signed indexes of trixie and forky from that mirror
#   Sources / Packages index ──► address and SHA-256 ──compared with pins.tsv──► apt-helper download-file
#
# Proxies and credentials of the machine's apt apply, because the private configuration only adds to the normal one. apt checks the
# signatures against Debian's archive keyring. Nothing is installed, no system file is touched, no root is needed.

apt_dir="$cache_dir/apt"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
source_suites='trixie forky'

write_apt_conf() {
    mkdir -p "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial" "$cache_dir/sources"
    chmod 700 "$apt_dir"
    # The sandbox user cannot enter a private cache folder; what is fetched is checked by signature and hash all the same.
    cat >"$apt_dir/apt.conf" <<EOF
Dir::Etc::sourcelist "$apt_dir/encode.sources";
Dir::Etc::sourceparts "-";
Dir::State::lists "$apt_dir/lists";
Dir::Cache "$apt_dir/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
EOF
}

private_apt() { LC_ALL=C "$@"; }

# Every place from which the machine's apt takes this release of Debian; third-party archives may use the same suite name, so
# the caller tries them in turn and Debian's signature decides.
mirror_candidates() {
    local codename
    # shellcheck source=/dev/null
    codename="$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")"
    LC_ALL=C apt-get -o "Dir::State::lists=$apt_dir/lists" --print-uris update 2>/dev/null |
        sed -n "s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p" | awk '!seen[$0]++'
}

write_sources() {
    cat >"$apt_dir/encode.sources" <<EOF
Types: deb-src
URIs: $1
Suites: $source_suites
Components: main
Targets: Sources
Signed-By: $keyring

Types: deb
URIs: $1
Suites: trixie
Components: main
Architectures: amd64
Targets: Packages
Signed-By: $keyring
EOF
}

# Reads the indexes once a run; later calls find them there.
read_indexes() {
    [[ -z ${indexes_read:-} ]] || return 0
    [[ -r $keyring ]] || die "$keyring is missing: install the package debian-archive-keyring"
    write_apt_conf
    local mirror
    while read -r mirror; do
        write_sources "$mirror"
        if private_apt apt-get -qq -c "$apt_dir/apt.conf" -o APT::Update::Error-Mode=any update >"$apt_dir/update.log" 2>&1; then
            mirror_found="$mirror"
            indexes_read=1
            return 0
        fi
    done < <(mirror_candidates)
    [[ ! -s $apt_dir/update.log ]] || tail -n 5 "$apt_dir/update.log" >&2
    die "could not read the trixie and forky indexes from the mirror that apt uses here: check the network and that debian-archive-keyring is current"
}

# index_entry KIND PACKAGE VERSION FILE: "address sha256" as the signed index has it, nothing where it is not listed.
index_entry() {
    local kind="$1" package="$2" version="$3" file="$4"
    if [[ $kind == source ]]; then
        private_apt apt-get -qq -c "$apt_dir/apt.conf" source --print-uris --only-source "$package=$version" 2>/dev/null |
            awk -v file="$file" '$2 == file { gsub(/\047/, "", $1); sub(/^SHA256:/, "", $4); print $1, $4 }'
    else
        private_apt apt-cache -c "$apt_dir/apt.conf" show "$package=$version" 2>/dev/null |
            awk -v mirror="$mirror_found" '$1 == "Filename:" { path = $2 } $1 == "SHA256:" { hash = $2 }
                END { if (path) print mirror "/" path, hash }'
    fi
}

# A version that has left the index may still lie in the mirror's pool (other suites use it, or cleaning is slow). The pin was
# made from a signed index, so its hash is enough to trust that file.
pool_address() {
    local package="$1" file="$2" folder="${1:0:1}"
    [[ $package != lib* ]] || folder="${package:0:4}"
    printf '%s/pool/main/%s/%s/%s\n' "$mirror_found" "$folder" "$package" "${file//+/%2b}"
}

download() {
    local address="$1" file="$2" sha256="$3"
    # shellcheck disable=SC2024
    private_apt /usr/lib/apt/apt-helper -c "$apt_dir/apt.conf" download-file "$address" "$file.part" "SHA256:$sha256" >"$apt_dir/download.log" 2>&1 || return 1
    printf '%s  %s\n' "$sha256" "$file.part" | sha256sum --check --status || return 1
    mv "$file.part" "$file"
}

# fetch PART: the pinned file in $cache_dir/sources, or one line that says why not.
fetch() {
    local part="$1" suite kind package version file sha256 address signed
    kind="$(pin "$part" kind)"
    file="$cache_dir/sources/$(pin "$part" file)"
    [[ ! -e $file ]] || return 0
    suite="$(pin "$part" suite)" package="$(pin "$part" package)" version="$(pin "$part" version)" sha256="$(pin "$part" sha256)"
    read_indexes
    read -r address signed < <(index_entry "$kind" "$package" "$version" "$(basename "$file")") || true
    if [[ -z ${address:-} ]]; then
        address="$(pool_address "$package" "$(basename "$file")")"
    elif [[ $signed != "$sha256" ]]; then
        die "$(basename "$file"): $suite's signed index says SHA-256 $signed, native/pins.tsv says $sha256; do not build this"
    fi
    download "$address" "$file" "$sha256" ||
        die "$package $version is not to be had from $suite on this mirror any more: run native/pin.sh $part, build, test, and commit native/pins.tsv (log: $apt_dir/download.log)"
}
