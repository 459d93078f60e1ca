package dev.stardust.wallet;

/**
 * What an account, or the whole wallet, holds as of the last applied milestone.
 *
 * @param total all base coins of unspent outputs, whatever their conditions
 * @param available what can be spent now
 * @param incoming change of own transactions that are not confirmed yet
 * @param locked inputs of own transactions that are not confirmed yet
 * @param held coins in outputs with conditions or with other assets
 * @param requiredStorageDeposit the least amount that the unspent outputs must hold together (TIP-19)
 * @param outputCount how many unspent outputs there are
 */
public record Balance(
        Amount total,
        Amount available,
        Amount incoming,
        Amount locked,
        Amount held,
        Amount requiredStorageDeposit,
        long outputCount) {}
