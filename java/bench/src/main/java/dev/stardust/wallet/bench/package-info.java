/** Measures what the wallet promises. */
@NullMarked
package dev.stardust.wallet.bench;

import org.jspecify.annotations.NullMarked;
