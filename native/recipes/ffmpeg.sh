# shellcheck shell=bash
# FFmpeg, the product: what the agent links. Static PIC archives for the AOT publish and shared libraries, made of the same objects,
# for tests under JIT; no programs. SVT-AV1 and dav1d are inside the shared ones; x264 and the other libraries of the system are not.
ffmpeg_title='FFmpeg, product (static and shared)'
ffmpeg_needs=(nvheaders svtav1 dav1d)
ffmpeg_inputs() { ffmpeg_common_inputs product; }

ffmpeg_build() {
    ffmpeg_configure product --enable-shared --enable-static --disable-programs --disable-avdevice
    # shellcheck disable=SC2016  # $ORIGIN is for the loader: make halves the dollars twice, the shell takes the backslash
    make -C build -j "$jobs" LDSOFLAGS='-Wl,-rpath,\$$$$ORIGIN'
    make -C build install DESTDIR="$PWD/root"
    take_installed root "$1"
    cp build/enabled.tsv build/config.h build/config_components.h "$1/"
}
