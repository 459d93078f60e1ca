package dev.stardust.wallet;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a backup has in it.
 *
 * @param formatVersion the file's format
 * @param network the network's name; empty if the wallet had not met a node
 * @param createdTime when the wallet was made; empty for one of an early version
 * @param backupTime when the backup was made, by the wallet's clock
 * @param milestoneIndex the last applied milestone in it
 * @param milestoneTime that milestone's time
 * @param logId the event log's id
 * @param accounts how many accounts
 * @param addresses how many addresses
 * @param vaultBytes bytes of the vault file; 0: there is none
 * @param databaseBytes bytes of the database
 */
public record BackupInfo(
        int formatVersion,
        Optional<String> network,
        Optional<Instant> createdTime,
        Instant backupTime,
        OptionalLong milestoneIndex,
        Optional<Instant> milestoneTime,
        String logId,
        long accounts,
        long addresses,
        long vaultBytes,
        long databaseBytes) {}
