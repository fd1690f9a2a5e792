namespace Vector20.Cli.Proving;

/// <summary>Finding out before long work whether its result can be written.</summary>
internal static class Writing
{
    /// <summary>Why a file cannot be written; null: it can. One that is there keeps its contents.</summary>
    public static string? Problem(string file)
    {
        try
        {
            bool isNew = !File.Exists(file);
            using (new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write))
            {
            }

            if (isNew) File.Delete(file);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return e.Message.ReplaceLineEndings(" ").TrimEnd('.');
        }
    }
}
