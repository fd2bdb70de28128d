#!/usr/bin/env bash
# Demo: a farm on this host, from submit to a checked file, as an operator would run it.
#
#   packaging/demo.sh [INPUT [SCENARIO]]     called by: dotnet tool exec -y cake.tool -- --target=Demo [--input=FILE]
#
# Starts the published master (TLS, API key) and one agent in a private folder, uploads INPUT (default: a clip of 4K60 with
# sound that it makes first), submits the job with curl, shows progress, and lets our own ffprobe judge the result, which
# stays in artifacts/demo/. Ends what it started, by process id.
set -euo pipefail
cd "$(dirname "$0")/.."

input=${1:-}
given=$input
scenario=${2:-4K60-h264}
programs=artifacts/publish
tools=artifacts/native/bin
out=artifacts/demo
clip_seconds=3
run=$(mktemp -d "${TMPDIR:-/tmp}/encode-demo.XXXXXX")
master_pid='' agent_pid=''

say() { printf '%s\n' "$*"; }

die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

finish() {
  local status=$?
  for pid in $agent_pid $master_pid; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  if [ "$status" -ne 0 ]; then
    for log in master agent; do
      if [ -s "$run/$log.log" ]; then
        cp "$run/$log.log" "$out/$log.log"
        say "the last lines of $out/$log.log:" >&2
        tail -n 5 "$run/$log.log" >&2
      fi
    done
  fi
  rm -rf "$run"
  exit "$status"
}
trap finish EXIT

free_port() {
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  printf '%s' "$port"
}

api() { curl --noproxy localhost --silent --show-error --fail-with-body --cacert "$run/master.crt" --header @"$run/authorization" "$@"; }

start_farm() {
  (umask 077
    head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$run/api.key"
    printf 'Authorization: Bearer %s\n' "$(cat "$run/api.key")" >"$run/authorization"
    printf ' name=demo\n' >>"$run/api.key")
  "$programs/master" --generate-cert --cert "$run/master.crt" --key "$run/master.key" --hosts localhost,127.0.0.1
  port=$(free_port 8443)
  url=https://localhost:$port
  "$programs/master" --tls --cert "$run/master.crt" --key "$run/master.key" --api-key-file "$run/api.key" --bind 127.0.0.1 --port "$port" \
    --nats-port "$(free_port 4222)" --db "$run/master.db" --files "$run/files" >"$run/master.log" 2>&1 &
  master_pid=$!
  wait_until "the master" 15 "$master_pid" api "$url/health"
  "$programs/agent" --register --master "$url" --ca "$run/master.crt" --api-key-file "$run/api.key" --name demo --work "$run/work" \
    --slots 1 --heartbeat-interval 5s >"$run/agent.log" 2>&1 &
  agent_pid=$!
  wait_until "the agent" 15 "$agent_pid" node_is_online
}

wait_until() {
  local what=$1 seconds=$2 pid=$3 deadline
  shift 3
  deadline=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || die "$what ended at its start"
    [ "$SECONDS" -lt "$deadline" ] || die "$what was not ready after $seconds s"
    sleep 0.05
  done
}

node_is_online() { api "$url/nodes" | jq -e '[.nodes[] | select(.state == "online" and .slots_free > 0)] | length > 0'; }

make_clip() {
  say "── making $clip_seconds s of 4K60 with sound"
  "$tools/ffmpeg" -hide_banner -loglevel error -y -f lavfi -i "testsrc2=size=3840x2160:rate=60" -f lavfi -i "sine=frequency=440:sample_rate=48000" \
    -t "$clip_seconds" -c:v libx264 -preset ultrafast -crf 20 -pix_fmt yuv420p -c:a aac -b:a 128k -movflags +faststart "$out/input.mp4"
  input=$out/input.mp4
}

# Shows the command that a user would type, then runs it.
submit() {
  say "\$ curl -X POST $url/jobs -H \"Authorization: Bearer \$KEY\" -H 'Content-Type: application/json' -d '$1'" >&2
  api --request POST "$url/jobs" --header 'Content-Type: application/json' --data "$1"
}

