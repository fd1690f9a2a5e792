using System.Globalization;
using System.Text;
using Vector20.Hypervisor.Mmu;
using Vector20.Proving.Exploring;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Reports;

/// <summary>The states of EPT entries in a ring, and between them the transitions that were executed, thicker the more often.</summary>
internal static class EntryPicture
{
    private const double Width = 860, Height = 560, Radius = 205, Box = 128;

    public static string Of(Coverage coverage)
    {
        ShadowEntryState[] states = Enum.GetValues<ShadowEntryState>();
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\"><svg width=\"{Width}\" height=\"{Height}\" role=\"img\" aria-label=\"States of EPT entries and transitions\">\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"var(--mark)\"/></marker></defs>\n");
        for (int from = 0; from < states.Length; from++)
            for (int to = 0; to < states.Length; to++)
                if (coverage.Between(states[from], states[to]) is > 0 and var count && from != to) Arrow(svg, from, to, states, count);
        for (int i = 0; i < states.Length; i++) Node(svg, i, states, coverage);
        return svg.Append("</svg></div>\n").ToString();
    }

    private static (double X, double Y) Place(int i, int count)
    {
        double angle = 2 * Math.PI * i / count - Math.PI / 2;
        return (Width / 2 + 1.5 * Radius * Math.Cos(angle), Height / 2 + Radius * Math.Sin(angle));
    }

    private static void Node(StringBuilder svg, int i, ShadowEntryState[] states, Coverage coverage)
    {
        (double x, double y) = Place(i, states.Length);
        long written = states.Sum(from => coverage.Between(from, states[i]));
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x - Box / 2:0}\" y=\"{y - 19:0}\" width=\"{Box}\" height=\"38\" rx=\"5\" fill=\"var(--paper)\" stroke=\"var(--ink)\"/><text x=\"{x:0}\" y=\"{y - 3:0}\" text-anchor=\"middle\">{Names.Of(states[i])}</text><text x=\"{x:0}\" y=\"{y + 12:0}\" text-anchor=\"middle\">{written:N0} written</text>\n");
    }

    /// <summary>A bow, so that the way there and the way back are two.</summary>
    private static void Arrow(StringBuilder svg, int from, int to, ShadowEntryState[] states, long count)
    {
        (double x1, double y1) = Place(from, states.Length);
        (double x2, double y2) = Place(to, states.Length);
        double dx = x2 - x1, dy = y2 - y1, length = Math.Sqrt(dx * dx + dy * dy);
        double mx = (x1 + x2) / 2 - dy / length * 26, my = (y1 + y2) / 2 + dx / length * 26;
        (x1, y1) = Edge(x1, y1, mx, my);
        (x2, y2) = Edge(x2, y2, mx, my);
        double thick = 0.8 + Math.Log10(count) / 2;
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x1:0} {y1:0}Q{mx:0} {my:0} {x2:0} {y2:0}\" fill=\"none\" stroke=\"var(--mark)\" stroke-opacity=\".55\" stroke-width=\"{thick:0.0}\" marker-end=\"url(#tip)\"><title>{Names.Of(states[from])} to {Names.Of(states[to])}: {count:N0}</title></path>\n");
    }

    /// <summary>Where a line from the middle of a box towards a point leaves the box.</summary>
    private static (double X, double Y) Edge(double x, double y, double towardsX, double towardsY)
    {
        double dx = towardsX - x, dy = towardsY - y;
        double scale = Math.Min(Box / 2 / Math.Max(1e-9, Math.Abs(dx)), 19 / Math.Max(1e-9, Math.Abs(dy)));
        return (x + dx * scale, y + dy * scale);
    }
}
