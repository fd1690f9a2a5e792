using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;

namespace Vector20.Proving.Properties;

/// <summary>The other half of claim C13: the check can fire. Without it a proof that it never does says nothing.</summary>
[Manual("3C", "25.6.20", "Virtualization Exceptions")]
public sealed class CheckArmed : Property
{
    /// <inheritdoc/>
    public override string Name => "check-armed";

    /// <inheritdoc/>
    public override string Claim => "'EPT-violation #VE' is 1, bit 20 of the exception bitmap is 1, and every vCPU has an information area of the hypervisor's own";

    /// <inheritdoc/>
    public override IReadOnlyList<Property> Guards { get; } = [new Seen("violation-examined", "an EPT violation is examined for #VE", e => e.Kind == EventStepKind.Converted)];

    /// <inheritdoc/>
    public override string? Examine(Observation seen)
    {
        foreach (Vcpu v in seen.Vm.Vcpus)
        {
            var secondary = (SecondaryControls)v.Vmcs[VmcsField.SecondaryProcessorBasedControls];
            if ((secondary & SecondaryControls.EptViolationVe) == 0) return $"vCPU {v.Index}: 'EPT-violation #VE' is 0";
            if ((v.Vmcs[VmcsField.ExceptionBitmap] >> (int)ExceptionVector.Virtualization & 1) == 0) return $"vCPU {v.Index}: bit 20 of the exception bitmap is 0";
            ulong area = v.Vmcs[VmcsField.VirtualizationExceptionInformationAddress];
            if (!seen.Vm.IsOwnPage(new PhysicalAddress(area))) return $"vCPU {v.Index}: the information area at 0x{area:x} is no page of the hypervisor's";
            foreach (Vcpu other in seen.Vm.Vcpus)
                if (other != v && other.Vmcs[VmcsField.VirtualizationExceptionInformationAddress] == area) return $"vCPUs {v.Index} and {other.Index} share an information area";
        }

        return null;
    }

    /// <inheritdoc/>
    public override Blame BlameFor(Observation seen) => new("hypervisor", "the VMCS is the hypervisor's");
}
