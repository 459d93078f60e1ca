package dev.stardust.wallet;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a wallet is.
 *
 * @param version the version of the native part
 * @param abiVersion the version of its C interface
 * @param coinType the coin type's number
 * @param secretManager {@code stronghold} or {@code mnemonic}
 * @param logId the id of the event log; a restore makes a new one
 * @param network the network, once a node has told it
 * @param storagePath the wallet directory
 */
public record WalletInfo(
        String version,
        int abiVersion,
        int coinType,
        String secretManager,
        String logId,
        Optional<Network> network,
        Path storagePath) {}
