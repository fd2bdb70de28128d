#!/bin/sh
# Writes src/FFmpeg.AutoGen/generated and the layout checks of its tests from FFmpeg's headers.
#   generate.sh [--include DIR]   write
#   generate.sh --check           write elsewhere, compare with what is committed, fail when they differ
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
include=$root/artifacts/native/include
check=false
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=true ;;
    --include) include=$2; shift ;;
    *) echo "generate.sh: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
if [ ! -f "$include/libavcodec/avcodec.h" ]; then
  echo "generate.sh: no FFmpeg headers in $include; run the target Native first" >&2
  exit 1
fi

bindings=$root/src/FFmpeg.AutoGen/generated
layouts=$root/tests/FFmpeg.AutoGen.Tests/generated
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
dotnet run --project "$root/native/bindgen/bindgen.csproj" -v q -- \
  "$include" "$root/native/bindgen/subset.txt" "$new/bindings" "$new/layouts"

if $check; then
  if diff -r -u "$bindings" "$new/bindings" && diff -r -u "$layouts" "$new/layouts"; then
    echo "generate.sh: the committed bindings are what the headers say"
  else
    echo "generate.sh: the committed bindings differ from the headers; run native/bindgen/generate.sh and commit" >&2
    exit 1
  fi
else
  rm -rf "$bindings" "$layouts"
  cp -r "$new/bindings" "$bindings"
  cp -r "$new/layouts" "$layouts"
fi
