using System.Reflection;
using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Mappings;
using IommuSim.Iommufd.Selftest;
using IommuSim.Iommufd.Viommus;

namespace IommuSim.Search.Tests.Properties;

/// <summary>
/// Whatever an object holds is compared by the snapshot of the state, or left out for a stated reason. A new field
/// has no row here and fails.
/// </summary>
public sealed class SnapshotFieldTests
{
    private static readonly Type[] s_types =
    [
        typeof(EventQueue),
        typeof(EventQueueFile),
        typeof(FaultQueue),
        typeof(HwPagetable),
        typeof(HwQueue),
        typeof(Ioas),
        typeof(IommuAttachHandle),
        typeof(IommuDevice),
        typeof(IommuDomain),
        typeof(IommuFaultParam),
        typeof(IommuGroup),
        typeof(IommuInstance),
        typeof(IommufdAccess),
        typeof(IommufdAttach),
        typeof(IommufdAttachHandle),
        typeof(IommufdContext),
        typeof(IommufdDevice),
        typeof(IommufdGroup),
        typeof(IommufdKernel),
        typeof(IommufdObject),
        typeof(IopfGroup),
        typeof(IoPagetable),
        typeof(MockDevice),
        typeof(MockDomain),
        typeof(SelftestDevice),
        typeof(Vdevice),
        typeof(Vevent),
        typeof(VeventQueue),
        typeof(Viommu),
    ];

    [Fact]
    public void Rows_AreThoseOfTheFields() => Assert.True(Difference() == "new: ; gone: ", Difference());

    private static string Difference()
    {
        string[] fields = [.. s_types.SelectMany(FieldsOf)];
        string[] rows = [.. SnapshotFields.Compared.Concat(SnapshotFields.LeftOut.Select(row => row.Field))];
        return $"new: {string.Join(' ', fields.Except(rows))}; gone: {string.Join(' ', rows.Except(fields))}";
    }

    /// <summary>Fields and properties that can change after the object was made, or that lead to what can.</summary>
    private static IEnumerable<string> FieldsOf(Type type)
    {
        const BindingFlags Own =
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (var field in type.GetFields(Own))
        {
            var name = field.Name.Split('>')[0].TrimStart('<');
            if (!IsFixed(field))
                yield return $"{type.Name}.{name}";
        }
    }

    /// <summary>A number, a text or a lock that is set once says nothing that changes.</summary>
    private static bool IsFixed(FieldInfo field) =>
        field.FieldType.Namespace == "IommuSim.Machine.Locks"
        || field.FieldType.Name is "KernelMachine" or "LockClass"
        || (
            field.IsInitOnly
            && (field.FieldType.IsPrimitive || field.FieldType.IsEnum || field.FieldType == typeof(string))
        );
}
