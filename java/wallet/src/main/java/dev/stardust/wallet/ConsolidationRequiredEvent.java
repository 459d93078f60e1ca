package dev.stardust.wallet;

/**
 * An account has so many outputs that its payments may need more inputs than a transaction takes, and then fail with
 * {@link ErrorKind#TOO_MANY_INPUTS}: {@linkplain Account#consolidate() consolidate} it, or let a {@link HotWalletPolicy} do so. It
 * comes when there are more than the policy's {@code warnAbove}, or when a payment failed so; and again, with {@code required} false,
 * when few enough are left. Live only; {@link Health#hotWallet()} counts such accounts.
 *
 * @param accountIndex the account
 * @param alias its alias
 * @param required false: no longer
 * @param outputCount how many unspent outputs it has
 * @param available what can be paid with now
 * @param payable what one transaction can pay at most
 */
public record ConsolidationRequiredEvent(
        int accountIndex, String alias, boolean required, long outputCount, Amount available, Amount payable)
        implements WalletEvent {
    @Override
    public String type() {
        return "consolidationRequired";
    }
}
