#!/usr/bin/env bash
# Removes Encode from this host: services, programs, links. Data in /var/lib/encode-master and /var/lib/encode-agent and the
# configuration in /etc/encode stay, with the users who own them; `uninstall.sh --purge` removes these too.
set -euo pipefail

home=/opt/encode
etc=/etc/encode
units=/usr/local/lib/systemd/system
links=/usr/local/bin

die() {
  printf 'uninstall: %s\n' "$*" >&2
  exit 1
}

has_systemd() { [[ -d /run/systemd/system ]]; }

remove_services() {
  local role
  for role in master agent; do
    if has_systemd && [[ -e $units/encode-$role.service ]]; then
      systemctl --quiet disable --now "encode-$role"
    fi
    rm -f "$units/encode-$role.service" "/etc/systemd/system/multi-user.target.wants/encode-$role.service"
  done
  # Made by install.sh where it was not there; /usr/local/lib is the system's.
  (cd /usr/local/lib && rmdir --parents systemd/system 2>/dev/null) || true
  ! has_systemd || systemctl daemon-reload
}

check_none_runs() {
  local link program
  for link in /proc/[0-9]*/exe; do
    program=$(readlink "$link" 2>/dev/null) || continue
    [[ $program != "$home"/bin/* ]] || die "$program still runs as process $(basename "$(dirname "$link")"): stop it first"
  done
}

remove_programs() {
  local program
  for program in master agent bench; do
    [[ $(readlink "$links/$program") != "$home/bin/$program" ]] || rm "$links/$program"
  done
  rm -rf "$home" "$home.new" "$home.old"
}

purge() {
  local role
  rm -rf "$etc" /var/lib/encode-master /var/lib/encode-agent
  for role in master agent; do
    rm -rf "/etc/systemd/system/encode-$role.service.d"
    ! getent passwd "encode-$role" >/dev/null || userdel "encode-$role"
  done
}

# In a function, so that the whole of it is read before the file goes.
main() {
  local purge=''
  case ${1:-} in
    '') ;;
    --purge) purge=1 ;;
    *) die "$1 is no option; usage: uninstall.sh [--purge]" ;;
  esac
  ((EUID == 0)) || die 'removing needs root; run: sudo /opt/encode/uninstall.sh'
  remove_services
  check_none_runs
  remove_programs
  if [[ -n $purge ]]; then
    purge
    printf 'Encode is removed, with its data and configuration\n'
  else
    printf 'Encode is removed; data in /var/lib/encode-* and configuration in /etc/encode stay (--purge removes them)\n'
  fi
  exit 0
}

main "$@"
