# shellcheck shell=bash
# Sourced by install.sh: the services while the programs change places. Uses its $home, $units, $roles and die.
#
#   stop what runs ──► new programs, new units ──► start it again ──► up for settle_seconds? ──yes──► the former programs go
#                                                                                            └─no───► they come back and start

# A service counts as started as soon as its program runs; one that cannot read its data or its flags ends within this time.
settle_seconds=5

stopped=() # what ran, or was to run again, before
ran=()     # those of them that were up, so that the new programs must be up too
waiting=() # what is stopped now and is to be started however this ends

has_systemd() { [[ -d /run/systemd/system ]]; }

belongs_to_service() { has_systemd && grep -qE '/encode-(master|agent)\.service' "/proc/$1/cgroup" 2>/dev/null; }

# unit_is ROLE PROPERTY=VALUE...: whether all of them hold.
unit_is() {
  local shown wanted
  shown=$(systemctl show --property LoadState,ActiveState,NRestarts "encode-$1")
  for wanted in "${@:2}"; do [[ $'\n'$shown$'\n' == *$'\n'$wanted$'\n'* ]] || return 1; done
}

is_down() { unit_is "$1" ActiveState=inactive || unit_is "$1" ActiveState=failed; }

# What runs and is masked could be stopped, but not started again.
check_not_masked() {
  local role
  has_systemd || return 0
  for role in master agent; do
    ! unit_is "$role" LoadState=masked || is_down "$role" || die "encode-$role runs and is masked: stop or unmask it, then install"
  done
}

# What waits for its next try would be started in the middle: it is stopped as well.
stop_services() {
  local role
  has_systemd || return 0
  for role in master agent; do
    ! is_down "$role" || continue
    stopped+=("encode-$role")
    ! unit_is "$role" ActiveState=active || ran+=("$role")
  done
  waiting=("${stopped[@]}")
  ((${#stopped[@]} == 0)) || systemctl stop "${stopped[@]}"
}

# Whether it helped is for stay_up to say, in one line.
start_services() {
  ((${#waiting[@]} == 0)) || systemctl start "${waiting[@]}" 2>/dev/null || true
  waiting=()
}

# Whether everything that ran before is up for a while; otherwise $fallen is the first that is not.
stay_up() {
  local second role
  ((${#ran[@]})) || return 0
  for ((second = 0; second < settle_seconds; second++)); do
    sleep 1
    for role in "${ran[@]}"; do
      fallen=encode-$role
      unit_is "$role" ActiveState=active NRestarts=0 || return 1
    done
  done
}

# From what is installed, so that units and programs are of one version.
add_units() {
  local role
  mkdir -p "$units"
  for role in "${roles[@]}"; do
    [[ ! -e $home/systemd/encode-$role.service ]] || install -m 644 "$home/systemd/encode-$role.service" "$units/"
  done
  ! has_systemd || systemctl daemon-reload
}
