# shellcheck shell=bash
# What both FFmpeg builds share: the configure line, and the check that exactly the parts of ffmpeg-parts.tsv were built.
# configure drops names it does not know and parts whose needs are not met without a word, so a typing error would show up as a
# missing decoder in the field; and a part that another one selects would widen the surface unseen. Both fail the build here.

parts_table="$native_dir/ffmpeg-parts.tsv"
system_libraries=(libx264-dev libx265-dev libopus-dev libzimg-dev libnuma-dev zlib1g-dev)
system_archives=(x264 x265 opus zimg numa z)

# asked_parts BUILD: "kind name" for each row of that build; tools has the product's rows too.
asked_parts() {
    table_rows "$parts_table" | awk -F'\t' -v build="$1" '$3 == "product" || $3 == build { print $1 "\t" $2 }' | sort
}

ffmpeg_common_inputs() {
    pin ffmpeg sha256
    table_rows "$parts_table" | awk -F'\t' -v builds="^($1)$" '$3 ~ builds { print $1, $2 }'
    sed -n '/^ffmpeg_configure/,/^}/p' "$native_dir/lib/ffmpeg.sh"
    installed_versions "${system_libraries[@]}"
}

# The -dev packages have an archive and a shared library side by side and the linker would take the latter; a folder that has
# only archives, put first, settles it. Only for programs: some of the archives (x264, opus, numa) are not position independent
# enough for a shared object, so the shared build, which never leaves a development machine, uses the system's shared libraries.
static_only_folder() {
    local folder="$1" name triplet
    shift
    triplet="$(gcc -print-multiarch)"
    mkdir -p "$folder"
    for name in "${system_archives[@]}" "$@"; do ln -sf "/usr/lib/$triplet/lib$name.a" "$folder/"; done
    ln -sf "$(gcc -print-file-name=libstdc++.a)" "$folder/"
}

# ffmpeg_configure BUILD FLAG...: configured in ./build, with build/enabled.tsv as the list of what there is.
ffmpeg_configure() {
    local build="$1" kind name selected=()
    shift
    case "$(pin ffmpeg version)" in
        7:7.1.[5-9]* | 7:7.1.[1-9][0-9]*) ;;
        *) die "the pin of FFmpeg is $(pin ffmpeg version); the bindings need 7.1.x, at least 7.1.5" ;;
    esac
    unpack ffmpeg src
    while IFS=$'\t' read -r kind name; do selected+=("--enable-$kind=$name"); done < <(asked_parts "$build")
    mkdir -p build
    (cd build && PKG_CONFIG_PATH="$(part_dir svtav1)/lib/pkgconfig:$(part_dir dav1d)/lib/pkgconfig:$(part_dir nvheaders)/lib/pkgconfig" \
        ../src/configure --prefix="$neutral_prefix" --disable-everything --disable-autodetect --disable-network --disable-doc --disable-debug \
        --disable-postproc --enable-pic --enable-gpl --enable-version3 --enable-pthreads --enable-runtime-cpudetect --enable-zlib \
        --enable-libx264 --enable-libx265 --enable-libsvtav1 --enable-libdav1d --enable-libopus --enable-libzimg \
        --enable-ffnvcodec --enable-nvenc --enable-nvdec --enable-cuvid \
        --pkg-config-flags=--static --extra-libs=-lm "$@" "${selected[@]}")
    ffmpeg_check_parts build "$build"
}

# built_parts FOLDER: "kind name" for each CONFIG_NAME_KIND that is 1. Parts of the bsf, filter and other lists alike.
built_parts() {
    sed -n 's/^#define CONFIG_\([A-Z0-9_]*\)_\(DEMUXER\|DECODER\|PARSER\|ENCODER\|MUXER\|BSF\|FILTER\|HWACCEL\|PROTOCOL\|INDEV\|OUTDEV\) 1$/\L\2\t\1/p' \
        "$1/config_components.h" | sort
}

ffmpeg_check_parts() {
    local folder="$1" build="$2" missing extra
    built_parts "$folder" >"$folder/enabled.tsv"
    missing="$(comm -23 <(asked_parts "$build") "$folder/enabled.tsv")"
    extra="$(comm -13 <(asked_parts "$build") "$folder/enabled.tsv")"
    if [[ -n $missing$extra ]]; then
        printf '%s' "$missing" | sed 's/^/asked for in ffmpeg-parts.tsv, not built: /'
        printf '%s' "$extra" | sed 's/^/built, without a row in ffmpeg-parts.tsv: /'
        die "FFmpeg's configure did not build exactly the $build list of native/ffmpeg-parts.tsv"
    fi
}
