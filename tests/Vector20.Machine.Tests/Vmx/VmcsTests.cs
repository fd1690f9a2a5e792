using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx;

[Manual("3D", "B", "Field Encoding in VMCS")]
[Manual("3C", "25.2", "Format of the VMCS Region")]
public class VmcsTests
{
    [Fact]
    public void Every_field_has_a_place_of_its_own()
    {
        var vmcs = new Vmcs();
        ulong n = 1;
        foreach (VmcsField field in VmcsFields.All) vmcs[field] = n++;
        n = 1;
        foreach (VmcsField field in VmcsFields.All) Assert.Equal(n++, vmcs[field]);
    }

    [Fact]
    public void Every_place_is_a_fields()
    {
        Assert.Equal(Vmcs.SlotCount - 1, VmcsFields.All.Max(Vmcs.Slot));
        foreach (IGrouping<(VmcsFieldWidth, VmcsFieldType), VmcsField> group in VmcsFields.All.GroupBy(field => (field.Width(), field.Type())))
        {
            VmcsField last = group.MaxBy(field => field.Index());
            Assert.True(Vmcs.FitsGroup(last), last.ToString());
            Assert.False(Vmcs.FitsGroup(last + 2), last.ToString());
        }
    }

    [Fact]
    public void A_field_holds_as_many_bits_as_it_is_wide()
    {
        var vmcs = new Vmcs();
        foreach (VmcsField field in VmcsFields.All) vmcs[field] = ulong.MaxValue;
        Assert.Equal(0xFFFFul, vmcs[VmcsField.GuestCsSelector]);
        Assert.Equal(0xFFFF_FFFFul, vmcs[VmcsField.GuestCsLimit]);
        Assert.Equal(ulong.MaxValue, vmcs[VmcsField.EptPointer]);
        Assert.Equal(ulong.MaxValue, vmcs[VmcsField.GuestRip]);
    }

    [Fact]
    public void An_encoding_is_even_and_reserves_bits_12_and_15()
    {
        foreach (VmcsField field in VmcsFields.All) Assert.Equal(0, (int)field & 0x9001);
    }

    [Fact]
    public void A_copy_shares_nothing()
    {
        var vmcs = new Vmcs { [VmcsField.GuestRip] = 1 };
        Vmcs copy = vmcs.Copy();
        copy[VmcsField.GuestRip] = 2;
        Assert.Equal(1ul, vmcs[VmcsField.GuestRip]);
        Assert.False(vmcs.Contents.SequenceEqual(copy.Contents));
    }
}
