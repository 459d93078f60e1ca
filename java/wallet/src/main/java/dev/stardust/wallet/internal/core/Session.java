package dev.stardust.wallet.internal.core;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.WalletClosedException;
import dev.stardust.wallet.WalletEvent;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.internal.ffi.Transport;
import dev.stardust.wallet.internal.json.Errors;
import dev.stardust.wallet.internal.json.Events;
import dev.stardust.wallet.internal.json.Request;
import dev.stardust.wallet.internal.json.Requests;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open wallet: its handle, the requests that wait, the listeners, and the pump thread that gives them what the
 * core says. Knows nothing of the manager above it, so that a forgotten manager can be found and cleaned up.
 */
public final class Session {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final long CLOSE_MILLIS = 60_000;

    private final Transport transport;
    private final long handle;
    private final Executor callbacks;
    private final AtomicLong ids = new AtomicLong();
    private final ConcurrentHashMap<Long, Pending> pending = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Long, LiveSubscription<?>> listeners = new ConcurrentHashMap<>();
    /** Subscriptions that were ended while the core's queue was full, so that it still sends their events. */
    private final Set<Long> unended = ConcurrentHashMap.newKeySet();

    /** What waits for somebody else than the core. */
    private final Scope scope = new Scope();

    private final AtomicBoolean closing = new AtomicBoolean();
    private final Thread pump;
    private volatile boolean ended;

    /** Takes over a handle and starts its pump thread. */
    public Session(Transport transport, long handle, Executor callbacks) {
        this.transport = transport;
        this.handle = handle;
        this.callbacks = callbacks;
        this.pump = new Thread(new Pump(transport, handle, this), "stardust-pump-" + COUNT.incrementAndGet());
        pump.setDaemon(true);
        try {
            pump.start();
        } catch (Throwable e) {
            // no thread to be had: the core must not keep what nobody can close any more
            Pump.abandon(transport, handle);
            throw e;
        }
    }

    /** Makes a request and waits for its result. */
    public <R> R call(Request<R> request) {
        return call(request, new BlockingCall());
    }

    /** Makes a request and waits for its result, or until the scope is closed. */
    public <R> R call(Request<R> request, Scope scope) {
        BlockingCall call = new BlockingCall();
        Runnable end = () -> call.failed(() -> Errors.of(ErrorKind.CLOSED, "closed while it waited", false));
        scope.enter(end);
        try {
            return call(request, call);
        } finally {
            scope.leave(end);
        }
    }

    private <R> R call(Request<R> request, BlockingCall call) {
        checkNotPump(request);
        long id = send(request, call);
        try {
            return Answers.result(call.await(), request);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Errors.of(ErrorKind.INTERRUPTED, "interrupted while waiting for " + request.method(), false);
        } finally {
            // nothing to give up if it was answered
            giveUp(id);
        }
    }

    /** The thread that brings the answers cannot wait for one. It runs callbacks only if their executor makes it. */
    private void checkNotPump(Request<?> request) {
        if (Thread.currentThread() == pump) {
            throw new IllegalStateException(request.method() + " would wait for ever on " + pump.getName()
                    + ", which brings the answers: give callbacks an executor with threads of its own");
        }
    }

