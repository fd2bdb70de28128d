# shellcheck shell=bash
# SQLite as `e_sqlite3`, the name that Microsoft.Data.Sqlite's provider binds: one object in an archive for AOT, one .so for tests
# under JIT. The options are those of the NuGet package's own library (its provider calls column metadata, snapshots and extension
# loading, and a DirectPInvoke that does not resolve fails the link) but for two: foreign keys are off until a connection asks, as in
# plain SQLite, and full-text, R-tree and session code that nothing here uses stays out.
sqlite_title='SQLite'
sqlite_needs=()
sqlite_inputs() { pin sqlite sha256; }

sqlite_options=(
    -DSQLITE_THREADSAFE=1
    -DSQLITE_DQS=0
    -DSQLITE_LIKE_DOESNT_MATCH_BLOBS
    -DSQLITE_ENABLE_COLUMN_METADATA
    -DSQLITE_ENABLE_SNAPSHOT
    -DSQLITE_ENABLE_MATH_FUNCTIONS
    -DSQLITE_ENABLE_PREUPDATE_HOOK
    -DSQLITE_ENABLE_DBSTAT_VTAB
    -DSQLITE_DEFAULT_SYNCHRONOUS=2
    -DSQLITE_DEFAULT_WAL_SYNCHRONOUS=2
    -DHAVE_USLEEP=1
    -DHAVE_FDATASYNC=1
)

sqlite_build() {
    unpack sqlite src
    (cd src && ./configure --disable-tcl --disable-readline && make -j "$jobs" sqlite3.c sqlite3.h)
    mkdir -p "$1/include" "$1/lib"
    gcc -O2 -fPIC "${sqlite_options[@]}" -c src/sqlite3.c -o sqlite3.o
    ar rcs "$1/lib/libe_sqlite3.a" sqlite3.o
    gcc -shared -Wl,-soname,libe_sqlite3.so -Wl,-z,defs -s sqlite3.o -o "$1/lib/libe_sqlite3.so" -lpthread -lm
    cp src/sqlite3.h "$1/include/"
    printf '%s\n' "${sqlite_options[@]}" >"$1/options.txt"
}
