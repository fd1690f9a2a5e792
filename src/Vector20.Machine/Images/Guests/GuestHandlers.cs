using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Images.Guests;

/// <summary>
/// The handlers of a built guest. Each vector has a stub that pushes the vector and jumps to a body; the body writes a
/// <see cref="HandledEvent"/> and ends as asked. The same vector comes with and without an error code (#GP and INT 13), so
/// the body finds out which from the frame itself.
/// </summary>
internal sealed class GuestHandlers
{
    private readonly Assembler _a;
    private readonly Dictionary<HandlerEnd, Label> _bodies = [];
    private readonly Label[] _stubs = new Label[256];

    private GuestHandlers(int bitness) => _a = new Assembler(bitness);

    /// <summary>Assembles all handlers.</summary>
    /// <param name="bitness">16, 32 or 64.</param>
    /// <param name="start">Offset of the first in its code segment.</param>
    /// <param name="ends">How each vector's handler ends.</param>
    /// <param name="own">Handlers written by the guest's author.</param>
    public static (byte[] Bytes, ulong[] Offsets) Assemble(int bitness, ulong start, HandlerEnd[] ends, IReadOnlyDictionary<byte, Action<Assembler>> own)
    {
        var handlers = new GuestHandlers(bitness);
        for (int vector = 0; vector < 256; vector++)
        {
            if (own.TryGetValue((byte)vector, out Action<Assembler>? write)) handlers.Own(vector, write);
            else handlers.Stub(vector, ends[vector]);
        }

        foreach ((HandlerEnd end, Label label) in handlers._bodies) handlers.Body(label, end);
        return handlers.Finish(start);
    }

    private void Own(int vector, Action<Assembler> write)
    {
        Place(ref _stubs[vector]);
        write(_a);
    }

    private void Stub(int vector, HandlerEnd end)
    {
        Place(ref _stubs[vector]);
        if (!_bodies.TryGetValue(end, out Label body)) _bodies.Add(end, body = _a.CreateLabel());
        _a.push(vector);
        _a.jmp(body);
    }

    private void Place(ref Label label)
    {
        label = _a.CreateLabel();
        _a.Label(ref label);
    }

    private (byte[] Bytes, ulong[] Offsets) Finish(ulong start)
    {
        var stream = new MemoryStream();
        AssemblerResult result = _a.Assemble(new StreamCodeWriter(stream), start, BlockEncoderOptions.ReturnNewInstructionOffsets);
        return (stream.ToArray(), [.. _stubs.Select(stub => result.GetLabelRIP(stub))]);
    }

    private void Body(Label label, HandlerEnd end)
    {
        _a.Label(ref label);
        if (_a.Bitness == 64) Body64(end);
        else if (_a.Bitness == 32) Body32(end);
        else Body16(end);
    }

    private void HaltForever()
    {
        Label again = default;
        Place(ref again);
        _a.hlt();
        _a.jmp(again);
    }

    /// <summary>RSP was aligned to 16 bytes before the frame was pushed: five quadwords leave bit 3 set, six clear it.</summary>
    private void Body64(HandlerEnd end)
    {
        Label noErrorCode = _a.CreateLabel(), dropped = _a.CreateLabel();
        _a.push(rax);
        _a.push(rbx);
        _a.push(rcx);
        _a.mov(rbx, GuestLayout.LogCount);
        _a.mov(eax, 1);
        _a.@lock.xadd(__qword_ptr[rbx], rax);
        _a.and(eax, GuestLayout.LogCapacity - 1);
        _a.shl(eax, 6);
        _a.lea(rbx, __[rax + GuestLayout.Log]);
        _a.lea(rcx, __[rsp + 32]);
        _a.mov(__[rbx + 56], rcx);
        _a.mov(rax, __[rsp + 24]);
        _a.mov(__[rbx], rax);
        _a.test(esp, 8);
        _a.jnz(noErrorCode);
        _a.mov(rax, __[rcx]);
        _a.mov(__[rbx + 8], rax);
        _a.mov(__byte_ptr[rbx + 1], 1);
        _a.add(rcx, 8);
        _a.Label(ref noErrorCode);
        for (int i = 0; i < 5; i++)
        {
            _a.mov(rax, __[rcx + 8 * i]);
            _a.mov(__[rbx + 16 + 8 * i], rax);
        }

        if (end.Halts)
        {
            HaltForever();
            return;
        }

        if (end.Skip != 0) _a.add(__qword_ptr[rcx], end.Skip);
        _a.pop(rcx);
        _a.pop(rbx);
        _a.pop(rax);
        _a.add(rsp, 8);
        _a.test(esp, 8);
        _a.jnz(dropped);
        _a.add(rsp, 8);
        _a.Label(ref dropped);
        _a.iretq();
    }

