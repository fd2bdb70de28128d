#!/usr/bin/env bash
# sources.sh [--out FOLDER]: the corresponding sources of the programs, for whoever gets the GPL parts of them:
#
#   encode-VERSION-sources/
#     encode/        our own sources at this commit, with the recipes of every native library (native/) and of the tarball (packaging/);
#                    a new tarball and these sources can be made from it, without git
#     upstream/      the pinned tarballs that native/build.sh compiles: FFmpeg, SVT-AV1, dav1d, nv-codec-headers, SQLite
#     debian/        Debian's source packages of the static libraries that are linked as Debian built them: x264, x265, …
#     README         how to build, and where the sources of the parts that need none by their licence are
#
# What is fetched comes from the machine's own mirror, checked against Debian's signature, and is kept in the native cache.
set -euo pipefail

# shellcheck source=components.sh
. "$(dirname "${BASH_SOURCE[0]}")/components.sh"
# shellcheck source=../native/lib/fetch.sh
. "$native_dir/lib/fetch.sh"
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

debian_dir="$cache_dir/debian-sources"

own_sources() {
  mkdir "$1/encode"
  source_date >"$1/encode/SOURCE_DATE"
  if ! is_checkout; then
    tar -C "$repo_dir" --exclude=./artifacts --exclude=bin --exclude=obj --exclude=./SOURCE_DATE -cf - . | tar -xf - -C "$1/encode"
    return
  fi
  [[ -z $(in_git status --porcelain --untracked-files=no) ]] ||
    printf 'package: note: there are changes that are not committed; the sources are those of the last commit\n' >&2
  in_git archive --format=tar HEAD | tar -xf - -C "$1/encode"
}

pinned_sources() {
  local part
  mkdir -p "$1/upstream"
  while read -r part; do
    fetch "$part"
    cp "$(pinned_file "$part")" "$1/upstream/"
  done < <(table_rows "$native_dir/pins.tsv" | awk -F'\t' '$3 == "source" { print $1 }')
}

# "source version" of the packages whose static libraries are linked in; tools of our own build alone (vpx, lame) are not shipped.
linked_packages() {
  local part version
  while IFS=$'\t' read -r part _ version _; do
    if [[ $version == deb:* ]] || { [[ $version == pin ]] && [[ $(pin "$part" suite) == installed ]]; }; then
      dpkg-query -W -f '${source:Package} ${source:Version}\n' "$(package_of "$part" "$version")"
    fi
  done < <(table_rows "$components_table") | sort -u
}

# fetch_debian_source PACKAGE VERSION FOLDER: the files that the signed index names, each with its SHA-256.
fetch_debian_source() {
  local package="$1" version="$2" address file sha256 found=''
  local folder="$debian_dir/$package-${version//[:\/]/_}"
  if [[ ! -d $folder ]]; then
    read_indexes
    rm -rf "$folder.part"
    mkdir -p "$folder.part"
    while read -r address file sha256; do
      download "$address" "$folder.part/$file" "$sha256" || return 1
      found=1
    done < <(private_apt apt-get -qq -c "$apt_dir/apt.conf" source --print-uris --only-source "$package=$version" 2>/dev/null |
      awk '{ gsub(/\047/, "", $1); sub(/^SHA256:/, "", $4); print $1, $2, $4 }')
    [[ -n $found ]] || return 1
    mv "$folder.part" "$folder"
  fi
  cp "$folder"/* "$3/"
}

# A part under the GPL or LGPL without its source would be a tarball that must not be given away; of the others it is a courtesy.
needs_source() {
  # shellcheck disable=SC2016  # dpkg-query expands it
  table_rows "$native_dir/pins.tsv" | awk -F'\t' '$3 == "system" && $8 ~ /GPL/ { print $4 }' | xargs dpkg-query -W -f '${source:Package}\n' | grep -qx "$1"
}

debian_sources() {
  local package version
  mkdir -p "$1/debian"
  while read -r package version; do
    fetch_debian_source "$package" "$version" "$1/debian" && continue
    ! needs_source "$package" || die "the source of $package $version is not to be had from this mirror: bring the -dev packages up to date (apt-get upgrade), build and publish again"
    printf '%s %s\n' "$package" "$version" >>"$1/missing"
  done < <(linked_packages)
}

# "package version (licence) address", and of what commit it is where its maker says so.
nuget_sources() {
  local id version licence repository
  while IFS=$'\t' read -r id version licence _; do
    repository="$(nuget_repository "$id" "$version" | paste -sd' ')"
    printf '  %s %s (%s) %s\n' "$id" "$version" "$licence" "${repository:-https://www.nuget.org/packages/$id/$version}"
  done < <(nuget_rows)
}

write_readme() {
  {
    printf 'The sources that the programs of Encode %s were made from.\n\n' "$2"
    printf 'encode/ builds them on Debian 12 with the .NET SDK of encode/global.json: dotnet tool exec -y cake.tool -- --target=Package\n'
    printf 'It compiles the tarballs of upstream/ by the recipes in encode/native/recipes. It fetches them from a Debian mirror, unless they are there:\n'
    printf '  mkdir -p ~/.cache/encode-native/sources && cp upstream/* ~/.cache/encode-native/sources/\n'
    printf 'It links the static libraries of the packages in debian/ as Debian built them.\n\n'
    if [[ -s $1/missing ]]; then
      printf 'Not under the GPL and no longer on the mirror in this version, see https://snapshot.debian.org: %s\n\n' "$(paste -sd, "$1/missing" | sed 's/,/, /g')"
    fi
    printf 'Used as published by their makers, none under the GPL alone:\n'
    nuget_sources
    printf '  libstdc++ (GPL with the exception for programs that a compiler made) with Debian 12: apt-get source gcc-12\n'
    printf '  nats-server %s (Apache-2.0) https://github.com/nats-io/nats-server\n' "$(pin natsserver version)"
  } >"$1/README"
  rm -f "$1/missing"
}

main() {
  local out="$repo_dir/artifacts/packages" version name work file
  [[ $# -eq 0 || ($# -eq 2 && $1 == --out) ]] || die 'usage: packaging/sources.sh [--out FOLDER]'
  [[ $# -eq 0 ]] || out="$2"
  # Beside what is compiled here also the release whose libraries are linked.
  # shellcheck source=/dev/null
  source_suites+=" $(. /etc/os-release && printf '%s' "$VERSION_CODENAME")"
  version="$(product_version)"
  name="encode-$version-sources"
  file="$out/$name.tar"
  mkdir -p "$out"
  work="$(mktemp -d "$out/.sources.XXXXXX")"
  # shellcheck disable=SC2064  # the folder of this run
  trap "rm -rf '$work'" EXIT
  mkdir "$work/$name"
  own_sources "$work/$name"
  pinned_sources "$work/$name"
  debian_sources "$work/$name"
  write_readme "$work/$name" "$version"
  tar_of "$work" "$name" >"$work/tar"
  mv "$work/tar" "$file"
  printf '%s: %s bytes\n' "$file" "$(stat -c %s "$file")"
}

main "$@"
