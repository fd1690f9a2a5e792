using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Questions;

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
        Converters = { new FlagNames<HardwareFaults>(), new FlagNames<HypervisorBugs>(), new JsonStringEnumConverter(new EnumerationNames()) },
    };

    /// <summary>Values of enumerations have the names that the command line takes.</summary>
    private sealed class EnumerationNames : JsonNamingPolicy
    {
        public override string ConvertName(string name) => Names.Of(name);
    }

    /// <summary>Flags as an array of the names that the command line takes.</summary>
    private sealed class FlagNames<T> : JsonConverter<T> where T : struct, Enum
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("documents are only written");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (T flag in Enum.GetValues<T>())
                if (Convert.ToInt64(flag, CultureInfo.InvariantCulture) != 0 && value.HasFlag(flag)) writer.WriteStringValue(Names.Of(flag));
            writer.WriteEndArray();
        }
    }
}