# Prints one line that rewrites itself on a terminal, and one line a second otherwise.
follow() {
  local id=$1 job status line
  while :; do
    job=$(api "$url/jobs/$id")
    status=$(jq -r .status <<<"$job")
    line=$(jq -r 'if .progress then "\(.status) \(.progress.frames)/\(.progress.expected_frames // "?") frames, \((.progress.fps // 0) * 10 | round / 10) fps" else .status end' <<<"$job")
    if [ -t 1 ]; then printf '\r\033[K%s' "$line"; else say "$line"; fi
    case $status in
      completed) break ;;
      failed | timed_out | canceled | rejected) printf '\n'; die "the job ended as $status: $(jq -r '"\(.error.class): \(.error.message)"' <<<"$job")" ;;
    esac
    if [ -t 1 ]; then sleep 0.2; else sleep 1; fi
  done
  [ ! -t 1 ] || printf '\n'
}

probe() { "$tools/ffprobe" -hide_banner -loglevel error -of default=noprint_wrappers=1:nokey=1 "$@"; }

# frames_of FILE RATE: frames that the picture of a file fills at a rate (60/1), from its first time stamp to the end of its last
# picture, without those that an edit list hides. A last picture that lasts much less than the mean is taken to last as long.
frames_of() {
  "$tools/ffprobe" -v error -select_streams v:0 -show_entries packet=pts_time,duration_time,flags -of csv=p=0 "$1" | awk -F, -v rate="$2" '
    BEGIN { split(rate, parts, "/"); rate = parts[1] / parts[2] }
    $1 == "" || $1 == "N/A" || $3 ~ /D/ { next }
    { n++; if (n == 1 || $1 < first) first = $1; if (n == 1 || $1 > last) { last = $1; length_of_last = $2 } }
    END { mean = n > 1 ? (last - first) / (n - 1) : 0; if (length_of_last + 0 < mean / 2) length_of_last = mean; printf "%d", (last + length_of_last - first) * rate + 0.5 }'
}

# The frames that decode must be as many as the result says, and as many as the source's picture is long.
judge() {
  local job=$1 file=$2 frames expected
  frames=$(probe -count_frames -select_streams v:0 -show_entries stream=nb_read_frames "$file" | head -n 1)
  expected=$(jq -r .result.frames <<<"$job")
  [ "$frames" = "$expected" ] || die "$file has $frames frames, the result says $expected"
  expected=$(frames_of "$input" "$(probe -select_streams v:0 -show_entries stream=r_frame_rate "$file" | head -n 1)")
  if [ "$frames" -lt $((expected - 1)) ] || [ "$frames" -gt $((expected + 1)) ]; then
    # Clocks that jump and pictures that do not decode make a source shorter or longer than its packets say.
    [ -n "$given" ] || die "$file has $frames frames, the source's picture fills $expected"
    say "── note: the output has $frames frames, the source's time stamps speak of $expected; compare the two"
  fi
  say "── ffprobe says"
  "$tools/ffprobe" -hide_banner -loglevel error -of compact -show_entries \
    stream=codec_name,width,height,sample_aspect_ratio,pix_fmt,color_range,color_space,color_transfer,color_primaries,r_frame_rate,duration,nb_frames,sample_rate,channels "$file"
}

mkdir -p "$out"
rm -f "$out"/*.log
[ -n "$input" ] || make_clip
[ -f "$input" ] || die "read $input: no such file; give --input=FILE"
say "── starting a master and an agent"
start_farm
name=$(basename "$input" | tr -c 'A-Za-z0-9._\n-' _ | sed 's/^[^A-Za-z0-9]\{1,\}/f/')
result=${name%.*}-$scenario.mp4
say "\$ curl -T $input $url/files/$name -H \"Authorization: Bearer \$KEY\""
api --upload-file "$input" "$url/files/$name" | jq -c .
job=$(submit "{\"scenario\": \"$scenario\", \"input\": {\"url\": \"upload:$name\"}, \"output\": {\"url\": \"upload:$result\"}}")
id=$(jq -r .id <<<"$job")
follow "$id"
job=$(api "$url/jobs/$id")
api --output "$out/$result" "$url/files/$result"
judge "$job" "$out/$result"
jq -r '"── \(.result.frames) frames in \(.result.elapsed_seconds * 10 | round / 10) s, real-time factor \(.result.real_time_factor * 100 | round / 100), encoder \(.result.encoder)"' <<<"$job"
jq -r '.result.notes[]? | "   note: \(.)"' <<<"$job"

quick=$(submit '{"scenario": "360p30-h264", "parameters": {"duration": 1}}')
quick_id=$(jq -r .id <<<"$quick")
follow "$quick_id" >/dev/null
api "$url/jobs/$quick_id" | jq -r '"── from submit to the first encoded frame of a 360p30 clip: \(.result.submit_to_first_frame_milliseconds | round) ms"'
say "── the result is $out/$result"
