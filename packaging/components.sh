# shellcheck shell=bash
# What the programs are made of, as rows: from components.tsv with native/pins.tsv, the installed packages and nats-server's own
# package, and from the lock files and the package cache of NuGet. Used by sbom.sh and licences.sh, which source lib.sh after this.

# shellcheck source=../native/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../native/lib/common.sh"
# shellcheck source=../native/lib/layout.sh
. "$native_dir/lib/layout.sh"

components_table="$(dirname "$native_dir")/packaging/components.tsv"
nuget_cache="${NUGET_PACKAGES:-$HOME/.nuget/packages}"

# Each program and the lock file that says what is linked into it.
lock_files=(master src/Encode.Master/packages.lock.json agent src/Encode.Agent/packages.lock.json bench bench/Encode.Bench/packages.lock.json)

pinned_file() { printf '%s/sources/%s\n' "$cache_dir" "$(pin "$1" file)"; }

# The Debian package that a component was linked from; nothing for those that were not.
package_of() {
  local part="$1" version="$2"
  case $version in
    pin) pin "$part" package ;;
    deb:*) printf '%s\n' "${version#deb:}" ;;
    archive:*) dpkg-query --search "$(readlink -f "$(gcc -print-file-name="${version#archive:}")")" | cut -d: -f1 ;;
    built-using) printf '%s\n' "$part" ;;
    *) die "components.tsv: $part has a version of no known kind: $version" ;;
  esac
}

built_using() {
  dpkg-deb --field "$(pinned_file natsserver)" Built-Using | tr ',' '\n' | sed -n 's/^ *\([^ ]*\) (= \(.*\))$/\1\t\2/p'
}

component_version() {
  local part="$1" version="$2"
  case $version in
    pin) version_of "$part" "$(pin "$part" package)" ;;
    built-using) built_using | awk -F'\t' -v part="$part" '$1 == part { print $2 }' ;;
    *) dpkg-query -W -f '${Version}' "$(package_of "$part" "$version")" ;;
  esac
}

component_architecture() {
  case $2 in
    built-using) printf source ;;
    pin) if [[ $(pin "$1" kind) == source ]]; then printf source; else printf amd64; fi ;;
    *) printf amd64 ;;
  esac
}

check_built_using() {
  local unnamed
  unnamed="$(comm -23 <(built_using | cut -f1 | sort) <(table_rows "$components_table" | cut -f1 | sort))"
  [[ -z $unnamed ]] || die "nats-server is built with $unnamed, which packaging/components.tsv does not name"
}

# native_rows: part, name, version, licence, homepage, programs, Debian package, architecture of that package.
native_rows() {
  local part name version licence homepage programs found
  check_built_using
  while IFS=$'\t' read -r part name version licence homepage programs _; do
    found="$(component_version "$part" "$version")"
    [[ -n $found ]] || die "find the version of $name: $version does not say"
    [[ $licence != pin ]] || licence="$(pin "$part" licence)"
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$part" "$name" "$found" "$licence" "$homepage" "$programs" "$(package_of "$part" "$version")" "$(component_architecture "$part" "$version")"
  done < <(table_rows "$components_table")
}

# lock_rows: id, version, program for each package of the lock files, and for the packs that the SDK adds to a native program: they
# have the compiler's version and stand in no lock file.
lock_rows() {
  local i
  for ((i = 0; i < ${#lock_files[@]}; i += 2)); do
    jq -r --arg program "${lock_files[i]}" '[.dependencies[] | to_entries[] | select(.value.type != "Project")] | unique_by(.key)[]
      | [.key, .value.resolved, $program], (select(.key == "Microsoft.DotNet.ILCompiler")
          | ["Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64", .value.resolved, $program],
            (select($program == "master") | ["Microsoft.AspNetCore.App.Runtime.linux-x64", .value.resolved, $program])) | @tsv' "$repo_dir/${lock_files[i + 1]}"
  done | sort -u
}

nuget_folder() { printf '%s/%s/%s\n' "$nuget_cache" "${1,,}" "$2"; }

# One element of a nuspec, which is XML of a fixed, simple shape.
nuspec_value() { sed -n "s|.*<$2\( [^>]*\)\{0,1\}>\([^<]*\)</$2>.*|\2|p" "$1" | head -n 1; }

# nuget_repository ID VERSION: where the package's sources are, and at which commit; nothing where it does not say.
nuget_repository() {
  local element
  element="$(tr '\r\n' '  ' <"$(nuget_folder "$1" "$2")/${1,,}.nuspec" | grep -o '<repository [^>]*>')" || return 0
  sed -n 's|.* url="\([^"]*\)".*|\1|p' <<<"$element"
  sed -n 's|.* commit="\([^"]*\)".*|at commit \1|p' <<<"$element"
}

# nuget_rows: id, version, licence, homepage, SHA-512 in hex, programs.
nuget_rows() {
  local id version programs folder nuspec licence homepage
  while IFS=$'\t' read -r id version programs; do
    folder="$(nuget_folder "$id" "$version")"
    nuspec="$folder/${id,,}.nuspec"
    [[ -r $nuspec ]] || die "read the licence of $id $version: $folder is not there; publish first, and set NUGET_PACKAGES where the cache is elsewhere"
    grep -q '<license type="expression">' "$nuspec" || die "$id $version has no licence expression in its nuspec; look at it and teach packaging/components.sh"
    licence="$(nuspec_value "$nuspec" license)"
    homepage="$(nuspec_value "$nuspec" projectUrl)"
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$id" "$version" "$licence" "${homepage:--}" \
      "$(base64 -d "$folder/${id,,}.$version.nupkg.sha512" | od -An -v -tx1 | tr -d ' \n')" "$programs"
  done < <(lock_rows | awk -F'\t' -v OFS='\t' '{ key = $1 OFS $2; programs[key] = programs[key] (programs[key] ? " " : "") $3 } END { for (key in programs) print key, programs[key] }' | sort)
}
