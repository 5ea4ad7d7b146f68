using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// What programs open for the folder /sys/kernel/debug and for those of the fault attributes: a folder of the host that
/// lists them, with empty files. It is there from its first open to the end of the run.
/// </summary>
internal sealed class FaultFolder(FaultSettings settings) : IDisposable
{
    private DirectoryInfo? _made;
    private string _place = "";

    /// <summary>
    /// The path under <see cref="FaultSettings.Folder"/> where this one leads through a descriptor of ours, else
    /// null.
    /// </summary>
    public string? Translate(string path)
    {
        if (_made is null || !path.StartsWith(_place, StringComparison.Ordinal))
            return null;
        var rest = path[_place.Length..];
        return rest is "" or ['/', ..] ? FaultSettings.Folder + rest : null;
    }

    /// <summary>Ours for the folder of this attribute, "" for the one of all; -1 and the host's errno.</summary>
    public int Open(string attribute, int flags)
    {
        Make();
        return Libc.Open(Path.Combine(_place, attribute), flags | O_CLOEXEC, 0);
    }

    public void Dispose() => _made?.Delete(recursive: true);

    private void Make()
    {
        if (_made is not null)
            return;
        _made = Directory.CreateTempSubdirectory("iommusim-");
        _place = PlaceOf(_made.FullName);
        foreach (var attribute in FaultSettings.Attributes)
        {
            var folder = _made.CreateSubdirectory(attribute);
            foreach (var name in settings.NamesIn(attribute))
                File.Create(Path.Combine(folder.FullName, name)).Dispose();
        }
    }

    /// <summary>As the host names what a descriptor of it leads to, without links.</summary>
    private static string PlaceOf(string path)
    {
        var fd = Libc.Open(path, O_DIRECTORY | O_CLOEXEC, 0);
        var link = File.ResolveLinkTarget($"/proc/self/fd/{fd}", returnFinalTarget: false);
        _ = Libc.Close(fd);
        return link?.FullName ?? path;
    }
}
