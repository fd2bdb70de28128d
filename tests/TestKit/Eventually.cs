namespace Encode.TestKit;

/// <summary>Waits for a state that something else brings about, where no signal tells of it.</summary>
public static class Eventually
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks again and again until the answer is not null.</summary>
    /// <exception cref="TimeoutException">It never was within <paramref name="limit"/>.</exception>
    public static async Task<T> GetAsync<T>(string what, TimeSpan limit, Func<Task<T?>> ask)
        where T : class
    {
        long start = Environment.TickCount64;
        while (true)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            if (Environment.TickCount64 - start > limit.TotalMilliseconds)
            {
                throw new TimeoutException($"waited {limit.TotalSeconds} s for {what}");
            }

            await Task.Delay(PollInterval);
        }
    }

    /// <summary>Asks again and again until the answer is true.</summary>
    /// <exception cref="TimeoutException">It never was within <paramref name="limit"/>.</exception>
    public static Task IsTrueAsync(string what, TimeSpan limit, Func<bool> ask) =>
        GetAsync(what, limit, () => Task.FromResult(ask() ? "yes" : null));
}
