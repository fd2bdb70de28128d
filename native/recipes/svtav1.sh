# shellcheck shell=bash
# SVT-AV1, the encoder only, as one static archive that can also go into a shared object.
svtav1_title='SVT-AV1'
svtav1_needs=()
svtav1_inputs() { pin svtav1 sha256; }

svtav1_build() {
    unpack svtav1 src
    cmake -S src -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DBUILD_APPS=OFF -DBUILD_DEC=OFF -DBUILD_TESTING=OFF \
        -DSVT_AV1_LTO=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DENABLE_NASM=ON -DCMAKE_INSTALL_PREFIX="$neutral_prefix" -DCMAKE_INSTALL_LIBDIR=lib
    ninja -C build -j "$jobs"
    DESTDIR="$PWD/root" ninja -C build install
    take_installed root "$1"
}
