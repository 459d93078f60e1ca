import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.AddressOptions;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ImportSource;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.Transaction;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A wallet of ours with one account, driven line by line over standard input, for a test beside a foreign wallet: one
 * answer line for each line. Called by ci/lib/ours.py as "OurWallet DIRECTORY NODE COIN_TYPE SEED_ORIGIN [VAULT]"; the
 * first line is the mnemonic, of a test. With a Stronghold vault it may be empty, and the second line is the password.
 *
 * <pre>
 * addresses COUNT internal|public   the first COUNT addresses, with blanks between
 * sync                              the available base units, after a sync
 * send ADDRESS AMOUNT               the id of the transaction, when a milestone has confirmed it
 * import FILE                       the accounts of a foreign backup, or of an export when its name ends in .json: tabs
 *                                   between them, and in each between its alias, its public and its internal addresses
 *                                   colons, and commas between addresses
 * notes                             those that an import brought: tabs between them, and in each colons between the account's
 *                                   index, the transaction's id and what was written
 * migrate FROM TO                   done, when a snapshot of version 2 was written as one of version 3
 * </pre>
 */
public final class OurWallet {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final AccountManager manager;
    private final char[] password;

    private OurWallet(AccountManager manager, char[] password) {
        this.manager = manager;
        this.password = password;
    }

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
        String words = in.readLine();
        boolean vault = args.length > 4;
        char[] password = vault ? in.readLine().toCharArray() : new char[0];
        SeedOrigin origin = SeedOrigin.valueOf(args[3]);
        try (Mnemonic mnemonic = Mnemonic.of(words.toCharArray());
                AccountManager manager = AccountManager.builder()
                        .storagePath(Path.of(args[0]))
                        .secretManager(
                                vault
                                        ? Stronghold.at(Path.of(args[4]), password)
                                        : MnemonicSecretManager.of(mnemonic, origin))
                        .clientOptions(ClientOptions.node(URI.create(args[1])))
                        .coinType(CoinType.valueOf(args[2]))
                        .open()) {
            if (vault && !words.isEmpty()) {
                manager.storeMnemonic(mnemonic, origin);
            }
            OurWallet wallet = new OurWallet(manager, password);
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(wallet.answer(line.split(" ")));
            }
        }
    }

    private Account account() {
        return manager.getAccounts().stream().findFirst().orElseGet(() -> manager.createAccount("ours"));
    }

    private String answer(String[] command) {
        switch (command[0]) {
            case "addresses":
                return addresses(account(), Integer.parseInt(command[1]), command[2].equals("internal"));
            case "sync":
                return account().sync(PATIENCE).available().toString();
            case "send":
                Payment payment = Payment.of(command[1], Amount.of(Long.parseLong(command[2])));
                Transaction done = account().sendAmount(List.of(payment)).awaitInclusion(PATIENCE);
                return done.isConfirmed() ? done.id().toString() : "not confirmed: " + done;
            case "import":
                Path file = Path.of(command[1]);
                boolean export = command[1].endsWith(".json");
                manager.importFrom(export ? ImportSource.export(file) : ImportSource.stronghold(file, password));
                return manager.getAccounts().stream()
                        .map(account -> account.alias() + ":" + listed(account, false) + ":" + listed(account, true))
                        .collect(Collectors.joining("\t"));
            case "notes":
                return manager.listImportedNotes().stream()
                        .map(note -> note.accountIndex() + ":" + note.transactionId() + ":" + note.note())
                        .collect(Collectors.joining("\t"));
            case "migrate":
                manager.migrateStronghold(Path.of(command[1]), Path.of(command[2]), password);
                return "done";
            default:
                throw new IllegalArgumentException(command[0]);
        }
    }

    private static String listed(Account account, boolean internal) {
        return account.listAddresses(internal).stream()
                .map(AccountAddress::address)
                .collect(Collectors.joining(","));
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
