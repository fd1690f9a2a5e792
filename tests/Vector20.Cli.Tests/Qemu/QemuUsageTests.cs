namespace Vector20.Cli.Tests.Qemu;

public class QemuUsageTests
{
    public static TheoryData<string, string> Cases => new()
    {
        { "", "no image is given" },
        { "-kernel", "its value is missing" },
        { "-kernel /no/such/image", "there is no such file" },
        { "disk.img", "disk.img: a disk image cannot be booted" },
        { "-kernel IMAGE -cdrom x", "-cdrom: is no option here" },
        { "-kernel IMAGE --frob", "--frob: is no option here" },
        { "-kernel IMAGE -trace kvm_exit", "-trace: is no option here" },
        { "-kernel IMAGE -smp 0", "'0' is no number of processors; give 1 to 255" },
        { "-kernel IMAGE -smp 2,threads=2", "'threads=2' cannot be had" },
        { "-kernel IMAGE -smp 2,maxcpus=4", "no processor can be plugged in" },
        { "-kernel IMAGE -smp 2,cores=4", "other cores than processors" },
        { "-kernel IMAGE -smp 2,wings=4", "'wings' is no key" },
        { "-kernel IMAGE -m much", "'much' is no size" },
        { "-kernel IMAGE -m 1G,slots=2", "no memory can be plugged in" },
        { "-kernel IMAGE -cpu EPYC", "'EPYC' is no CPU model here; give max, host, qemu64" },
        { "-kernel IMAGE -cpu max,+svm", "'+svm' is nothing this processor can have" },
        { "-kernel IMAGE -cpu max,vendor=AuthenticAMD", "'vendor=AuthenticAMD' is nothing" },
        { "-kernel IMAGE -cpu max,phys-bits=99", "is no width of physical addresses" },
        { "-kernel IMAGE -cpu pentium,+avx", "'avx' needs the CPU feature" },
        { "-kernel IMAGE -accel kvm -cpu max,+vmx", "sees no VMX; give -accel tcg" },
        { "-kernel IMAGE -accel hvf", "'hvf' is no accelerator here" },
        { "-kernel IMAGE -accel kvm,dirty-ring-size=1", "'dirty-ring-size=1' cannot be had" },
        { "-kernel IMAGE -machine microvm", "'microvm' is no machine here" },
        { "-kernel IMAGE -M q35,accel=xen", "'xen' is no accelerator here" },
        { "-kernel IMAGE -machine vmport=on", "'vmport=on' cannot be had here" },
        { "-kernel IMAGE -device intel-iommu,intremap=on", "'intel-iommu' is no device here; give isa-debug-exit or pc-testdev" },
        { "-kernel IMAGE -device isa-debug-exit,speed=1", "'speed' is no property of isa-debug-exit" },
        { "-kernel IMAGE -device isa-debug-exit,iobase=0x10000", "'iobase=0x10000' is none" },
        { "-kernel IMAGE -device isa-debug-exit,iobase=0xffff", "beyond port FFFFH" },
        { "-kernel IMAGE -device isa-debug-exit -device isa-debug-exit", "is there already" },
        { "-kernel IMAGE -device pc-testdev,a=b", "'a' is no property of pc-testdev" },
        { "-kernel IMAGE -serial tcp:1", "'tcp:1' cannot be had here" },
        { "-kernel IMAGE -serial stdio -serial file:x", "second serial line" },
        { "-kernel IMAGE -serial file:/no/such/folder/x", "cannot be written" },
        { "-kernel IMAGE -display gtk", "'gtk' cannot be had here; give none" },
        { "-kernel IMAGE -net nic", "'nic' cannot be had here; give none" },
        { "-kernel IMAGE -fw_cfg opt/a", "has no contents" },
        { "-kernel IMAGE -fw_cfg opt/a,string=1,file=x", "has no contents, or two" },
        { "-kernel IMAGE -fw_cfg string=1", "is no name of a file" },
        { "-kernel IMAGE -fw_cfg opt/a,gen_id=1", "'gen_id' is no key" },
        { "-kernel IMAGE -fw_cfg opt/a,string=1 -fw_cfg opt/a,string=1", "is there already" },
        { "-kernel IMAGE -fw_cfg opt/a,file=/no/such", "there is no such file" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bad_usage_is_one_line_and_exit_code_2(string line, string says)
    {
        using var image = new TemporaryFile(MultibootGuest.Make(a => a.hlt()));
        CommandResult result = Cli.Run(["qemu", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a == "IMAGE" ? image.Path : a)]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.StartsWith("vector20-qemu: ", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("-device ?", "name \"pc-testdev\"")]
    [InlineData("-device help", "name \"isa-debug-exit\", bus ISA")]
    [InlineData("-cpu help", "Skylake-Server")]
    [InlineData("-machine help", "q35")]
    [InlineData("-accel help", "tcg\nkvm\n")]
    [InlineData("--help", "-fw_cfg")]
    [InlineData("-h", "Vector20 as QEMU 7.2.0\n")]
    [InlineData("-version", "Vector20 as QEMU 7.2.0\n")]
    public void The_lists_that_scripts_ask_for_are_there(string line, string says)
    {
        CommandResult result = Cli.Run(["qemu", .. line.Split(' ')]);
        Assert.Equal((ExitCode.Good, ""), (result.ExitCode, result.Error));
        Assert.Contains(says, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_CPU_model_of_the_list_can_be_had()
    {
        using var image = new TemporaryFile(MultibootGuest.Make(a => a.Exit(0)));
        foreach (string line in Cli.Run("qemu", "-cpu", "help").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).SkipLast(1))
            Assert.Equal(1, Cli.Run("qemu", "-kernel", image.Path, "-device", "isa-debug-exit,iobase=0xf4", "-cpu", line.Split(' ')[0]).ExitCode);
    }

    [Fact]
    public void What_is_so_anyway_may_be_asked_for()
    {
        using var image = new TemporaryFile(MultibootGuest.Make(a => a.Exit(0)));
        string[] line =
        [
            "qemu", "--no-reboot", "-nodefaults", "-no-user-config", "-display", "none", "-vga", "none", "-vnc", "none", "-monitor", "none", "-parallel", "none",
            "-net", "none", "-nic", "none", "-name", "a test", "-machine", "q35,accel=kvm:tcg,kernel_irqchip=split,vmport=off,hpet=off", "-no-hpet", "-M", "pc", "-accel", "tcg,thread=single",
            "-cpu", "max,enforce,migratable=no,vendor=GenuineIntel,-pmu", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4,id=exit", "-kernel", image.Path,
        ];
        CommandResult result = Cli.Run(line);
        Assert.Equal((1, "", ""), (result.ExitCode, result.Output, result.Error));
    }
}
