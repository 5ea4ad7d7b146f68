using IommuSim.Iommufd;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// The life cycle of 6.7 and later, in which an automatic hwpt never outlives its last device: whoever held
/// it for a moment while that device left destroys it.
/// </summary>
internal static class MendedLifetime
{
    public static ObjectLifetime Row { get; } =
        ShorttermLifetime.Row with
        {
            Name = "users and shortterm_users, the last holder destroys automatic hwpts",
            Put = Put,
            LastHolderEndsAutomatic = true,
        };

    /// <summary>The same of 6.17 and later.</summary>
    public static ObjectLifetime WaitCountRow { get; } =
        ShorttermLifetime.WaitCountRow with
        {
            Name = "users and wait_cnt, the last holder destroys automatic hwpts",
            Put = Put,
            LastHolderEndsAutomatic = true,
        };

    private static void Put(IommufdObject obj)
    {
        if (obj is not HwPagetable { AutoDomain: true })
        {
            ShorttermLifetime.Row.Put(obj);
            return;
        }

        obj.TakeUser("iommufd_put_object");
        ShorttermLifetime.Row.Put(obj);
        ShorttermLifetime.Row.PutAutomatic(obj);
    }
}
