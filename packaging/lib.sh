# shellcheck shell=bash
# Shared by the packaging scripts: where things are, how a failure is said, and how a folder becomes the same tar each time.

packaging_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
repo_dir="$(dirname "$packaging_dir")"

# The order of names and of whatever is sorted must not be this user's language's.
export LC_ALL=C

die() {
  printf 'package: %s\n' "$*" >&2
  exit 1
}

product_version() {
  local version
  version="$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$repo_dir/Directory.Build.props")"
  [[ $version =~ ^[0-9A-Za-z.+-]+$ ]] || die 'Directory.Build.props has no <Version>'
  printf '%s\n' "$version"
}

# Git looks at a checkout of another user only when told to: whoever packages as root need not own it.
in_git() { git -c safe.directory="$repo_dir" -C "$repo_dir" "$@"; }

# Whether this is a checkout; the sources that go with a release are none, and may lie in one of somebody else's.
is_checkout() { [[ "$(in_git rev-parse --show-toplevel 2>/dev/null)" == "$repo_dir" ]]; }

# Seconds since 1970 that every file of a package is dated: SOURCE_DATE_EPOCH where it is set, else the last commit's time, which
# released sources carry in the file SOURCE_DATE.
source_date() {
  local seconds="${SOURCE_DATE_EPOCH:-}"
  if [[ -z $seconds ]] && is_checkout; then
    seconds="$(in_git log -1 --format=%ct)"
  elif [[ -z $seconds && -r $repo_dir/SOURCE_DATE ]]; then
    seconds="$(<"$repo_dir/SOURCE_DATE")"
  fi
  [[ -n $seconds ]] || die 'this is no git checkout: set SOURCE_DATE_EPOCH to the date that the files shall have'
  [[ $seconds =~ ^[0-9]+$ ]] || die "the date of the sources is $seconds; it is a number of seconds since 1970 (SOURCE_DATE_EPOCH)"
  printf '%s\n' "$seconds"
}

# tar_of PARENT NAME: the folder as a tar on standard output that depends on its content and the date alone: no user, no umask,
# no order of the disk.
tar_of() {
  tar --create --format=gnu --sort=name --mtime="@$(source_date)" --owner=0 --group=0 --numeric-owner --mode='a=rX,u+w' --directory="$1" "$2"
}
