/** Stardust Wallet for Java: accounts, deposits and withdrawals on IOTA Stardust ledgers. */
module dev.stardust.wallet {
    requires com.fasterxml.jackson.databind;
    requires com.sun.jna;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports dev.stardust.wallet;
}
