namespace Vector20.Machine.Tests.Robustness;

/// <summary>Bytes that nobody meant, but that are more often instructions than chance would have it.</summary>
internal static class Garbage
{
    /// <summary>Prefixes, two-byte opcodes, system instructions, string instructions, far transfers: what uniform bytes seldom begin with.</summary>
    private static readonly byte[] s_likely =
    [
        0x0F, 0x0F, 0x0F, 0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x48, 0x4C, 0x2E, 0x36, 0x64, 0x65, 0x00, 0x01, 0x06, 0x08, 0x20, 0x22, 0x30, 0x32,
        0xA4, 0xA5, 0xA6, 0xAB, 0xAF, 0x6C, 0x6E, 0xCC, 0xCD, 0xCE, 0xCF, 0xCA, 0xCB, 0xC8, 0xC9, 0xEA, 0x9A, 0xFF, 0xF1, 0xF4, 0xFA, 0xFB,
        0x8E, 0x8C, 0x0A, 0xC7, 0xAE, 0xB0, 0xC0, 0xC4, 0xC5, 0x62, 0x8F, 0x9D, 0xE2, 0xE6, 0xEC, 0xEF, 0xFE, 0x80, 0x81, 0x83, 0xF6, 0xF7,
    ];

    /// <summary>So many bytes: half of them uniform, half of them likely.</summary>
    public static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        for (int i = 0; i < count; i++)
            if (random.Next(2) == 0) bytes[i] = s_likely[random.Next(s_likely.Length)];
        return bytes;
    }

    /// <summary>A number that is small, large, an address below 1 MiB or anything.</summary>
    public static ulong Number(Random random) => random.Next(6) switch
    {
        0 => (ulong)random.Next(16),
        1 => (ulong)random.Next(0x10_0000),
        2 => ulong.MaxValue - (ulong)random.Next(16),
        3 => 0xFEE0_0000 + (ulong)random.Next(0x1000),
        4 => 1ul << random.Next(64),
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
    };

    /// <summary>Fails instead of waiting for good.</summary>
    public static Task Bounded(Action action) =>
        Task.Run(action, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
}
