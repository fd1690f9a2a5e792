using System.Text.RegularExpressions;
using Vector20.Hypervisor;
using Vector20.Proving.Exploring;
using Vector20.Proving.Reports;
using Vector20.Proving.Tests.Exploring;

namespace Vector20.Proving.Tests.Reports;

/// <summary>The page says what the proof says, and needs nothing beside itself.</summary>
public partial class ProofPageTests
{
    [Fact]
    public void The_page_of_a_refuted_property_has_the_verdict_and_every_action_of_the_counterexample()
    {
        ProofRequest request = Proofs.Small with { HypervisorBugs = HypervisorBugs.NonpresentWithoutSuppress };
        Proof proof = Proofs.Run(request);
        string page = ProofPage.Of(proof, request);
        Assert.Contains("REFUTED", page, StringComparison.Ordinal);
        foreach (var action in proof.Counterexample!.Path) Assert.Contains($"<b>{action}</b>", page, StringComparison.Ordinal);
        Assert.Contains("nonpresent-without-suppress", page, StringComparison.Ordinal);
        Assert.Contains("vector20 ask touch not-present", page, StringComparison.Ordinal);
        Assert.Contains("SDM 3C 26.5.7", page, StringComparison.Ordinal);
        AssertSelfContained(page);
    }

    [Fact]
    public void The_page_of_a_proved_one_has_what_was_covered_and_no_counterexample()
    {
        Proof proof = Proofs.Run(Proofs.Small);
        string page = ProofPage.Of(proof, Proofs.Small);
        Assert.Contains("PROVED", page, StringComparison.Ordinal);
        Assert.DoesNotContain("counterexample</h2>", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("<svg ").Length - 1);
        foreach (PartResult part in proof.Parts) Assert.Contains(System.Net.WebUtility.HtmlEncode(part.What), page, StringComparison.Ordinal);
        foreach (string assumption in proof.Assumptions) Assert.Contains(System.Net.WebUtility.HtmlEncode(assumption), page, StringComparison.Ordinal);
        AssertSelfContained(page);
    }

    [Fact]
    public void Words_of_a_property_cannot_break_the_page()
    {
        Proof proof = Proofs.Run(Proofs.Small with { Parts = [PartKind.Decisions] }) with { Claim = "<script>alert(1)</script>" };
        Assert.DoesNotContain("<script", ProofPage.Of(proof, Proofs.Small), StringComparison.Ordinal);
    }

    private static void AssertSelfContained(string page)
    {
        Assert.DoesNotMatch(Reference(), page);
        Assert.EndsWith("</body></html>\n", page, StringComparison.Ordinal);
    }

    [GeneratedRegex("https?://|src=|<link|<script|@import|url\\((?!#)")]
    private static partial Regex Reference();
}
