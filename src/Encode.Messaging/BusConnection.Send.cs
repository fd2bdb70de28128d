using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Encode.Contracts.Messages;
using NATS.Client.Core;

namespace Encode.Messaging;

/// <content>The verbs that send.</content>
public sealed partial class BusConnection
{
    /// <summary>Sends a hint.</summary>
    /// <returns>Whether it left; false while disconnected. True does not mean that anyone got it.</returns>
    /// <exception cref="MessagingException">The message is larger than <see cref="MessageLimits.PayloadBytes"/>.</exception>
    public async ValueTask<bool> PublishAsync<T>(string subject, T message, JsonTypeInfo<T> type, CancellationToken cancel = default)
    {
        byte[] payload = Write(subject, message, type);
        if (State != BusState.Connected)
        {
            return false;
        }

        try
        {
            await _nats.PublishAsync(subject, payload, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancel).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (IsTransport(e) && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Asks and waits for one answer.</summary>
    /// <param name="subject">Whom.</param>
    /// <param name="message">What.</param>
    /// <param name="type">How the question is written.</param>
    /// <param name="replyType">How the answer is written.</param>
    /// <param name="timeout">How long to wait, connecting included.</param>
    /// <param name="cancel">Stops waiting and throws.</param>
    /// <returns>Null when no answer came, for whatever reason.</returns>
    /// <exception cref="MessagingException">The message is larger than <see cref="MessageLimits.PayloadBytes"/>.</exception>
    public async Task<TReply?> RequestAsync<T, TReply>(
        string subject, T message, JsonTypeInfo<T> type, JsonTypeInfo<TReply> replyType, TimeSpan timeout, CancellationToken cancel = default)
        where TReply : class
    {
        byte[] payload = Write(subject, message, type);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closing.Token);
        limit.CancelAfter(timeout);
        try
        {
            await _connectedOnce.Task.WaitAsync(limit.Token).ConfigureAwait(false);
            NatsMsg<byte[]> reply = await _nats.RequestAsync(
                subject,
                payload,
                requestSerializer: NatsRawSerializer<byte[]>.Default,
                replySerializer: NatsRawSerializer<byte[]>.Default,
                replyOpts: new NatsSubOpts { Timeout = timeout },
                cancellationToken: limit.Token).ConfigureAwait(false);
            return reply.HasNoResponders ? null : Read(subject, reply.Data, replyType);
        }
        catch (Exception e) when (IsTransport(e) && !cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private static byte[] Write<T>(string subject, T message, JsonTypeInfo<T> type)
    {
        byte[] payload = JsonSerializer.SerializeToUtf8Bytes(message, type);
        return payload.Length <= MessageLimits.PayloadBytes
            ? payload
            : throw new MessagingException($"send to '{subject}': the message has {payload.Length} bytes, the broker takes {MessageLimits.PayloadBytes}");
    }

    /// <summary>Null, counted and logged, when the bytes are not what they should be.</summary>
    private T? Read<T>(string subject, byte[]? payload, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (payload is not null && JsonSerializer.Deserialize(payload, type) is { } message)
            {
                return message;
            }

            Malformed(subject, "it is empty");
        }
        catch (JsonException e)
        {
            Malformed(subject, e.Message);
        }

        return null;
    }

    private void Malformed(string subject, string reason)
    {
        Interlocked.Increment(ref _malformed);
        Log.Malformed(_logger, subject, reason);
    }
}
