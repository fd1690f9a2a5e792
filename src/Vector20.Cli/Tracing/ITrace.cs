using Vector20.Hypervisor.Check;
using Vector20.Machine.Events;

namespace Vector20.Cli.Tracing;

/// <summary>A trace in one format. It is written as it happens, nothing of it is kept, and disposal completes it.</summary>
internal interface ITrace : IEventObserver, IDisposable
{
    /// <summary>The #VE check of the built-in hypervisor fired.</summary>
    void OnCheck(VeDump dump, bool kills);
}
