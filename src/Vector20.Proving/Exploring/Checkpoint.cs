using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;

namespace Vector20.Proving.Exploring;

/// <summary>
/// Results of jobs in a file, a line each, written as they come: a run that was killed loses the jobs it was at, and no more. A last line that was cut short is left out;
/// any other line begins with a digest of the rest, so that a file that was altered is refused.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private const string Format = "vector20-checkpoint-1";
    private readonly ConcurrentDictionary<UInt128, JobResult> _known = new();
    private readonly StreamWriter _writer;
    private readonly Lock _lock = new();

    private Checkpoint(StreamWriter writer) => _writer = writer;

    /// <summary>Results that the file had when it was opened.</summary>
    public int Recalled { get; private set; }

    /// <summary>Opens a file, or begins one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What is being proved, in words: a file of another proof is refused.</param>
    /// <param name="mustExist">Whether the file must be there already.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <returns>Null, or what is wrong with the file in a line.</returns>
    public static string? Open(string path, string what, bool mustExist, out Checkpoint? checkpoint)
    {
        checkpoint = null;
        var known = new List<(UInt128, JobResult)>();
        long valid = 0;
        try
        {
            if (mustExist && !File.Exists(path)) return $"{path}: no such file; begin one with --checkpoint {path}";
            if (File.Exists(path) && Read(path, what, known, out valid) is { } wrong) return wrong;
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            stream.SetLength(valid);
            stream.Seek(valid, SeekOrigin.Begin);
            checkpoint = new Checkpoint(new StreamWriter(stream) { AutoFlush = false });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {e.Message.TrimEnd('.')}; name a file that can be written";
        }

        if (valid == 0) checkpoint.WriteLine(HeaderOf(what));
        foreach ((UInt128 key, JobResult result) in known) checkpoint._known[key] = result;
        checkpoint.Recalled = known.Count;
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    internal JobResult? Find(UInt128 key) => _known.GetValueOrDefault(key);

    internal void Add(UInt128 key, JobResult result)
    {
        _known[key] = result;
        string line = JsonSerializer.Serialize(new Line(key.ToString("x32", CultureInfo.InvariantCulture), SavedResult.Of(result)));
        WriteLine($"{DigestOf(Encoding.UTF8.GetBytes(line))} {line}");
    }

    private static string HeaderOf(string what) => JsonSerializer.Serialize(new Header(Format, what));

    private static string DigestOf(ReadOnlySpan<byte> line) => XxHash3.HashToUInt64(line).ToString("x16", CultureInfo.InvariantCulture);

    private static string? Read(string path, string what, List<(UInt128, JobResult)> known, out long valid)
    {
        valid = 0;
        byte[] bytes = File.ReadAllBytes(path);
        int number = 1;
        for (int start = 0; start < bytes.Length; number++)
        {
            int length = bytes.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0) return number > 1 || Encoding.UTF8.GetBytes(HeaderOf(what)).AsSpan().StartsWith(bytes) ? null : $"{path}: it is no checkpoint; name another file";
            if (!TryRead(bytes.AsSpan(start, length), number == 1, what, known, out string? wrong)) return $"{path}: {wrong ?? $"line {number} is not as it was written"}; name another file";
            start += length + 1;
            valid = start;
        }

        return null;
    }

    private static bool TryRead(ReadOnlySpan<byte> line, bool isHeader, string what, List<(UInt128, JobResult)> known, out string? wrong)
    {
        wrong = null;
        try
        {
            if (isHeader)
            {
                wrong = "it is no checkpoint";
                var header = JsonSerializer.Deserialize<Header>(line);
                if (header?.Format != Format) return false;
                wrong = $"it is the checkpoint of another proof ({header.What})";
                return header.What == what;
            }

            int space = line.IndexOf((byte)' ');
            if (space < 0 || Encoding.ASCII.GetString(line[..space]) != DigestOf(line[(space + 1)..])) return false;
            var saved = JsonSerializer.Deserialize<Line>(line[(space + 1)..]);
            if (saved is null || !UInt128.TryParse(saved.Job, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 key)) return false;
            known.Add((key, saved.Result.ToResult()));
            return true;
        }
        catch (Exception e) when (e is JsonException or FormatException or NullReferenceException)
        {
            return false;
        }
    }

    private void WriteLine(string line)
    {
        lock (_lock)
        {
            _writer.Write(line);
            _writer.Write('\n');
            _writer.Flush();
        }
    }

    private sealed record Header(string Format, string What);

    private sealed record Line(string Job, SavedResult Result);
}
