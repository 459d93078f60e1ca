/**
 * A node for tests: {@link dev.stardust.wallet.testkit.StardustDevnet} for JUnit, {@link
 * dev.stardust.wallet.testkit.Devnet} without. Further nodes of its network and what can go wrong with each are {@link
 * dev.stardust.wallet.testkit.DevnetNode}s, {@link dev.stardust.wallet.testkit.Fault}s and {@link
 * dev.stardust.wallet.testkit.FalseDiff}s.
 */
@NullMarked
package dev.stardust.wallet.testkit;

import org.jspecify.annotations.NullMarked;
