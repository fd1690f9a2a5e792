using System.Runtime.CompilerServices;

// No method here reads a local before it writes it, and every stackalloc is cleared or filled: zeroing frames at every call would be a tenth of an event's time.
[module: SkipLocalsInit]
