package dev.stardust.examples;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The exchange's own books: addresses, balances, deposits, withdrawals. SQLite here; any SQL database does. */
final class UserDatabase implements AutoCloseable {
    private static final List<String> SCHEMA = List.of(
            "PRAGMA synchronous = FULL", // a commit is on disk before a deposit is acknowledged
            "CREATE TABLE IF NOT EXISTS addresses (address TEXT PRIMARY KEY, user TEXT NOT NULL UNIQUE)",
            "CREATE TABLE IF NOT EXISTS balances (user TEXT PRIMARY KEY, amount INTEGER NOT NULL CHECK (amount >= 0))",
            "CREATE TABLE IF NOT EXISTS deposits (id TEXT PRIMARY KEY, user TEXT NOT NULL, amount INTEGER NOT NULL)",
            "CREATE TABLE IF NOT EXISTS withdrawals (id TEXT PRIMARY KEY, user TEXT NOT NULL, payee TEXT NOT NULL,"
                    + " amount INTEGER NOT NULL CHECK (amount > 0), state TEXT NOT NULL DEFAULT 'open'"
                    + " CHECK (state IN ('open', 'requested', 'paid', 'returned')))");

    private final Connection connection;

    /** A withdrawal that was debited and is to be handed over to the wallet. */
    record Withdrawal(String id, String payee, long amount) {}

    private interface Work<T> {
        T run() throws SQLException;
    }

    UserDatabase(Path file) throws SQLException {
        connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            for (String sql : SCHEMA) {
                statement.execute(sql);
            }
        }
        connection.setAutoCommit(false);
    }

    Optional<String> address(String user) throws SQLException {
        return inTransaction(() -> text("SELECT address FROM addresses WHERE user = ?", user));
    }

    void putAddress(String address, String user) throws SQLException {
        inTransaction(() -> update("INSERT INTO addresses (address, user) VALUES (?, ?)", address, user));
    }

    long balance(String user) throws SQLException {
        return inTransaction(() -> text("SELECT amount FROM balances WHERE user = ?", user))
                .map(Long::parseLong)
                .orElse(0L);
    }

    /** Books a deposit under its id and credits it, in one transaction; returns false if it was booked before. */
    boolean creditOnce(String id, String address, long amount) throws SQLException {
        return inTransaction(() -> {
            String user = text("SELECT user FROM addresses WHERE address = ?", address)
                    .orElseThrow(() -> new IllegalStateException("nobody was given the address " + address));
            if (update("INSERT INTO deposits VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING", id, user, amount) == 0) {
                return false;
            }
            update("INSERT INTO balances VALUES (?, 0) ON CONFLICT (user) DO NOTHING", user);
            update("UPDATE balances SET amount = amount + ? WHERE user = ?", amount, user);
            return true;
        });
    }

    /** Debits a withdrawal under its id, in one transaction; a repeated request changes nothing. */
    boolean requestWithdrawal(String id, String user, String payee, long amount) throws SQLException {
        return inTransaction(() -> {
            String sql = "INSERT INTO withdrawals VALUES (?, ?, ?, ?, 'open') ON CONFLICT (id) DO NOTHING";
            if (update(sql, id, user, payee, amount) == 0) {
                return false;
            }
            if (update("UPDATE balances SET amount = amount - ? WHERE user = ?", amount, user) == 0) {
                throw new IllegalStateException(user + " has nothing");
            }
            return true;
        });
    }

    /** Returns the oldest withdrawals, up to 1000, of which it is not known that the wallet has them. */
    List<Withdrawal> openWithdrawals() throws SQLException {
        return inTransaction(() -> {
            List<Withdrawal> open = new ArrayList<>();
            try (PreparedStatement query = prepare(
                            "SELECT id, payee, amount FROM withdrawals WHERE state = 'open' ORDER BY rowid LIMIT 1000");
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    open.add(new Withdrawal(rows.getString(1), rows.getString(2), rows.getLong(3)));
                }
            }
            return open;
        });
    }

    /** The wallet has it: it need not be handed over again. */
    void withdrawalRequested(String id) throws SQLException {
        inTransaction(() -> update("UPDATE withdrawals SET state = 'requested' WHERE id = ? AND state = 'open'", id));
    }

    /** It is paid; returns false if that was known. */
    boolean closeWithdrawal(String id) throws SQLException {
        return inTransaction(() -> end(id, "paid"));
    }

    /** It is never paid: its amount goes back to its user, in one transaction; returns false if that was done before. */
    boolean returnWithdrawal(String id) throws SQLException {
        return inTransaction(() -> end(id, "returned")
                && update(
                                "UPDATE balances SET amount = amount + (SELECT amount FROM withdrawals WHERE id = ?1)"
                                        + " WHERE user = (SELECT user FROM withdrawals WHERE id = ?1)",
                                id)
                        == 1);
    }

    private boolean end(String id, String state) throws SQLException {
        String sql = "UPDATE withdrawals SET state = ? WHERE id = ? AND state IN ('open', 'requested')";
        return update(sql, state, id) == 1;
    }

    private <T> T inTransaction(Work<T> work) throws SQLException {
        boolean done = false;
        try {
            T result = work.run();
            connection.commit();
            done = true;
            return result;
        } finally {
            if (!done) {
                connection.rollback();
            }
        }
    }

    private int update(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(sql, values)) {
            return statement.executeUpdate();
        }
    }

    private Optional<String> text(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(sql, values);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
        }
    }

    private PreparedStatement prepare(String sql, Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
