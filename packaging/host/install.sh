#!/usr/bin/env bash
# Installs Encode from the unpacked tarball that this script lies in, or upgrades what is there. Needs root, bash and coreutils;
# nothing is fetched.
#
#   install.sh [--master] [--agent]      which services this host gets beside those that it has; on a new host both by default
#              [--force]                 even over a newer version
#
#   /opt/encode                   programs, licences, list of components; replaced as a whole by an upgrade
#   /usr/local/bin                links to master, agent and bench
#   /usr/local/lib/systemd/system units
#   /etc/encode                   master.env, agent.env (flags), master/ and agent/ (certificates, keys): yours, never overwritten
#   /var/lib/encode-master, /var/lib/encode-agent       data, each its own user's
#
# Services that run are stopped for the moment in which the programs change places; when they do not stay up after that, the former
# programs come back (services.sh). New ones are neither started nor enabled: they need their certificates and keys first, and the
# commands for afterwards are printed.
set -euo pipefail

# What is installed is read by the services' users, whatever whoever installs keeps to himself; `su` may leave the system's folders out
# of PATH; what is parsed here is not translated.
umask 022
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=/opt/encode
etc=/etc/encode
units=/usr/local/lib/systemd/system
links=/usr/local/bin
programs=(master agent bench)
margin_kib=65536

die() {
  printf 'install: %s\n' "$*" >&2
  exit 1
}

say() { printf '%s\n' "$@"; }

[[ -r $here/services.sh ]] || die "$here/services.sh is not there: unpack the tarball again"
# shellcheck source=services.sh
. "$here/services.sh"

