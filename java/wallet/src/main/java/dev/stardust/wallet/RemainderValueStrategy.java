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

    /** To the account's change address. */
    record ChangeAddress() implements RemainderValueStrategy {}

    /** Back to the address of the first input. */
    record ReuseAddress() implements RemainderValueStrategy {}
}
