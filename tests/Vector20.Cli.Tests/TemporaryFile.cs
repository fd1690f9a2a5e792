namespace Vector20.Cli.Tests;

/// <summary>A file for as long as a test needs it.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(params byte[] contents) => File.WriteAllBytes(Path, contents);

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public void Dispose() => File.Delete(Path);
}
