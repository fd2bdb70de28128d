#!/usr/bin/env bash
# licences.sh FOLDER: the licence texts of everything in the tarball, one folder a component:
#
#   FOLDER/Encode/            our own, and the GPL that the programs are under as a whole
#   FOLDER/<component>/       as components.tsv says where they are
#   FOLDER/nuget/<package>/   what the package carries; a package that carries none gets the text of its licence
set -euo pipefail

# shellcheck source=components.sh
. "$(dirname "${BASH_SOURCE[0]}")/components.sh"
# shellcheck source=../native/lib/fetch.sh
. "$native_dir/lib/fetch.sh"
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

common=/usr/share/common-licenses

# from_tar PART FOLDER FILE...: files of the pinned source, without its top folder; the archive is read once.
from_tar() {
  local part="$1" folder="$2"
  shift 2
  tar -xf "$(pinned_file "$part")" -C "$folder" --transform='s|.*/||' --wildcards --no-wildcards-match-slash "${@/#/*/}"
}

# The copyright file of a part that nats-server's package was built with; what holds it is fetched once, as the native build fetches its parts.
from_debian_source() {
  local version file
  version="$(component_version "$1" built-using)"
  file="$1_${version#*:}.debian.tar.xz"
  fetch_checked source "$1" "$1" "$version" "$file" "$2" || return 1
  tar -xOf "$cache_dir/sources/$file" debian/copyright
}

from_dev_package() {
  local version file
  version="$(component_version "$1" built-using)"
  file="$1-dev_${version#*:}_all.deb"
  fetch_checked deb "$1" "$1-dev" "$version" "$file" "$2" || return 1
  dpkg-deb --fsys-tarfile "$cache_dir/sources/$file" | tar -xO "./usr/share/doc/$1-dev/copyright"
}

# fetch_checked KIND SOURCE PACKAGE VERSION FILE SHA256, under the native build's lock, since all who package at once share apt's lists.
fetch_checked() (
  exec 9>"$cache_dir/lock"
  flock 9
  [[ ! -e $cache_dir/sources/$5 ]] || exit 0
  read_indexes
  read -r address signed < <(index_entry "$1" "$3" "$4" "$5") || true
  [[ -z ${signed:-} || $signed == "$6" ]] || die "$5: the signed index says SHA-256 $signed, packaging/components.tsv says $6"
  download "${address:-$(pool_address "$2" "$5")}" "$cache_dir/sources/$5" "$6" || die "$5 is not to be had from this mirror (log: $apt_dir/download.log)"
)

native_text() {
  local part="$1" version="$2" text="$3" folder="$4"
  case $text in
    head:*) tar -xOf "$(pinned_file "$part")" --wildcards "*/${text#head:}" | sed -n '1,/\*\//p' >"$folder/LICENSE" ;;
    doc) cp "/usr/share/doc/$(package_of "$part" "$version")/copyright" "$folder/copyright" ;;
    deb) dpkg-deb --fsys-tarfile "$(pinned_file "$part")" | tar -xO "./usr/share/doc/$(pin "$part" package)/copyright" >"$folder/copyright" ;;
    source:*) from_debian_source "$part" "${text#source:}" >"$folder/copyright" ;;
    dev:*) from_dev_package "$part" "${text#dev:}" >"$folder/copyright" ;;
    common:*) cp "$common/${text#common:}" "$folder/" ;;
    *) die "components.tsv: $part names a text of no known kind: $text" ;;
  esac
}

native_texts() {
  local part name version texts text
  while IFS=$'\t' read -r part name version _ _ _ texts; do
    mkdir -p "$1/$part"
    local from_source=()
    for text in $texts; do
      if [[ $text == tar:* ]]; then
        from_source+=("${text#tar:}")
      else
        native_text "$part" "$version" "$text" "$1/$part" || die "no licence text $text of $name"
      fi
    done
    ((${#from_source[@]} == 0)) || from_tar "$part" "$1/$part" "${from_source[@]}" || die "the source of $name lacks one of these: ${from_source[*]}"
  done < <(table_rows "$components_table")
}

# The MIT licence in the runtime's words, in the name of whoever holds a package's copyright; Microsoft's packages have the runtime's own holder.
mit_text() {
  local holder
  holder="$(sed -n 's/.*<copyright>\(.*\)<\/copyright>.*/\1/p' "$2"/*.nuspec | sed 's/^Copyright *//; s/^(c) *//; s/^© *//')"
  [[ -z $holder || $holder == *Microsoft* || $holder == *'.NET Foundation'* ]] && { cat "$1"; return; }
  awk -v holder="$holder" '/^Copyright/ { $0 = "Copyright (c) " holder } !/^All rights reserved/' "$1"
}

nuget_texts() {
  local id version licence folder files runtime
  runtime="$(nuget_rows | awk -F'\t' '$1 == "Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64" { print $2 }')"
  while IFS=$'\t' read -r id version licence _; do
    folder="$1/nuget/$id"
    mkdir -p "$folder"
    mapfile -t files < <(find "$(nuget_folder "$id" "$version")" -maxdepth 1 -type f \( -iname 'license*' -o -iname 'third-party-notices*' \) | sort)
    ((${#files[@]} == 0)) || cp "${files[@]}" "$folder/"
    [[ -z $(find "$folder" -iname 'license*') ]] || continue
    case $licence in
      Apache-2.0) cp "$common/Apache-2.0" "$folder/LICENSE" ;;
      MIT) mit_text "$(nuget_folder Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64 "$runtime")/LICENSE.TXT" "$(nuget_folder "$id" "$version")" >"$folder/LICENSE" ;;
      *) die "$id carries no text of its licence $licence: teach packaging/licences.sh where it is" ;;
    esac
  done < <(nuget_rows)
}

main() {
  (($# == 1)) || die 'usage: packaging/licences.sh FOLDER'
  mkdir -p "$1/Encode"
  cp "$repo_dir/LICENSE" "$1/Encode/LICENSE-sources"
  cp "$common/GPL-3" "$1/Encode/GPL-3"
  native_texts "$1"
  nuget_texts "$1"
}

main "$@"
