using System.Threading.Channels;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Translation;

/// <summary>
/// The second tier: hot blocks to IL, which the runtime compiles. Compiling takes some ten microseconds an instruction, so a thread beside the machine does it
/// and the first tier goes on meanwhile; what the guest sees never depends on which tier ran.
/// </summary>
internal sealed class Translator(TranslationOptions options)
{
    private const int LongestQueue = 512;

    /// <summary>One thread for all machines of the process: it starts with the first region.</summary>
    private static readonly Lazy<Channel<TranslatedRegion>> _queue = new(Start);

    /// <summary>The number of executions at which a block is to be translated.</summary>
    public int Threshold { get; } = options.After;

    /// <summary>Translates a block, and what it leads to, now or soon.</summary>
    public void Request(Processor p, Block head)
    {
        if (Threshold == 0 || Region.From(p, head, Threshold / 4) is not { } region) return;
        var translation = new TranslatedRegion(region);
        if (options.AtOnce) Publish(translation);
        else if (!_queue.Value.Writer.TryWrite(translation))
        {
            head.Heat /= 2;
            return;
        }

        foreach (Block block in region.Blocks) block.AddTo(translation);
    }

    private static Channel<TranslatedRegion> Start()
    {
        var queue = Channel.CreateBounded<TranslatedRegion>(new BoundedChannelOptions(LongestQueue) { SingleReader = true });
        var thread = new Thread(() => Work(queue.Reader)) { IsBackground = true, Name = "translator", Priority = ThreadPriority.BelowNormal };
        thread.Start();
        return queue;
    }

    private static void Work(ChannelReader<TranslatedRegion> queue)
    {
        while (queue.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            while (queue.TryRead(out TranslatedRegion? next))
                if (next.Valid) Publish(next);
    }

    private static void Publish(TranslatedRegion translation)
    {
        translation.Run = RegionWriter.Compile(translation);
        Volatile.Write(ref translation.Region.Blocks[0].Translation, translation);
    }
}
