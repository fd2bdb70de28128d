using Encode.Agent.Options;
using Encode.Contracts.Jobs;
using Encode.Messaging;

namespace Encode.Agent.Supervisor;

/// <summary>Whether this host may become a node: one that has no key yet needs <c>--register</c>, so that a typo in <c>--work</c> does not silently make a second node.</summary>
internal static class Identity
{
    /// <exception cref="AttemptException">There is no key and registering was not asked for.</exception>
    internal static void Require(WorkFolder work, AgentOptions options)
    {
        if (!options.Register && !File.Exists(Path.Combine(work.Root, NodeKey.FileName)))
        {
            work.Dispose();
            throw new AttemptException(ErrorClass.Settings, $"start the agent: {work.Root} holds no node key; add --register to make this host a node of {options.Master}");
        }
    }
}