    /// <summary>The second doubleword of the frame is CS without an error code, EIP with one: no code lies below 1000H, no selector is above. Data through SS: after virtual-8086 mode DS is null.</summary>
    private void Body32(HandlerEnd end)
    {
        Label noErrorCode = _a.CreateLabel(), dropped = _a.CreateLabel();
        _a.push(eax);
        _a.push(ebx);
        _a.push(ecx);
        _a.mov(ebx, GuestLayout.LogCount);
        _a.mov(eax, 1);
        _a.@lock.xadd(__dword_ptr.ss[ebx], eax);
        _a.and(eax, GuestLayout.LogCapacity - 1);
        _a.shl(eax, 6);
        _a.lea(ebx, __[eax + GuestLayout.Log]);
        _a.lea(ecx, __[esp + 16]);
        _a.mov(__dword_ptr.ss[ebx + 56], ecx);
        _a.mov(eax, __[esp + 12]);
        _a.mov(__dword_ptr.ss[ebx], eax);
        _a.cmp(__dword_ptr.ss[ecx + 4], 0x1000);
        _a.jb(noErrorCode);
        _a.mov(eax, __dword_ptr.ss[ecx]);
        _a.mov(__dword_ptr.ss[ebx + 8], eax);
        _a.mov(__byte_ptr.ss[ebx + 1], 1);
        _a.add(ecx, 4);
        _a.Label(ref noErrorCode);
        for (int i = 0; i < 5; i++)
        {
            _a.mov(eax, __dword_ptr.ss[ecx + 4 * i]);
            _a.mov(__dword_ptr.ss[ebx + 16 + 8 * i], eax);
        }

        if (end.Halts)
        {
            HaltForever();
            return;
        }

        if (end.Skip != 0) _a.add(__dword_ptr.ss[ecx], end.Skip);
        _a.pop(ecx);
        _a.pop(ebx);
        _a.pop(eax);
        _a.add(esp, 4);
        _a.cmp(__dword_ptr.ss[esp + 4], 0x1000);
        _a.jb(dropped);
        _a.add(esp, 4);
        _a.Label(ref dropped);
        _a.iretd();
    }

    /// <summary>Real mode pushes no error code. The log lies in the handlers' own code segment.</summary>
    private void Body16(HandlerEnd end)
    {
        _a.push(eax);
        _a.push(ebx);
        _a.mov(ebx, GuestLayout.LogCount - GuestLayout.Handlers);
        _a.mov(eax, 1);
        _a.@lock.xadd(__dword_ptr.cs[ebx], eax);
        _a.and(eax, GuestLayout.LogCapacity - 1);
        _a.shl(eax, 6);
        _a.lea(ebx, __[eax + (GuestLayout.Log - GuestLayout.Handlers)]);
        for (int i = 0; i < 4; i++)
        {
            int record = i == 0 ? 0 : 8 + 8 * i;
            _a.movzx(eax, __word_ptr[esp + 8 + 2 * i]);
            _a.mov(__dword_ptr.cs[ebx + record], eax);
        }

        _a.lea(eax, __[esp + 10]);
        _a.mov(__dword_ptr.cs[ebx + 56], eax);
        if (end.Halts)
        {
            HaltForever();
            return;
        }

        if (end.Skip != 0) _a.add(__word_ptr[esp + 10], end.Skip);
        _a.pop(ebx);
        _a.pop(eax);
        _a.add(sp, 2);
        _a.iret();
    }
}
