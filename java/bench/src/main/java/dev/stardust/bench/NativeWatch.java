package dev.stardust.bench;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Looks again and again which threads are inside of the native library. A thread that is found in the same function twice
 * in a row is blocked there. Virtual threads are found by the threads that carry them.
 */
final class NativeWatch implements AutoCloseable {
    private static final String PACKAGE = "dev.stardust.wallet.internal.ffi";
    private static final String PUMP = "wallet_receive";
    private static final long PAUSE_MILLIS = 20;

    private final Thread thread = new Thread(this::look, "native-watch");
    private final Set<String> blocked = new HashSet<>();
    private final Set<Long> pumps = new HashSet<>();
    private volatile boolean ended;
    private int looks;

    NativeWatch() {
        thread.start();
    }

    private void look() {
        Map<Long, String> before = Map.of();
        while (!ended) {
            Map<Long, String> now = inside();
            for (Map.Entry<Long, String> found : now.entrySet()) {
                if (found.getValue().equals(PUMP)) {
                    pumps.add(found.getKey());
                } else if (found.getValue().equals(before.get(found.getKey()))) {
                    blocked.add(found.getKey() + " in " + found.getValue());
                }
            }
            before = now;
            looks++;
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static Map<Long, String> inside() {
        Map<Long, String> inside = new HashMap<>();
        Thread.getAllStackTraces().forEach((thread, frames) -> {
            if (frames.length > 0 && frames[0].getClassName().startsWith(PACKAGE)) {
                inside.put(thread.getId(), frames[0].getMethodName());
            }
        });
        return inside;
    }

    /** Ends the watch and says what it found. */
    String found() throws InterruptedException {
        close();
        thread.join();
        return "pump threads " + pumps.size() + ", others blocked in native code " + blocked.size() + " " + blocked
                + " (looked " + looks + " times)";
    }

    @Override
    public void close() {
        ended = true;
        thread.interrupt();
    }
}