read_arguments() {
  roles=()
  force=''
  local argument
  for argument in "$@"; do
    case $argument in
      --master | --agent) roles+=("${argument#--}") ;;
      --force) force=1 ;;
      *) die "$argument is no option; usage: install.sh [--master] [--agent] [--force]" ;;
    esac
  done
  # A service that is there gets the unit that fits its new program.
  for argument in master agent; do
    [[ ! -e $units/encode-$argument.service || " ${roles[*]} " == *" $argument "* ]] || roles+=("$argument")
  done
  ((${#roles[@]})) || roles=(master agent)
}

check_host() {
  ((EUID == 0)) || die 'installing needs root; run: sudo ./install.sh'
  [[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || die "these programs are for Linux on x86_64; this host is $(uname -s) on $(uname -m)"
}

# The list names every file of the tarball, so that a cut or altered copy is found before anything is touched.
check_content() {
  local bad
  [[ -f $here/SHA256SUMS ]] || die "$here has no SHA256SUMS: run the install.sh of an unpacked tarball"
  bad=$(cd "$here" && sha256sum --check --quiet --strict SHA256SUMS 2>/dev/null | sed 's/: FAILED.*//' | head -n 1) || true
  [[ -z $bad ]] || die "$bad is not as it was packed: this copy is damaged; unpack the tarball again, and check it against SHA256SUMS beside it"
  (cd "$here" && sha256sum --check --status --strict SHA256SUMS) || die 'SHA256SUMS itself is damaged: unpack the tarball again'
}

check_programs() {
  local said
  said=$("$here/bin/master" --version 2>&1) || die "this host cannot run the programs: ${said%%$'\n'*}"
}

# An older master refuses the database of a newer one. In the order of versions ~ comes before nothing: 1.0.0~rc1, 1.0.0.
check_version() {
  version=$(<"$here/VERSION")
  before=''
  [[ ! -r $home/VERSION ]] || before=$(<"$home/VERSION")
  [[ -n $before && -z $force ]] || return 0
  [[ $(printf '%s\n' "${before/-/\~}" "${version/-/\~}" | sort -V | tail -n 1) == "${version/-/\~}" ]] ||
    die "$before is installed and this is the older $version, which may not read its data: keep it, or install with --force"
}

check_disk() {
  local needed free
  needed=$(($(du -sk "$here" | cut -f1) + margin_kib))
  free=$(df -Pk "$(dirname "$home")" | awk 'NR == 2 { print $4 }')
  ((free >= needed)) || die "$(dirname "$home") has $((free / 1024)) MiB free, installing needs $((needed / 1024)) MiB: make room first"
}

# Programs that systemd does not know of would go on running old code with new children.
check_no_strangers() {
  local link program pid
  for link in /proc/[0-9]*/exe; do
    program=$(readlink "$link" 2>/dev/null) || continue
    [[ $program == "$home"/bin/* ]] || continue
    pid=${link#/proc/}
    pid=${pid%/exe}
    ! belongs_to_service "$pid" || continue
    die "$program runs as process $pid and was not started by systemd: stop it, then install"
  done
}

make_user() {
  local user=encode-$1 group
  if ! getent passwd "$user" >/dev/null; then
    command -v useradd >/dev/null || die "there is no user $user and no useradd to make it: install the package passwd, or make a system user and group of that name"
    useradd --system --user-group --home-dir "/var/lib/$user" --no-create-home --shell /usr/sbin/nologin "$user"
  fi
  [[ $1 == agent ]] || return 0
  # Who may use GPUs. A group that is not there yet comes with its driver: install again after that.
  for group in video render; do
    ! getent group "$group" >/dev/null || usermod --append --groups "$group" "$user"
  done
}

# take_over ROLE: data and configuration that came from another system, where the user had another number.
take_over() {
  local user=encode-$1 group
  if [[ -d /var/lib/$user && $(stat -L -c %u:%g "/var/lib/$user") != "$(id -u "$user"):$(id -g "$user")" ]]; then
    chown -R -h "$user:$user" "/var/lib/$user/"
    say "note: /var/lib/$user belonged to another user and is now $user's"
  fi
  [[ -d $etc/$1 ]] || return 0
  group=$(stat -L -c %g "$etc/$1")
  [[ $group != 0 && $group != "$(id -g "$user")" ]] || return 0
  find "$etc/$1/" -mindepth 1 -gid "$group" ! -user root -exec chown -h "$user:$user" {} +
  find "$etc/$1/" -mindepth 1 -gid "$group" -user root -exec chgrp -h "$user" {} +
  say "note: files in $etc/$1 that belonged to another user are now $user's"
}

make_folders() {
  local user=encode-$1
  install -d -m 755 "$etc"
  install -d -m 750 -o root -g "$user" "$etc/$1"
  install -d -m 700 -o "$user" -g "$user" "/var/lib/$user"
  [[ -e $etc/$1.env ]] || install -m 600 "$here/config/$1.env" "$etc/$1.env"
}

# However it ends, what ran before runs again.
finish() {
  rm -rf "$home.new"
  put_back
  start_services
}

# Copied aside first, so that a full disk changes nothing.
stage() {
  [[ -e $home || ! -e $home.old ]] || mv -T "$home.old" "$home"
  rm -rf "$home.new" "$home.old"
  trap finish EXIT
  mkdir "$home.new"
  cp -R "$here"/{bin,config,systemd,LICENSES,README,VERSION,sbom.spdx.json,uninstall.sh} "$home.new/"
  chown -R root:root "$home.new"
  chmod -R u=rwX,go=rX "$home.new"
}

swap() {
  [[ ! -e $home ]] || mv -T "$home" "$home.old"
  mv -T "$home.new" "$home" || die "cannot move the new programs to $home; those that were there stay"
}

# The former programs with their units, where there are some to go back to.
put_back() {
  [[ -e $home.old ]] || return 0
  rm -rf "$home"
  mv -T "$home.old" "$home"
  add_units
}

keep_or_put_back() {
  local fallen verdict='runs'
  if stay_up; then
    rm -rf "$home.old"
    return
  fi
  local first=$fallen
  systemctl stop "${stopped[@]}" || true
  put_back
  waiting=("${stopped[@]}")
  start_services
  stay_up || verdict="does not stay up either"
  die "$first did not stay up with $version; $before is back and $verdict: journalctl -u $first says why"
}

link_programs() {
  local program link
  mkdir -p "$links"
  for program in "${programs[@]}"; do
    link=$links/$program
    if [[ -e $link && ! $(readlink "$link") -ef $home/bin/$program ]]; then
      say "note: $link is another program and stays; ours is $home/bin/$program"
    else
      ln -sfn "$home/bin/$program" "$link"
    fi
  done
}

next_steps() {
  local role
  for role in "${roles[@]}"; do
    [[ " ${stopped[*]-} " != *" encode-$role "* ]] || { say "encode-$role is started again"; continue; }
    say '' "The $role: put its certificates and keys into $etc/$role and its flags into $etc/$role.env, then start it:"
    if has_systemd; then
      say "  systemctl enable --now encode-$role"
    else
      say "  (set -a; . $etc/$role.env; cd /var/lib/encode-$role; exec runuser -u encode-$role -- $home/bin/$role \$ENCODE_${role^^}_FLAGS)"
    fi
  done
}

main() {
  local role version before
  read_arguments "$@"
  check_host
  check_content
  check_programs
  check_disk
  check_version
  check_no_strangers
  check_not_masked
  stage
  for role in "${roles[@]}"; do
    make_user "$role"
    take_over "$role"
    make_folders "$role"
  done
  stop_services
  swap
  link_programs
  add_units
  start_services
  keep_or_put_back
  say "Encode $version is installed in $home${before:+; before it was $before}"
  next_steps
}

main "$@"
