using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Words of the provocations.</summary>
internal static class ProvocationSteps
{
    private static readonly ReservedRegion s_hole = new(0xfee00000, 0xfeefffff, ReservedKind.Msi);

    public static IommufdDevice BindWithHole(this UserProgram program, string? group = null) =>
        program.Bind(group: group, reserved: [s_hole]);

    /// <summary>The answers one after another.</summary>
    public static string Say(params object[] answers) => string.Join(' ', answers);

    public static string Injected(this UserProgram program, DecisionKind kind, int nth, Func<SyscallResult> call)
    {
        program.Machine.Decisions.Inject(kind, nth);
        var answer = call().ToString();
        program.Machine.Decisions.Inject(kind, 0);
        return answer;
    }

    /// <summary>"hole" where the IOAS keeps the device's window free, else "whole".</summary>
    public static string Hole(this UserProgram program, uint ioas) =>
        program.Context.Objects.Find(ioas) is Ioas { Iopt.Reservations.Count: > 0 } ? "hole" : "whole";

    /// <summary>A nested hwpt of VT-d in the dialect of the kernel.</summary>
    public static Request VtdNested(this UserProgram program, uint idev, uint parent)
    {
        var request = program.New("HWPT_ALLOC").With("dev_id", idev).With("pt_id", parent);
        if (program.Traits.IsMerged)
            program.Put(new HwptVtdS1 { AddrWidth = 48 });
        else
            program.Put(new HwptIntelVtd { AddrWidth = 48 });
        return request
            .With("data_type", HwptType.IOMMU_HWPT_TYPE_VTD_S1)
            .With("data_len", program.Traits.IsMerged ? 24u : 32u)
            .With("data_uptr", program.DataPlace);
    }

    public static Request Parent(this UserProgram program, uint idev, uint ioas) =>
        program.New("HWPT_ALLOC").With("dev_id", idev).With("pt_id", ioas).With("flags", program.Traits.ParentFlag);

    public static Request Invalidate(this UserProgram program, uint hwpt, uint type, uint length, params byte[] data)
    {
        var address = program.DataPlace + 512;
        program.Memory.Write(address, data);
        return program
            .New("HWPT_INVALIDATE")
            .With("hwpt_id", hwpt)
            .With("data_type", type)
            .With("data_len", length)
            .With("data_uptr", address)
            .With("entry_num", 1);
    }

    /// <summary>Whether the bytes behind the information of GET_HW_INFO are zero.</summary>
    public static string AfterHwInfo(this UserProgram program, Request request, ulong behind)
    {
        var address = program.DataPlace + 1024;
        program.Memory.Write(address, Enumerable.Repeat((byte)0xaa, 128).ToArray());
        var answer = program.Call(request).ToString();
        return Say(answer, program.Get<byte>(address + behind) == 0 ? "zeroed" : "stale");
    }
}
