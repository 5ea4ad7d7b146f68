namespace IommuSim.Drivers;

/// <summary>A device that can be in one <see cref="DeviceChain{T}"/>.</summary>
internal interface IChained<T>
    where T : class
{
    /// <summary>The next device of the same chain.</summary>
    T? Next { get; set; }
}

/// <summary>
/// The devices attached to a domain, as the list that C threads through them; so attaching and
/// moving a device allocates nothing.
/// </summary>
internal struct DeviceChain<T>
    where T : class, IChained<T>
{
    /// <summary>The device that was attached last, or null.</summary>
    public T? First { get; private set; }

    public void Add(T device)
    {
        device.Next = First;
        First = device;
    }

    /// <summary>Does nothing when the device is not in the chain.</summary>
    public void Remove(T device)
    {
        if (ReferenceEquals(First, device))
        {
            First = device.Next;
            device.Next = null;
            return;
        }

        for (var before = First; before is not null; before = before.Next)
        {
            if (!ReferenceEquals(before.Next, device))
                continue;
            before.Next = device.Next;
            device.Next = null;
            return;
        }
    }
}
