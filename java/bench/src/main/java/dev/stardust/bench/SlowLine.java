package dev.stardust.bench;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/** A long way to a node: everything arrives later, in both directions, and any number of requests are on it. On 127.0.0.1. */
final class SlowLine implements AutoCloseable {
    /** What was read, and when it is to be written; nothing of it is the end. */
    private record Piece(long due, ByteBuffer bytes) {}

    private static final int PIECE = 64 * 1024;

    private final URI node;
    private final long oneWay;
    private final ServerSocket server;
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();

    /** With so much time from a request to its answer, beside the node's own. */
    SlowLine(URI node, Duration roundTrip) throws IOException {
        this.node = node;
        this.oneWay = roundTrip.toNanos() / 2;
        server = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "slow-line");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket near = server.accept();
                Socket far = new Socket(node.getHost(), node.getPort());
                near.setTcpNoDelay(true);
                far.setTcpNoDelay(true);
                open.add(near);
                open.add(far);
                carry(near, far);
                carry(far, near);
            }
        } catch (IOException e) {
            close();
        }
    }

    private void carry(Socket from, Socket to) {
        BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
        start(() -> {
            read(from, pieces);
            pieces.add(new Piece(System.nanoTime() + oneWay, ByteBuffer.allocate(0)));
        });
        start(() -> {
            write(to, pieces);
            close(from);
            close(to);
        });
    }

    private void read(Socket from, BlockingQueue<Piece> pieces) {
        byte[] buffer = new byte[PIECE];
        try (InputStream input = from.getInputStream()) {
            for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
                pieces.add(new Piece(System.nanoTime() + oneWay, ByteBuffer.wrap(Arrays.copyOf(buffer, count))));
            }
        } catch (IOException e) {
            return; // it ends here, and so it will at the other end
        }
    }

    private static void write(Socket to, BlockingQueue<Piece> pieces) {
        try (OutputStream output = to.getOutputStream()) {
            for (Piece piece = pieces.take(); piece.bytes().hasRemaining(); piece = pieces.take()) {
                long left = piece.due() - System.nanoTime();
                if (left > 0) {
                    Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
                }
                output.write(piece.bytes().array());
            }
        } catch (IOException e) {
            return; // nobody reads there any more
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void close(Closeable socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            Report.progress("a connection could not be closed: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        close(server);
        open.forEach(this::close);
    }
}
