# shellcheck shell=bash
# nv-codec-headers: declarations only; the driver's libraries are opened by FFmpeg at run time.
nvheaders_title='nv-codec-headers'
nvheaders_needs=()
nvheaders_inputs() { pin nvheaders sha256; }

nvheaders_build() {
    unpack nvheaders src
    make -C src install PREFIX="$neutral_prefix" DESTDIR="$PWD/root"
    take_installed root "$1"
}
