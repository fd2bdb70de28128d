# shellcheck shell=bash
# FFmpeg, the tools: `ffmpeg` and `ffprobe` for tests and the demo. The product's parts and what is needed to make odd sources and to
# judge outputs; the programs are never shipped.
tools_title='FFmpeg, tools (ffmpeg, ffprobe)'
tools_needs=(nvheaders svtav1 dav1d)
tools_inputs() {
    ffmpeg_common_inputs 'product|tools'
    installed_versions libvpx-dev libmp3lame-dev
}

tools_build() {
    static_only_folder "$PWD/static" vpx mp3lame
    ffmpeg_configure tools --extra-ldflags=-L../static --enable-libvpx --enable-libmp3lame --disable-shared --enable-static --enable-ffmpeg --enable-ffprobe --disable-ffplay
    make -C build -j "$jobs" ffmpeg ffprobe
    mkdir -p "$1/bin"
    install -s build/ffmpeg build/ffprobe "$1/bin/"
    cp build/enabled.tsv "$1/"
    "$1/bin/ffprobe" -v error -version
}
