package dev.stardust.examples;

import dev.stardust.wallet.Amount;
import dev.stardust.wallet.DepositEvent;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** The books of the single-account exchange, in an SQL database of its own: who owns which address, and how much. */
final class Books implements AutoCloseable {
    private final Connection connection;

    Books(Path file) throws SQLException {
        connection = DriverManager.getConnection("jdbc:h2:" + file.toAbsolutePath());
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS address(address VARCHAR PRIMARY KEY, user_id VARCHAR UNIQUE)");
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS balance(user_id VARCHAR PRIMARY KEY, amount BIGINT NOT NULL)");
            // the deposit's id is unique: what was booked once cannot be booked again
            statement.execute("CREATE TABLE IF NOT EXISTS deposit(id VARCHAR PRIMARY KEY, user_id VARCHAR NOT NULL,"
                    + " amount BIGINT NOT NULL)");
            statement.execute("CREATE TABLE IF NOT EXISTS withdrawal(id VARCHAR PRIMARY KEY, user_id VARCHAR NOT NULL,"
                    + " amount BIGINT NOT NULL)");
        }
    }

    Optional<String> addressOf(String userId) throws SQLException {
        return text("SELECT address FROM address WHERE user_id = ?", userId);
    }

    Optional<String> ownerOf(String address) throws SQLException {
        return text("SELECT user_id FROM address WHERE address = ?", address);
    }

    void assign(String address, String userId) throws SQLException {
        update("INSERT INTO address(address, user_id) VALUES (?, ?)", address, userId);
    }

    /** Books a deposit, and remembers its id in the same transaction. Returns false if it was booked before. */
    boolean creditOnce(DepositEvent deposit, String userId) throws SQLException {
        long amount = deposit.amount().value();
        connection.setAutoCommit(false);
        try {
            if (text("SELECT user_id FROM deposit WHERE id = ?", deposit.id()).isPresent()) {
                return false;
            }
            update("INSERT INTO deposit(id, user_id, amount) VALUES (?, ?, ?)", deposit.id(), userId, amount);
            update(
                    "MERGE INTO balance KEY(user_id) VALUES (?, ? + COALESCE("
                            + "(SELECT amount FROM balance WHERE user_id = ?), 0))",
                    userId,
                    amount,
                    userId);
            connection.commit();
            return true;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /**
     * Takes a withdrawal from a user's balance, and remembers its id in the same transaction. Returns false if there
     * is too little; a withdrawal that was taken before is not taken again.
     */
    boolean debitOnce(String withdrawalId, String userId, Amount amount) throws SQLException {
        connection.setAutoCommit(false);
        try {
            if (text("SELECT user_id FROM withdrawal WHERE id = ?", withdrawalId)
                    .isPresent()) {
                return true;
            }
            String sql = "UPDATE balance SET amount = amount - ? WHERE user_id = ? AND amount >= ?";
            if (update(sql, amount.value(), userId, amount.value()) == 0) {
                return false;
            }
            sql = "INSERT INTO withdrawal(id, user_id, amount) VALUES (?, ?, ?)";
            update(sql, withdrawalId, userId, amount.value());
            connection.commit();
            return true;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    Amount balanceOf(String userId) throws SQLException {
        return text("SELECT amount FROM balance WHERE user_id = ?", userId)
                .map(Amount::parse)
                .orElse(Amount.ZERO);
    }

    private Optional<String> text(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(sql, values);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
        }
    }

    private int update(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(sql, values)) {
            return statement.executeUpdate();
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
