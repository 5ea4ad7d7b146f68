namespace IommuSim.Drivers.Amd;

/// <summary>
/// The feature registers, which the driver takes to be alike in all IOMMUs of a machine. The bits that no setting
/// changes are those of a server.
/// </summary>
/// <param name="Efr">The extended feature register.</param>
/// <param name="Efr2">The second one.</param>
internal readonly record struct AmdProfile(ulong Efr, ulong Efr2)
{
    private const ulong GuestTranslation = 1UL << 4;
    private const int HostLevelsShift = 10;
    private const ulong PeripheralRequests = 1UL << 1;
    private const ulong GuestIoProtection = 1UL << 48;
    private const ulong EnhancedRequests = 1UL << 50;
    private const ulong DirtyBits = 1UL << 52;
    private const ulong Gcr3Mode = 1UL << 3;

    /// <summary>Levels 4, 5 and 6 of host tables.</summary>
    private const int FirstLevels = 4;

    /// <summary>X2APIC, NX, invalidate-all, guest virtual APIC, three-level GCR3 tables, 16 bits of PASID.</summary>
    private const ulong EfrBase = (1UL << 2) | (1UL << 3) | (1UL << 6) | (1UL << 7) | (2UL << 14) | (15UL << 32);

    public bool HasDirtyBits => (Efr & DirtyBits) != 0;

    /// <summary>It walks tables of the format that CPUs have, which the driver calls v2.</summary>
    public bool HasGuestTables => (Efr & GuestTranslation) != 0 && (Efr & GuestIoProtection) != 0;

    public bool HasPasids => HasGuestTables && (Efr & PeripheralRequests) != 0 && (Efr & EnhancedRequests) != 0;

    /// <summary>A guest's table may stand on a host's, with the guest's own pointer to it.</summary>
    public bool CanNest => HasGuestTables && (Efr2 & Gcr3Mode) != 0;

    /// <summary>Bits of an address that host tables of all levels translate.</summary>
    public int HostBits => Math.Min(64, ((FirstLevels + (int)((Efr >> HostLevelsShift) & 3) - 1) * 9) + 21);

    public static AmdProfile Of(DeviceSettings settings)
    {
        var levels = (ulong)(settings["levels"][0] - '0' - FirstLevels);
        var efr = EfrBase | (levels << HostLevelsShift) | Bit(settings, "hd", DirtyBits);
        efr |= Bit(settings, "gt", GuestTranslation | GuestIoProtection);
        efr |= Bit(settings, "ppr", PeripheralRequests | EnhancedRequests);
        return new AmdProfile(efr, Bit(settings, "gcr3", Gcr3Mode));
    }

    private static ulong Bit(DeviceSettings settings, string name, ulong bits) => settings.Is(name, "yes") ? bits : 0;
}
