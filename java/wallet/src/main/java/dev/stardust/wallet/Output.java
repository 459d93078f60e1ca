package dev.stardust.wallet;

import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An output on the ledger that belongs to an address of the wallet.
 *
 * @param id its id
 * @param transactionId the transaction that made it
 * @param kind what it is
 * @param amount its base coins
 * @param address the address that it belongs to (bech32)
 * @param accountIndex the account of the address
 * @param keyIndex the address's position on its chain
 * @param internal whether the address is a change address
 * @param origin where the coins come from
 * @param creditable how much of it may be credited to a user: the amount, or nothing
 * @param plain whether it is a Basic output with no condition but the address
 * @param conditions its other unlock conditions
 * @param nativeTokens native tokens in it
 * @param chainId the id of an alias, foundry or NFT
 * @param tag the tag feature (hex)
 * @param metadata the metadata feature (hex)
 * @param sender the sender feature (bech32)
 * @param milestoneIndex the milestone that booked it
 * @param milestoneTime that milestone's time
 * @param spent whether it is spent
 * @param spentBy the transaction that spent it
 * @param spentMilestoneIndex the milestone that booked the spending
 * @param locked whether a payment has reserved it
 */
public record Output(
        OutputId id,
        TransactionId transactionId,
        Kind kind,
        Amount amount,
        String address,
        int accountIndex,
        long keyIndex,
        boolean internal,
        Origin origin,
        Amount creditable,
        boolean plain,
        Conditions conditions,
        List<NativeToken> nativeTokens,
        Optional<String> chainId,
        Optional<String> tag,
        Optional<String> metadata,
        Optional<String> sender,
        long milestoneIndex,
        Instant milestoneTime,
        boolean spent,
        Optional<TransactionId> spentBy,
        OptionalLong spentMilestoneIndex,
        boolean locked) {

    /** What an output is. */
    public enum Kind {
        /** Coins, and perhaps native tokens. */
        BASIC,
        /** An alias. */
        ALIAS,
        /** A foundry of native tokens. */
        FOUNDRY,
        /** An NFT. */
        NFT,
        /** A kind that this version of the Java part does not know. */
        UNKNOWN
    }

    /**
     * Unlock conditions beside the address.
     *
     * @param depositReturn an amount that must be given back when the output is spent
     * @param expiration a time from which the output belongs to somebody else
     * @param timelock a time before which the output cannot be spent
     */
    public record Conditions(
            Optional<DepositReturn> depositReturn, Optional<Expiration> expiration, Optional<Instant> timelock) {
        /** Returns whether there are none. */
        public boolean isEmpty() {
            return depositReturn.isEmpty() && expiration.isEmpty() && timelock.isEmpty();
        }
    }

    /**
     * An amount that must be given back when the output is spent.
     *
     * @param address to whom (bech32)
     * @param amount how much
     */
    public record DepositReturn(String address, Amount amount) {}

    /**
     * A time from which the output belongs to somebody else.
     *
     * @param returnAddress to whom (bech32)
     * @param time from when
     */
    public record Expiration(String returnAddress, Instant time) {}

    /**
     * An amount of a native token.
     *
     * @param id the token's id (hex)
     * @param amount how much; up to 256 bits
     */
    public record NativeToken(String id, BigInteger amount) {}
}
