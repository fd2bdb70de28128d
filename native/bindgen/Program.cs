using Bindgen;

// Writes the C# bindings of libav from its own headers:
//
//   headers ──clang──► AST (JSON) ──Headers──► records, enums, functions ─┐
//           └─clang──► macros ──────────────► Constants ──────────────────┤
//   subset.txt ─────────────────────────────────────────────────► Subset ─┤
//                                                                         ▼
//                Binder (which types the subset reaches, and their C# names)
//                                                                         ▼
//          Arrays · Delegates · Enums · Structs · functions per library · constants · layout checks
//
// The names and shapes are those of the package FFmpeg.AutoGen 7.1.1, so that a caller compiles against either:
// array types `byte_ptrArray8`, callbacks `AVIOContext_seek_func`, `const char*` as string, and so on.
// The output depends on nothing but the headers and the table: no path, date or machine name goes in, and every list is sorted.

if (args.Length != 4)
{
    Console.Error.WriteLine("usage: bindgen INCLUDE_DIR SUBSET_FILE OUTPUT_DIR LAYOUT_TEST_DIR");
    return 2;
}

var (include, output, layoutTest) = (Path.GetFullPath(args[0]), args[2], args[3]);
var subset = Subset.Read(args[1]);
var clang = new Clang(include, subset.Headers);
using var ast = clang.DumpAst();
var headers = Headers.Read(ast.RootElement, include);
var constants = new Constants(clang.ReadMacros(), headers).Evaluate(subset);
var binder = new Binder(headers, subset);
binder.Bind();

Directory.CreateDirectory(output);
new TypeFiles(binder).Write(output);
new FunctionFiles(binder, clang.ReadVersions()).Write(output);
ConstantFile.Write(output, constants);
new LayoutFiles(binder, constants).Write(layoutTest, subset.Headers);
Console.WriteLine($"{binder.Functions.Count} functions, {binder.Records.Count} structs, {binder.Enums.Count} enums, {constants.Count} constants");
return 0;
