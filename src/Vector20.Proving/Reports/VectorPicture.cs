using System.Globalization;
using System.Text;
using Vector20.Proving.Exploring;

namespace Vector20.Proving.Reports;

/// <summary>The vectors by what delivered them: a strip of 256 cells a source, darker where more was delivered.</summary>
internal static class VectorPicture
{
    private const int Cell = 15, Left = 150, Height = 20, PerRow = 64;
    private static readonly string[] s_sources = ["external interrupt", "NMI", "exception", "INT n", "INT1", "INT3, INTO"];

    public static string Of(Coverage coverage)
    {
        int rows = 256 / PerRow, block = Coverage.Sources * Height + 26;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\"><svg width=\"{Left + PerRow * Cell + 10}\" height=\"{rows * block}\" role=\"img\" aria-label=\"Deliveries by vector and source\">\n");
        for (int row = 0; row < rows; row++)
        {
            int top = row * block + 16;
            for (int column = 0; column < PerRow; column += 8)
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + column * Cell}\" y=\"{top - 4}\">{row * PerRow + column}</text>\n");
            for (int source = 0; source < Coverage.Sources; source++) Strip(svg, coverage, source, row * PerRow, top + source * Height);
        }

        return svg.Append("</svg></div>\n").ToString();
    }

    private static void Strip(StringBuilder svg, Coverage coverage, int source, int first, int y)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 13}\">{s_sources[source]}</text>\n");
        for (int i = 0; i < PerRow; i++)
        {
            long count = coverage.DeliveredBy(source, first + i);
            double shade = count == 0 ? 0 : Math.Min(1, 0.2 + Math.Log10(count) / 6);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left + i * Cell}\" y=\"{y}\" width=\"{Cell - 2}\" height=\"{Height - 3}\" fill=\"var(--mark)\" fill-opacity=\"{shade:0.00}\" stroke=\"var(--line)\"><title>vector {first + i}, {s_sources[source]}: {count}</title></rect>\n");
        }
    }
}
