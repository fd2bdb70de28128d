using Encode.Contracts.Jobs.Shapes;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>An output of a job's body.</summary>
/// <param name="Body">What the job says of it.</param>
/// <param name="Place">Where it goes.</param>
internal sealed record OutputPart(Part Body, RequestedOutput Place);
