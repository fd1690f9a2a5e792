using System.Text.Json;
using System.Text.Json.Serialization;
using Vector20.Proving.Actions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Replaying;

/// <summary>A counterexample in a file: JSON, made to be read by people too.</summary>
public static class ReplayFile
{
    private const string Format = "vector20-replay-1";

    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Writes a counterexample.</summary>
    /// <param name="path">The file.</param>
    /// <param name="property">The property's name, or the file that it was compiled from.</param>
    /// <param name="found">The counterexample.</param>
    /// <param name="size">How steps are cut.</param>
    public static void Write(string path, string property, Counterexample found, StepSize size)
    {
        var document = new Document(Format, property, found.What, found.Interleaved, size, found.World, [.. found.Path.Select(a => a.ToString())]);
        File.WriteAllText(path, JsonSerializer.Serialize(document, s_options) + "\n");
    }

    /// <summary>Reads one.</summary>
    /// <returns>Null, or what is wrong with the file in a line.</returns>
    public static string? TryRead(string path, out Replay? replay)
    {
        replay = null;
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(File.ReadAllBytes(path), s_options);
        }
        catch (FileNotFoundException)
        {
            return $"{path}: no such file; 'prove --replay {path}' writes one";
        }
        catch (JsonException e)
        {
            return $"{path}: it is no replay file, line {e.LineNumber + 1}: {FirstLine(e.Message)}; 'prove --replay FILE' writes one";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"{path}: {FirstLine(e.Message)}; name a file that can be read";
        }

        if (document is not { Format: Format, Property: not null, World: not null, Path: { Count: > 0 } steps }) return $"{path}: it is no replay file of this version; 'prove --replay FILE' writes one";
        if (document.World.Problem is { } problem) return $"{path}: the world makes no sense: {problem}";
        var actions = new List<WorldAction>();
        foreach (string step in steps)
        {
            if (step is null || !WorldAction.TryParse(step, out WorldAction action) || action.Vcpu >= document.World.Vcpus) return $"{path}: '{step}' is no action of this world; look at the names that 'prove' prints";
            actions.Add(action);
        }

        replay = new Replay(document.Property, document.What ?? "", document.Interleaved, document.Size, document.World, actions);
        return null;
    }

    private static string FirstLine(string text) => text.Split('\n', '.')[0].Trim();

    private sealed record Document(string? Format, string? Property, string? What, bool Interleaved, StepSize Size, WorldOptions? World, IReadOnlyList<string>? Path);
}

/// <summary>What a replay file holds.</summary>
/// <param name="Property">The property's name, or the file that it was compiled from.</param>
/// <param name="What">What was seen.</param>
/// <param name="Interleaved">Whether the path is of beginnings and steps.</param>
/// <param name="Size">How steps are cut.</param>
/// <param name="World">The world.</param>
/// <param name="Path">The actions.</param>
public sealed record Replay(string Property, string What, bool Interleaved, StepSize Size, WorldOptions World, IReadOnlyList<WorldAction> Path);