    /** Makes a request; the future gets its result. */
    public <R> CompletableFuture<R> callAsync(Request<R> request, Object owner) {
        AsyncCall<R> call = new AsyncCall<>(request, callbacks, owner);
        long id;
        try {
            id = send(request, call);
        } catch (WalletException e) {
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<R> unused = call.future().whenComplete((result, reason) -> {
            // nothing to give up if it was answered
            giveUp(id);
        });
        return call.future();
    }

    /** Hands over a secret and wipes it; returns its reference. */
    public int putSecret(byte[] secret) {
        try {
            int reference = transport.putSecret(handle, secret);
            if (reference <= 0) {
                throw Errors.secretStatus(reference);
            }
            return reference;
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    /** Starts a live subscription; the first event may come before this returns. */
    public <E extends WalletEvent> LiveSubscription<E> listen(
            Class<E> type, Consumer<? super E> listener, Executor executor, Object owner) {
        LiveSubscription<E> subscription = new LiveSubscription<>(type, listener, executor, owner);
        Request<Long> request = Requests.listen(Events.names(type));
        BlockingCall call = new BlockingCall() {
            @Override
            public void answered(JsonNode message) {
                // on the pump thread, before the events that follow in the same batch
                JsonNode id = message.path("result").path("subscription");
                if (id.isIntegralNumber()) {
                    subscription.id(id.longValue());
                    listeners.put(id.longValue(), subscription);
                }
                super.answered(message);
            }
        };
        checkNotPump(request);
        send(request, call);
        // answered from memory; a wait that is given up would leave a subscription that nobody can end
        Answers.result(call.awaitUninterruptibly(), request);
        return subscription;
    }

    /** Ends a live subscription. A callback that runs now ends; none starts after this. */
    public void unlisten(LiveSubscription<?> subscription) {
        if (subscription.closed()) {
            return;
        }
        subscription.close();
        listeners.remove(subscription.id());
        if (tell(Requests.unlisten(subscription.id())) != 0) {
            unended.add(subscription.id());
        }
    }

    /**
     * Closes the wallet, and waits until it is closed. Calls that wait fail with {@link WalletClosedException}. May
     * be called any number of times, from any thread.
     */
    public void close() {
        beginClose();
        if (Thread.currentThread() == pump) {
            return;
        }
        try {
            pump.join(CLOSE_MILLIS);
            if (pump.isAlive()) {
                LOG.warn("the wallet is still closing after {} ms; it goes on in the background", CLOSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes the wallet without waiting until it is closed. */
    public void beginClose() {
        if (closing.compareAndSet(false, true)) {
            int status = transport.close(handle);
            if (status != 0 && !ended) {
                LOG.warn("closing the wallet answered {}", status);
            }
            // the core may take its time to end, and does not know of these
            scope.close();
        }
    }

    /** Returns whether {@link #close()} was called or the core ended by itself. */
    public boolean closed() {
        return closing.get() || ended;
    }

    /**
     * Returns what ends with this session, when {@link #closed()} becomes true: calls that wait for somebody else than the
     * core. What runs then must not run code of users, as it may run on the pump thread.
     */
    public Scope scope() {
        return scope;
    }

    /** Completes a future where those of {@link #callAsync} are completed. */
    public void complete(Runnable task) {
        Callbacks.run(callbacks, task);
    }

    private long send(Request<?> request, Pending call) {
        if (closing.get()) {
            throw new WalletClosedException();
        }
        long id = ids.incrementAndGet();
        byte[] message = request.message(id);
        // before the message goes, as the answer may be there before this thread goes on
        pending.put(id, call);
        int status = -1;
        try {
            status = transport.send(handle, message);
        } finally {
            if (status != 0) {
                pending.remove(id);
            }
        }
        if (status != 0) {
            throw Errors.status(status);
        }
        if (ended && pending.remove(id) != null) {
            // put after the pump had failed all that it saw
            throw new WalletClosedException();
        }
        return id;
    }

    /** Sends a request whose answer nobody needs. */
    private int tell(Request<?> request) {
        return transport.send(handle, request.message(ids.incrementAndGet()));
    }

    private void giveUp(long id) {
        if (pending.remove(id) != null) {
            tell(Requests.cancel(id));
        }
    }

    /** Gives an answer to who waits for it. */
    void answer(long id, JsonNode message) {
        Pending call = pending.remove(id);
        if (call != null) {
            try {
                call.answered(message);
            } catch (Throwable e) {
                // one answer that cannot be handed on must not end the others
                LOG.error("an answer could not be handed on", e);
                call.failed(
                        () -> Errors.of(ErrorKind.INTERNAL, "the answer came but could not be handed on: " + e, false));
            }
        }
    }

    /** Gives an event to its listener. */
    void event(long subscription, JsonNode event) {
        LiveSubscription<?> listener = listeners.get(subscription);
        if (listener != null) {
            listener.event(event);
        } else if (unended.remove(subscription) && tell(Requests.unlisten(subscription)) != 0) {
            unended.add(subscription);
        }
    }

    /** Counts events that the core had to drop. */
    void dropped(long subscription, long count) {
        LiveSubscription<?> listener = listeners.get(subscription);
        if (listener != null) {
            listener.dropped(count);
        }
    }

    /** Nothing will come any more. */
    void ended(Supplier<WalletException> reason) {
        ended = true;
        listeners.values().forEach(LiveSubscription::close);
        listeners.clear();
        for (Long id : pending.keySet()) {
            Pending call = pending.remove(id);
            if (call != null) {
                call.failed(reason);
            }
        }
        scope.close();
    }
}
