using Vector20.Cli.Options;
using Vector20.Machine.Images;

namespace Vector20.Cli.Qemu;

/// <summary><c>-smp</c>: so many processors, which are the cores of one package.</summary>
internal static class QemuProcessors
{
    private const ulong Most = 255;

    public static ImageError? Read(QemuSettings settings, string text)
    {
        ulong? processors = null, cores = null, most = null;
        foreach ((string key, string value) in QemuText.Pairs(text, "cpus"))
        {
            if (!Values.TryNumber(value, out ulong number) || number is 0 or > Most) return QemuText.Refuse("-smp", value, "is no number of processors", $"give 1 to {Most}");
            switch (key)
            {
                case "cpus":
                    processors = number;
                    break;
                case "cores":
                    cores = number;
                    break;
                case "maxcpus":
                    most = number;
                    break;
                case "sockets" or "dies" or "clusters" or "threads" when number == 1:
                    break;
                case "sockets" or "dies" or "clusters" or "threads":
                    return QemuText.Refuse("-smp", $"{key}={value}", "cannot be had: the processors are the cores of one package", $"give {key}=1");
                default:
                    return QemuText.Refuse("-smp", key, "is no key of it", "give cpus, cores, sockets, dies, clusters, threads, maxcpus");
            }
        }

        ulong count = processors ?? cores ?? most ?? 1;
        if ((cores ?? count) != count) return QemuText.Refuse("-smp", text, "has other cores than processors", $"give cores={count}");
        if ((most ?? count) != count) return QemuText.Refuse("-smp", text, "asks for room: no processor can be plugged in", $"give maxcpus={count}");
        settings.Processors = (int)count;
        return null;
    }
}
