namespace IommuSim.Scenarios.Binding;

/// <summary>The verbs that are not the name of an ioctl.</summary>
internal static class OtherVerbs
{
    public const string Open = "open";
    public const string Close = "close";
    public const string Read = "read";
    public const string Write = "write";
    public const string Poll = "poll";
    public const string Raw = "ioctl";
    public const string Bind = "bind";
    public const string Attach = "attach";
    public const string Replace = "replace";
    public const string Detach = "detach";
    public const string Unbind = "unbind";
    public const string Inspect = "inspect";
}
