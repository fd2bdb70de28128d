#!/usr/bin/env bash
# Removes Encode from this host: services, programs, links. Data in /var/lib/encode-master and /var/lib/encode-agent and the
# configuration in /etc/encode stay, with the users who own them; `uninstall.sh --purge` removes these too.
set -euo pipefail

# `su` may leave the system's folders out of PATH.
PATH=$PATH:/usr/sbin:/sbin

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
      systemctl --quiet disable --now "encode-$role" || printf 'uninstall: note: encode-%s could not be disabled\n' "$role" >&2
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

check_tools() {
  command -v userdel >/dev/null || die 'there is no userdel to remove the users encode-master and encode-agent: install the package passwd'
}

# One thing that cannot be removed (a mount point, a user who is logged in) is no reason to leave the others.
purge() {
  local role place left=()
  for place in "$etc" /var/lib/encode-{master,agent} /etc/systemd/system/encode-{master,agent}.service.d; do
    rm -rf "$place" || left+=("$place")
  done
  for role in master agent; do
    ! getent passwd "encode-$role" >/dev/null || userdel "encode-$role" || left+=("the user encode-$role")
  done
  ((${#left[@]} == 0)) || die "Encode is removed, but not $(printf '%s, ' "${left[@]}" | sed 's/, $//'): the lines above say why"
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
  [[ -z $purge ]] || check_tools
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
