/**
 * A node for tests: {@link dev.stardust.wallet.testkit.StardustDevnet} for JUnit, {@link
 * dev.stardust.wallet.testkit.Devnet} without.
 */
@NullMarked
package dev.stardust.wallet.testkit;

import org.jspecify.annotations.NullMarked;
