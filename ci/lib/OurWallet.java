import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.AddressOptions;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Transaction;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A wallet of ours with one account, driven line by line over standard input, for a test beside a foreign wallet: one
 * answer line for each line. Called by ci/lib/foreign.py as "OurWallet DIRECTORY NODE COIN_TYPE SEED_ORIGIN"; the first
 * line is the mnemonic, of a test.
 *
 * <pre>
 * addresses COUNT internal|public   the first COUNT addresses, with blanks between
 * sync                              the available base units, after a sync
 * send ADDRESS AMOUNT               the id of the transaction, when a milestone has confirmed it
 * </pre>
 */
public final class OurWallet {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private OurWallet() {}

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Mnemonic mnemonic = Mnemonic.of(in.readLine().toCharArray());
                AccountManager manager = AccountManager.builder()
                        .storagePath(Path.of(args[0]))
                        .secretManager(MnemonicSecretManager.of(mnemonic, SeedOrigin.valueOf(args[3])))
                        .clientOptions(ClientOptions.node(URI.create(args[1])))
                        .coinType(CoinType.valueOf(args[2]))
                        .open()) {
            Account account = manager.createAccount("ours");
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(answer(account, line.split(" ")));
            }
        }
    }

    private static String answer(Account account, String[] command) {
        switch (command[0]) {
            case "addresses":
                return addresses(account, Integer.parseInt(command[1]), command[2].equals("internal"));
            case "sync":
                return account.sync(PATIENCE).available().toString();
            case "send":
                Payment payment = Payment.of(command[1], Amount.of(Long.parseLong(command[2])));
                Transaction done = account.sendAmount(List.of(payment)).awaitInclusion(PATIENCE);
                return done.isConfirmed() ? done.id().toString() : "not confirmed: " + done;
            default:
                throw new IllegalArgumentException(command[0]);
        }
    }

    private static String addresses(Account account, int count, boolean internal) {
        int missing = count - account.listAddresses(internal).toList().size();
        if (missing > 0) {
            account.generateAddresses(missing, AddressOptions.defaults().withInternal(internal));
        }
        return account.listAddresses(internal).stream()
                .limit(count)
                .map(AccountAddress::address)
                .collect(Collectors.joining(" "));
    }
}
