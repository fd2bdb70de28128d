# shellcheck shell=bash
# artifacts/native of this checkout, made aside and renamed, and left alone when it already shows these hashes. Headers and programs
# are hard links into the cache (copies where the file system cannot); libraries are copies made now, because MSBuild decides by their
# time whether to copy them again, and going back to an older build has to count as a change.

archives_of_libav=(avformat avfilter avcodec swscale swresample avutil)

link_in() {
    local target="$1"
    shift
    mkdir -p "$target"
    cp -al -- "$@" "$target/" 2>/dev/null || cp -a -- "$@" "$target/"
}

lay_out_static() {
    local name triplet lib="$1/lib/static"
    triplet="$(gcc -print-multiarch)"
    mkdir -p "$lib"
    for name in "${archives_of_libav[@]}"; do cp "$(part_dir ffmpeg)/lib/lib$name.a" "$lib/"; done
    cp "$(part_dir svtav1)/lib/libSvtAv1Enc.a" "$(part_dir dav1d)/lib/libdav1d.a" "$(part_dir shim)/lib/libencode_shim.a" \
        "$(part_dir sqlite)/lib/libe_sqlite3.a" "$(gcc -print-file-name=libstdc++.a)" "$lib/"
    for name in "${system_archives[@]}"; do cp "/usr/lib/$triplet/lib$name.a" "$lib/"; done
}

# Only the names that the loader asks for (libavcodec.so.61), as real files: they are copied next to test binaries.
lay_out_shared() {
    local name file lib="$1/lib/shared"
    mkdir -p "$lib"
    for name in "${archives_of_libav[@]}"; do
        file="$(readlink -f "$(part_dir ffmpeg)/lib/lib$name.so")"
        name="$(objdump -p "$file" | awk '$1 == "SONAME" { print $2 }')"
        cp "$file" "$lib/$name"
    done
    cp "$(part_dir shim)/lib/libencode_shim.so" "$(part_dir sqlite)/lib/libe_sqlite3.so" "$lib/"
}

# The arguments with which Encode.Native.targets links a program; gcc and clang read them as `@file`.
write_link_arguments() {
    local lib="$2/lib/static" name
    mkdir -p "$1/link"
    {
        printf '%s\n' '-Wl,--allow-multiple-definition' '-Wl,--start-group'
        for name in encode_shim "${archives_of_libav[@]}" x264 x265 SvtAv1Enc dav1d opus zimg numa z stdc++; do printf '"%s/lib%s.a"\n' "$lib" "$name"; done
        printf '%s\n' '-Wl,--end-group' '-lm' '-ldl' '-lpthread'
    } >"$1/link/agent.rsp"
    printf '"%s/libe_sqlite3.a"\n-lm\n' "$lib" >"$1/link/sqlite.rsp"
}

write_manifest() {
    local part package
    {
        printf 'kind\tname\tversion\tlicence\n'
        while IFS=$'\t' read -r part package; do
            printf 'version\t%s\t%s\t%s\n' "$part" "$(version_of "$part" "$package")" "$(pin "$part" licence)"
        done < <(table_rows "$native_dir/pins.tsv" | cut -f1,4)
        sed 's/^/product\t/' "$(part_dir ffmpeg)/enabled.tsv"
        sed 's/^/tools\t/' "$(part_dir tools)/enabled.tsv"
    } >"$1/manifest.tsv"
}

version_of() {
    if [[ $(pin "$1" suite) == installed ]]; then
        dpkg-query -W -f '${Version}' "$2"
    else
        pin "$1" version
    fi
}

lay_out() {
    local stamp new="$artifacts_dir.new.$$"
    stamp="$(all_hashes; sha256sum <"$native_dir/lib/layout.sh"; printf '%s\n' "$artifacts_dir")"
    [[ ! -f $artifacts_dir/.stamp || $(<"$artifacts_dir/.stamp") != "$stamp" ]] || return 0
    mkdir -p "$new/include" "$new/bin"
    cp -al "$(part_dir ffmpeg)"/include/. "$new/include/" 2>/dev/null || cp -a "$(part_dir ffmpeg)"/include/. "$new/include/"
    link_in "$new/include" "$(part_dir sqlite)"/include/* "$(part_dir shim)"/include/*
    link_in "$new/bin" "$(part_dir tools)"/bin/* "$(part_dir natsserver)"/bin/* "$(part_dir promtool)"/bin/*
    lay_out_static "$new"
    lay_out_shared "$new"
    write_link_arguments "$new" "$artifacts_dir"
    write_manifest "$new"
    printf '%s\n' "$stamp" >"$new/.stamp"
    rm -rf "$artifacts_dir"
    mv -T "$new" "$artifacts_dir"
    printf 'native libraries and tools are in %s\n' "$artifacts_dir"
}
