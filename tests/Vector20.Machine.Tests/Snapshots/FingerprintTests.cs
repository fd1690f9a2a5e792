using Vector20.Machine.Snapshots;

namespace Vector20.Machine.Tests.Snapshots;

public class FingerprintTests
{
    [Fact]
    public void The_same_pieces_give_the_same_digest_and_a_finished_one_begins_anew()
    {
        var fingerprint = new Fingerprint();
        UInt128 first = Of(fingerprint), again = Of(fingerprint);
        Assert.Equal(first, again);
        Assert.Equal(first, Of(new Fingerprint()));
    }

    [Fact]
    public void Every_piece_and_their_order_count()
    {
        var f = new Fingerprint();
        var seen = new HashSet<UInt128> { f.Finish() };
        foreach (Action add in (Action[])[() => f.Add(0ul), () => f.Add(1ul), () => f.Add(0ul, 0ul), () => f.Add(1ul, 2ul), () => f.Add(2ul, 1ul), () => f.Add((ReadOnlySpan<byte>)[]), () => f.Add((ReadOnlySpan<byte>)[0]), () => f.Add((ReadOnlySpan<byte>)[0, 0])])
        {
            add();
            Assert.True(seen.Add(f.Finish()));
        }
    }

    [Fact]
    public void It_takes_in_as_much_as_there_is()
    {
        Fingerprint one = new(), other = new();
        ulong[] many = [.. Enumerable.Range(0, 100_000).Select(i => (ulong)i)];
        one.Add(many);
        foreach (ulong number in many) other.Add(number);
        Assert.Equal(one.Finish(), other.Finish());
        many[^1]++;
        one.Add(many);
        other.Add(many);
        other.Add(false);
        Assert.NotEqual(one.Finish(), other.Finish());
    }

    private static UInt128 Of(Fingerprint fingerprint)
    {
        fingerprint.Add(1ul, 2ul);
        fingerprint.Add(true);
        fingerprint.Add((ReadOnlySpan<byte>)[1, 2, 3]);
        return fingerprint.Finish();
    }
}
