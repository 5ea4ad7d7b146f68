namespace IommuSim.Search.Fuzz;

/// <summary>What a call of a sequence is.</summary>
public enum CallKind
{
    Ioctl,
    Open,
    Close,
    Bind,
    Attach,
    Replace,
    Detach,
    Unbind,
    Read,
    Write,
    Poll,
}
