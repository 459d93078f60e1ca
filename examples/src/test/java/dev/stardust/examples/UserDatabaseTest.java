package dev.stardust.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserDatabaseTest {
    @TempDir
    Path directory;

    private UserDatabase users;

    @BeforeEach
    void open() throws SQLException {
        users = new UserDatabase(directory.resolve("users.db"));
        users.putAddress("tst1alice", "alice");
        users.putAddress("tst1bob", "bob");
    }

    @AfterEach
    void close() throws SQLException {
        users.close();
    }

    @Test
    void depositIsCreditedToTheOwnerOfItsAddressOnce() throws SQLException {
        assertThat(users.creditOnce("deposit-1", "tst1alice", 70)).isTrue();
        assertThat(users.creditOnce("deposit-1", "tst1alice", 70)).isFalse();
        assertThat(users.creditOnce("deposit-2", "tst1alice", 5)).isTrue();

        assertThat(users.balance("alice")).isEqualTo(75);
        assertThat(users.balance("bob")).isZero();
    }

    @Test
    void whatWasBookedIsThereAfterReopening() throws SQLException {
        users.creditOnce("deposit-1", "tst1alice", 70);
        users.close();

        users = new UserDatabase(directory.resolve("users.db"));
        assertThat(users.address("alice")).contains("tst1alice");
        assertThat(users.creditOnce("deposit-1", "tst1alice", 70)).isFalse();
        assertThat(users.balance("alice")).isEqualTo(70);
    }

    @Test
    void depositToAnAddressThatNobodyHasIsAnError() throws SQLException {
        assertThatThrownBy(() -> users.creditOnce("deposit-1", "tst1nobody", 70))
                .hasMessageContaining("tst1nobody");

        users.putAddress("tst1nobody", "carol");
        assertThat(users.creditOnce("deposit-1", "tst1nobody", 70)).isTrue();
    }

    @Test
    void withdrawalIsDebitedOnceAndOpenUntilPaid() throws SQLException {
        users.creditOnce("deposit-1", "tst1alice", 70);

        assertThat(users.requestWithdrawal("w-1", "alice", "tst1payee", 30)).isTrue();
        assertThat(users.requestWithdrawal("w-1", "alice", "tst1payee", 30)).isFalse();
        assertThat(users.balance("alice")).isEqualTo(40);
        assertThat(users.openWithdrawals()).isEqualTo(List.of(new UserDatabase.Withdrawal("w-1", "tst1payee", 30)));

        users.closeWithdrawal("w-1");
        assertThat(users.openWithdrawals()).isEmpty();
    }

    @Test
    void nobodyWithdrawsMoreThanTheyHave() throws SQLException {
        users.creditOnce("deposit-1", "tst1alice", 70);

        assertThatThrownBy(() -> users.requestWithdrawal("w-1", "alice", "tst1payee", 71))
                .isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> users.requestWithdrawal("w-2", "bob", "tst1payee", 1))
                .isInstanceOf(IllegalStateException.class);

        assertThat(users.balance("alice")).isEqualTo(70);
        assertThat(users.openWithdrawals()).isEmpty();
    }

    @Test
    void withdrawalThatIsNeverPaidIsGivenBackOnce() throws SQLException {
        users.creditOnce("deposit-1", "tst1alice", 70);
        users.requestWithdrawal("w-1", "alice", "tst1payee", 30);
        users.withdrawalRequested("w-1");
        assertThat(users.openWithdrawals()).as("the wallet has it").isEmpty();

        assertThat(users.returnWithdrawal("w-1")).isTrue();
        assertThat(users.returnWithdrawal("w-1")).isFalse();
        assertThat(users.closeWithdrawal("w-1")).isFalse();
        assertThat(users.balance("alice")).isEqualTo(70);

        users.requestWithdrawal("w-2", "alice", "tst1payee", 30);
        assertThat(users.closeWithdrawal("w-2")).isTrue();
        assertThat(users.returnWithdrawal("w-2")).isFalse();
        assertThat(users.balance("alice")).isEqualTo(40);
    }
}
