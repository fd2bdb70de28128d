using System.Runtime.CompilerServices;

// Every import is blittable, and the compiler holds us to it: nothing is marshalled at run time.
[assembly: DisableRuntimeMarshalling]
[module: SkipLocalsInit]
