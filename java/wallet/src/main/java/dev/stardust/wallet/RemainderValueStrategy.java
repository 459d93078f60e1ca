package dev.stardust.wallet;

/** Where the remainder of a payment goes. */
public sealed interface RemainderValueStrategy {
    /** To the account's change address: one internal address an account. The default. */
    static RemainderValueStrategy changeAddress() {
        return new ChangeAddress();
    }

    /** Back to the address of the first input. */
    static RemainderValueStrategy reuseAddress() {
        return new ReuseAddress();
    }

    /**
     * To this address (bech32). At one of this wallet the remainder is {@linkplain Origin#CHANGE change}, whoever the address
     * was given to, and never a deposit. The address may also be somebody else's: what goes there is gone.
     */
    static RemainderValueStrategy customAddress(String address) {
        return new CustomAddress(address);
    }

    /** To the account's change address. */
    record ChangeAddress() implements RemainderValueStrategy {}

    /** Back to the address of the first input. */
    record ReuseAddress() implements RemainderValueStrategy {}

    /**
     * To a given address.
     *
     * @param address which (bech32)
     */
    record CustomAddress(String address) implements RemainderValueStrategy {}
}
