#!/usr/bin/env bash
# Signs what Package made, with plain openssl (3.0 or later) and an Ed25519 key:
#
#   sign.sh new-key KEY            makes KEY (0600) and KEY.pub; KEY stays with who releases, KEY.pub goes to who installs
#   sign.sh sign KEY [FOLDER]      writes FOLDER/SHA256SUMS.sig over FOLDER/SHA256SUMS (default artifacts/packages)
#   sign.sh verify PUBLIC [FOLDER] checks the signature, and then the files
#
# An operator verifies without this script:
#   openssl pkeyutl -verify -pubin -inkey encode.pub -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig && sha256sum --check SHA256SUMS
# No key is ever committed: keep KEY outside the checkout.
set -euo pipefail

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage='usage: packaging/sign.sh new-key KEY | sign KEY [FOLDER] | verify PUBLIC [FOLDER]'

new_key() {
  [[ ! -e $1 && ! -e $1.pub ]] || die "$1 or $1.pub is there already and stays as it is: choose another name"
  (umask 077 && openssl genpkey -algorithm ed25519 -out "$1") || die "cannot make a key in $1"
  openssl pkey -in "$1" -pubout -out "$1.pub"
  printf '%s signs, %s verifies\n' "$1" "$1.pub"
}

readable() { [[ -r $1 ]] || die "read $1: no such file, or no permission"; }

sign() {
  readable "$1"
  readable "$2/SHA256SUMS"
  [[ $(stat -Lc %A "$1") == -???------ ]] || die "$1 can be read by others: chmod 600 $1, and think about who has seen it"
  (cd "$2" && sha256sum --check --quiet --strict SHA256SUMS >/dev/null 2>&1) || die "$2/SHA256SUMS does not fit the files beside it: run Package again"
  openssl pkeyutl -sign -inkey "$1" -rawin -in "$2/SHA256SUMS" -out "$2/SHA256SUMS.sig" 2>/dev/null || die "$1 is no Ed25519 key in PEM: make one with packaging/sign.sh new-key"
  printf '%s is signed\n' "$2/SHA256SUMS"
}

verify() {
  readable "$1"
  readable "$2/SHA256SUMS"
  readable "$2/SHA256SUMS.sig"
  openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in "$2/SHA256SUMS" -sigfile "$2/SHA256SUMS.sig" >/dev/null 2>&1 ||
    die "$2/SHA256SUMS was not signed with the key of $1: do not install these files"
  (cd "$2" && sha256sum --check --strict SHA256SUMS) || die 'a file is not the one that was signed: do not install it'
}

main() {
  case ${1:-} in
    new-key) [[ $# -eq 2 ]] || die "$usage"; new_key "$2" ;;
    sign | verify) [[ $# -eq 2 || $# -eq 3 ]] || die "$usage"; "$1" "$2" "${3:-$repo_dir/artifacts/packages}" ;;
    *) die "$usage" ;;
  esac
}

main "$@"
