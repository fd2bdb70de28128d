# shellcheck shell=bash
# The small C files of native/shim, which own what managed code may not (buffers that libav's threads release, structs that would
# have to be copied). Compiled on its own, so that a change costs a second and not an FFmpeg build.
shim_title='C shim'
shim_needs=(ffmpeg)
shim_inputs() { cat "$native_dir"/shim/*; }

shim_build() {
    local ffmpeg source objects=()
    ffmpeg="$(part_dir ffmpeg)"
    for source in "$native_dir"/shim/*.c; do
        gcc -std=c17 -O2 -fPIC -Wall -Wextra -Werror -fvisibility=hidden -I"$native_dir/shim" -I"$ffmpeg/include" -c "$source" -o "$(basename "$source" .c).o"
        objects+=("$(basename "$source" .c).o")
    done
    mkdir -p "$1/include" "$1/lib"
    ar rcs "$1/lib/libencode_shim.a" "${objects[@]}"
    # shellcheck disable=SC2016  # $ORIGIN is for the loader
    gcc -shared -Wl,-soname,libencode_shim.so -Wl,-z,defs -Wl,-rpath,'$ORIGIN' -Wl,--as-needed "${objects[@]}" -o "$1/lib/libencode_shim.so" \
        -L"$ffmpeg/lib" -lavformat -lavfilter -lavcodec -lswscale -lswresample -lavutil -lpthread -lm
    cp "$native_dir"/shim/*.h "$1/include/"
}
