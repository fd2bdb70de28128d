# shellcheck shell=bash
# dav1d, the library only, both bit depths.
dav1d_title='dav1d'
dav1d_needs=()
dav1d_inputs() { pin dav1d sha256; }

dav1d_build() {
    unpack dav1d src
    meson setup build src --prefix="$neutral_prefix" --libdir=lib --buildtype=release --default-library=static -Db_staticpic=true \
        -Denable_tools=false -Denable_tests=false -Denable_examples=false -Denable_docs=false
    ninja -C build -j "$jobs"
    DESTDIR="$PWD/root" ninja -C build install
    take_installed root "$1"
}
