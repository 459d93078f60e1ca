package dev.stardust.wallet;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.SkipException;

/** The publisher against the reactive streams' own test kit. */
class EventPublisherTckTest {
    private final ExecutorService threads = Executors.newFixedThreadPool(4);

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    @TestFactory
    Stream<DynamicTest> theRulesOfReactiveStreams() {
        return Arrays.stream(FlowPublisherVerification.class.getMethods())
                .filter(method -> method.isAnnotationPresent(org.testng.annotations.Test.class))
                .sorted(Comparator.comparing(Method::getName))
                .map(method -> DynamicTest.dynamicTest(method.getName(), () -> run(method)));
    }

    private void run(Method method) throws Throwable {
        // the kit gives the garbage collector a tenth of a second to tell of a reference that was dropped
        int tries = method.getName().startsWith("required_spec313_") ? 5 : 1;
        for (; tries > 1; tries--) {
            try {
                runOnce(method);
                return;
            } catch (AssertionError e) {
                // once more
            }
        }
        runOnce(method);
    }

    private void runOnce(Method method) throws Throwable {
        Verification verification = new Verification(threads);
        verification.setUp();
        try {
            method.invoke(verification);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SkipException skipped) {
                // optional rules, and those for publishers that end by themselves
                Assumptions.abort(skipped.getMessage());
            }
            throw e.getCause();
        } finally {
            verification.close();
        }
    }

    private static final class Verification extends FlowPublisherVerification<LedgerEvent> {
        private final ExecutorService threads;
        private final java.util.List<AccountManager> managers = new java.util.concurrent.CopyOnWriteArrayList<>();

        Verification(ExecutorService threads) {
            // until a signal counts as missing; without one; between two looks for an error
            super(new TestEnvironment(10_000, 100, 100));
            this.threads = threads;
        }

        void close() {
            managers.forEach(AccountManager::close);
        }

        private EventConsumer consumer(FakeLog log) {
            AccountManager manager = TestManagers.open(log.core);
            managers.add(manager);
            return manager.consumer("c");
        }

        /** A log goes on for ever. */
        @Override
        public long maxElementsFromPublisher() {
            return publisherUnableToSignalOnComplete();
        }

        @Override
        public Flow.Publisher<LedgerEvent> createFlowPublisher(long elements) {
            return consumer(new FakeLog(elements)).publisher(threads);
        }

        @Override
        public Flow.Publisher<LedgerEvent> createFailedFlowPublisher() {
            Flow.Publisher<LedgerEvent> publisher = consumer(new FakeLog(0)).publisher(threads);
            managers.get(managers.size() - 1).close();
            return publisher;
        }
    }
}
