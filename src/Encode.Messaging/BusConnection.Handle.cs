using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Encode.Contracts.Messages;
using NATS.Client.Core;

namespace Encode.Messaging;

/// <content>The verbs that receive.</content>
public sealed partial class BusConnection
{
    /// <summary>How long to wait for the broker's word that a subscription stands.</summary>
    private static readonly TimeSpan s_subscribeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Hears hints for as long as the connection object lives. Returns once the broker knows.</summary>
    /// <param name="subject">May hold wildcards.</param>
    /// <param name="type">How the message is written.</param>
    /// <param name="handler">Gets the subject that the message came on, and the message.</param>
    /// <param name="cancel">Stops waiting for the first connection.</param>
    public Task SubscribeAsync<T>(
        string subject, JsonTypeInfo<T> type, Func<string, T, CancellationToken, ValueTask> handler, CancellationToken cancel = default)
        where T : class => HearAsync(
            subject,
            async message =>
            {
                if (Read(message.Subject, message.Data, type) is { } body)
                {
                    await handler(message.Subject, body, _closing.Token).ConfigureAwait(false);
                }
            },
            cancel);

    /// <summary>Answers requests for as long as the connection object lives. Returns once the broker knows.</summary>
    /// <param name="subject">May hold wildcards.</param>
    /// <param name="type">How the question is written.</param>
    /// <param name="replyType">How the answer is written.</param>
    /// <param name="handler">Gets the subject and the question; null answers nothing.</param>
    /// <param name="cancel">Stops waiting for the first connection.</param>
    public Task AnswerAsync<T, TReply>(
        string subject,
        JsonTypeInfo<T> type,
        JsonTypeInfo<TReply> replyType,
        Func<string, T, CancellationToken, ValueTask<TReply?>> handler,
        CancellationToken cancel = default)
        where T : class
        where TReply : class => HearAsync(
            subject,
            async message =>
            {
                if (Read(message.Subject, message.Data, type) is { } body
                    && await handler(message.Subject, body, _closing.Token).ConfigureAwait(false) is { } reply
                    && MayAnswer(message))
                {
                    byte[] payload = JsonSerializer.SerializeToUtf8Bytes(reply, replyType);
                    await message.ReplyAsync(payload, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: _closing.Token).ConfigureAwait(false);
                }
            },
            cancel);

    /// <summary>
    /// Whether the answer goes where the asker hears answers. The asker names that place, and the master may speak on every node's
    /// subjects: without this a node could have it answer on those of another.
    /// </summary>
    private bool MayAnswer(NatsMsg<byte[]> message)
    {
        if (message.ReplyTo is not { } replyTo)
        {
            return false;
        }

        string asker = Inbox.Of(_options.NodeId is null ? Subjects.NodeOf(message.Subject) : Inbox.Master);
        if (replyTo.StartsWith(asker + ".", StringComparison.Ordinal))
        {
            return true;
        }

        Malformed(message.Subject, "its answer is to go to another's inbox");
        return false;
    }

    private async Task HearAsync(string subject, Func<NatsMsg<byte[]>, Task> handle, CancellationToken cancel)
    {
        await _connectedOnce.Task.WaitAsync(cancel).ConfigureAwait(false);
        INatsSub<byte[]> subscription = await _nats
            .SubscribeCoreAsync(subject, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: _closing.Token).ConfigureAwait(false);
        _ = Task.Run(() => PumpAsync(subscription, handle), CancellationToken.None);
        await FlushAsync(s_subscribeTimeout, cancel).ConfigureAwait(false);
    }

    private async Task PumpAsync(INatsSub<byte[]> subscription, Func<NatsMsg<byte[]>, Task> handle)
    {
        try
        {
            await foreach (NatsMsg<byte[]> message in subscription.Msgs.ReadAllAsync(_closing.Token).ConfigureAwait(false))
            {
                if (!_lanes.Post(message.Subject, message.Data?.Length ?? 0, () => HandleAsync(message, handle)))
                {
                    Dropped(message.Subject);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is being disposed.
        }
    }

    /// <summary>The last stop for whatever a handler throws: one bad message must not end the hearing of the others.</summary>
    private async Task HandleAsync(NatsMsg<byte[]> message, Func<NatsMsg<byte[]>, Task> handle)
    {
        try
        {
            await handle(message).ConfigureAwait(false);
        }
        catch (Exception e) when (_closing.IsCancellationRequested && IsTransport(e))
        {
            // The connection went while the handler ran.
        }
        catch (Exception e)
        {
            Log.HandlerFailed(_logger, message.Subject, e);
        }
    }
}
