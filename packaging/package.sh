#!/usr/bin/env bash
# package.sh [--programs FOLDER] [--version VERSION] [--out FOLDER]: the tarball, from published programs (default artifacts/publish) into
# artifacts/packages. The same programs give the same bytes: names sorted, one date, no owner, no time in the compression.
#
#   encode-VERSION-linux-x64/
#     bin/             master, agent, bench, nats-server
#     systemd/         units                         config/     sample environment files
#     install.sh with services.sh, uninstall.sh, README, VERSION
#     LICENSES/, sbom.spdx.json                      what the programs are made of
#     SHA256SUMS       every file above; install.sh checks it
set -euo pipefail

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What a release may weigh: it is carried to hosts by hand where there is no network.
max_bytes=60000000

lay_out() {
  local folder="$1" programs="$2" version="$3" program
  mkdir -p "$folder/bin"
  for program in master agent bench nats-server; do
    [[ -x $programs/$program ]] || die "$programs/$program is not there: publish first"
    install -m 755 "$programs/$program" "$folder/bin/"
  done
  # By name: what else lies there (an editor's copy, a finished environment file) is not for others.
  mkdir "$folder/systemd" "$folder/config"
  cp "$packaging_dir"/host/systemd/encode-{master,agent}.service "$folder/systemd/"
  cp "$packaging_dir"/host/config/{master,agent}.env "$folder/config/"
  cp "$packaging_dir"/host/{README,install.sh,services.sh,uninstall.sh} "$folder/"
  printf '%s\n' "$version" >"$folder/VERSION"
  "$packaging_dir/licences.sh" "$folder/LICENSES"
  "$packaging_dir/sbom.sh" "$folder/bin" "$version" >"$folder/sbom.spdx.json"
  # shellcheck disable=SC2094  # the list leaves itself out
  (cd "$folder" && find . -type f ! -name SHA256SUMS -printf '%P\0' | LC_ALL=C sort --zero-terminated | xargs -0 sha256sum >SHA256SUMS)
}

main() {
  local programs="$repo_dir/artifacts/publish" out="$repo_dir/artifacts/packages" version name work file
  version="$(product_version)"
  while (($#)); do
    [[ $# -ge 2 ]] || die "$1 needs a value; usage: packaging/package.sh [--programs FOLDER] [--version VERSION] [--out FOLDER]"
    case $1 in
      --programs) programs="$2" ;;
      --version) version="$2" ;;
      --out) out="$2" ;;
      *) die "$1 is no option; usage: packaging/package.sh [--programs FOLDER] [--version VERSION] [--out FOLDER]" ;;
    esac
    shift 2
  done
  name="encode-$version-linux-x64"
  file="$out/$name.tar.gz"
  mkdir -p "$out"
  work="$(mktemp -d "$out/.package.XXXXXX")"
  # shellcheck disable=SC2064  # the folder of this run
  trap "rm -rf '$work'" EXIT
  lay_out "$work/$name" "$programs" "$version"
  tar_of "$work" "$name" | gzip --no-name >"$work/tar.gz"
  (($(stat -c %s "$work/tar.gz") <= max_bytes)) || die "$name.tar.gz has $(stat -c %s "$work/tar.gz") bytes, the limit is $max_bytes: look at the sizes of the programs"
  mv "$work/tar.gz" "$file"
  printf '%s: %s bytes\n' "$file" "$(stat -c %s "$file")"
}

main "$@"
