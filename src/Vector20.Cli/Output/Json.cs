using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vector20.Cli.Output;

/// <summary>The one JSON writer. Field names are the C# names in camel case; docs/json.md lists them.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions s_document = Options(indented: true), s_line = Options(indented: false);

    /// <summary>A document for people and programs.</summary>
    public static string Document(object value) => JsonSerializer.Serialize(value, value.GetType(), s_document);

    /// <summary>A document on one line.</summary>
    public static string Line(object value) => JsonSerializer.Serialize(value, value.GetType(), s_line);

    private static JsonSerializerOptions Options(bool indented) => new()
    {
        WriteIndented = indented,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };
}
